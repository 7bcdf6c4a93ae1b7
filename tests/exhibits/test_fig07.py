import pytest

from repro.exhibits import fig07
from repro.runs import Run


def test_fading_gradients_reproduce_c13(untrained: list[Run]) -> None:
    """The made-up gradients fade by exactly 3 per layer (standard) and not at all (normalized)."""
    verdict = fig07.verdicts(fig07.tables(untrained))[0]
    assert (verdict.claim, verdict.outcome) == ("C13", "reproduced")
    assert verdict.holds == (8, 8)
    growth = {m.of["init"]: m.value for m in verdict.measures if "what" in m.of}
    assert growth == pytest.approx({"standard": 81, "normalized": 1})


def test_each_initialization_has_its_own_expectation(untrained: list[Run]) -> None:
    tables = dict(fig07.tables(untrained))
    tables["ratios"] = tables["ratios"].assign(mean=3.0)
    assert fig07.verdicts(tables)[0].holds == (4, 8)


def test_drawn_from_gradients(untrained: list[Run]) -> None:
    peak = max(fig07.draw(fig07.tables(untrained)).axes[0].lines[0].get_ydata())
    assert 50 < peak < 80  # layer 1: 1/(σ√2π) with σ = 3.4 * 0.0175 / 9
