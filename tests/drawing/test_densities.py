from repro.drawing import densities as drawing
from repro.evidence import densities
from repro.evidence.densities import Density
from repro.evidence.inits import INITS
from repro.runs import Run


def test_drawn_lines_are_the_table(untrained: list[Run]) -> None:
    tables = densities.tables(untrained, Density("fig06", "z"))
    figure, points = drawing.draw(tables, "Activation z"), tables["points"]
    for axes, init in zip(figure.axes, INITS, strict=True):
        assert len(axes.lines) == 10
        for layer in range(1, 6):
            rows = points[(points["init"] == init) & (points["layer"] == layer)]
            ours, theirs = axes.lines[2 * layer - 2 : 2 * layer]
            assert ours.get_ydata().tolist() == rows.loc[rows["source"] == "ours", "density"].tolist()
            assert theirs.get_xdata().tolist() == rows.loc[rows["source"] == "paper", "x"].tolist()
            assert theirs.get_linestyle() == "None"


def test_titles_label_and_common_axes(untrained: list[Run]) -> None:
    left, middle, right = drawing.draw(
        densities.tables(untrained, Density("fig06", "z")), "Activation z"
    ).axes
    assert [axes.get_title("left") for axes in (left, middle)] == ["Standard (eq. 1)", "Normalized (eq. 16)"]
    assert right.get_title("left").endswith("n Var[W] = 1.3")
    assert middle.get_xlabel() == "Activation z"
    assert (middle.get_xlim(), middle.get_ylim()) == (right.get_xlim(), right.get_ylim())
