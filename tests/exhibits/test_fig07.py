from repro.exhibits import fig07
from repro.runs.folder import Run


def test_fading_gradients_reproduce_c13(untrained: list[Run]) -> None:
    """The made-up gradients fade by exactly 3 per layer (standard) and not at all (normalized)."""
    verdict = fig07.verdicts(untrained)[0]
    assert (verdict.claim, verdict.verdict) == ("C13", "reproduced")
    assert "81-fold (standard), 1.0-fold (normalized)" in verdict.why


def test_drawn_from_gradients(untrained: list[Run]) -> None:
    peak = max(fig07.draw(untrained).axes[0].lines[0].get_ydata())
    assert 50 < peak < 80  # layer 1: 1/(σ√2π) with σ = 3.4 * 0.0175 / 9
