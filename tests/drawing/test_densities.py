from repro.drawing import densities as drawing
from repro.evidence import densities
from repro.evidence.densities import Density
from repro.evidence.inits import INITS
from repro.runs import Run


def test_drawn_lines_are_the_table(untrained: list[Run]) -> None:
    tables = densities.tables(untrained, Density("fig06", "z"))
    figure, points = drawing.draw(tables, "Activation z"), tables["points"]
    for axes, init in zip(figure.axes[:3], INITS, strict=True):
        assert len(axes.lines) == 10
        for layer in range(1, 6):
            rows = points[(points["init"] == init) & (points["layer"] == layer)]
            ours, theirs = axes.lines[2 * layer - 2 : 2 * layer]
            assert ours.get_ydata().tolist() == rows.loc[rows["source"] == "ours", "density"].tolist()
            assert theirs.get_xdata().tolist() == rows.loc[rows["source"] == "paper", "x"].tolist()
            assert theirs.get_linestyle() == "None"


def test_titles_label_and_common_axes(untrained: list[Run]) -> None:
    axes = drawing.draw(densities.tables(untrained, Density("fig06", "z")), "Activation z").axes
    left, middle, right = axes[:3]
    assert [panel.get_title("left") for panel in (left, middle)] == [
        "Standard (eq. 1)",
        "Normalized (eq. 16)",
    ]
    assert right.get_title("left").endswith("n Var[W] = 1.3")
    assert middle.get_xlabel() == "Activation z"
    assert (middle.get_xlim(), middle.get_ylim()) == (right.get_xlim(), right.get_ylim())


def test_peaks_are_those_of_the_table_ours_left_of_the_papers(untrained: list[Run]) -> None:
    tables = densities.tables(untrained, Density("fig08", "dW"))
    below = drawing.draw(tables, "").axes[3:]
    for axes, init in zip(below, INITS, strict=True):
        rows = tables["peaks"][tables["peaks"]["init"] == init]
        drawn = [bar.lines[0].get_xydata()[0].tolist() for bar in axes.containers]
        for peak, ours, theirs in zip(rows.to_dict("records"), drawn[::2], drawn[1::2], strict=True):
            assert ours == [peak["layer"] - drawing.SHIFT, peak["ours"]]
            assert theirs == [peak["layer"] + drawing.SHIFT, peak["paper"]]
    assert below[1].get_ylim() == below[2].get_ylim()
