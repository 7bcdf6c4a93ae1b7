from repro.exhibits import fig07
from repro.runs import Run


def test_peaks_are_judged_for_each_initialization(untrained: list[Run]) -> None:
    found = fig07.verdicts(fig07.tables(untrained))
    assert [verdict.subject["init"] for verdict in found] == ["standard", "normalized", "normalized_hidden"]


def test_drawn_from_gradients(untrained: list[Run]) -> None:
    peak = max(fig07.draw(fig07.tables(untrained)).axes[0].lines[0].get_ydata())
    assert 50 < peak < 80  # layer 1: 1/(σ√2π) with σ = 3.4 * 0.0175 / 9
