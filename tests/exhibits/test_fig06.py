from repro.exhibits import fig06
from repro.runs.folder import Run


def test_peaks_are_judged_for_each_initialization(untrained: list[Run]) -> None:
    found = fig06.verdicts(fig06.tables(untrained))
    assert [verdict.claim for verdict in found] == ["fig06.peaks"] * 3


def test_a_peak_that_is_off_is_not_reproduced(untrained: list[Run]) -> None:
    tables = fig06.tables(untrained)
    tables["peaks"] = tables["peaks"].assign(ours=2 * tables["peaks"]["ours"])
    found = [verdict.outcome for verdict in fig06.verdicts(tables)]
    assert found == ["not reproduced", "not reproduced", "not fitted"]  # the third is ours


def test_peaks_of_each_layer_are_drawn_below_the_densities(untrained: list[Run]) -> None:
    figure = fig06.draw(fig06.tables(untrained))
    assert len(figure.axes) == 6
    below = figure.axes[3]
    assert below.get_xlabel() == "Layer"
    assert len(below.containers) == 10  # ours and the paper's, each with its error
