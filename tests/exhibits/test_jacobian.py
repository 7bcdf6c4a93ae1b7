import numpy as np
import pytest

from repro import paper
from repro.exhibits import jacobian
from repro.runs import Run


def test_table(untrained: list[Run]) -> None:
    table = jacobian.tables(untrained)["points"]
    assert len(table) == 15
    standard = table[table["init"] == "standard"]
    assert standard["mean"].to_numpy() == pytest.approx(0.49, rel=0.03)
    assert standard["variance_ratio"].iloc[1:].to_numpy() == pytest.approx(1 / 3)
    assert np.isnan(standard["variance_ratio"].iloc[0])
    assert (table["min"] <= table["p5"]).all() and (table["p95"] <= table["max"]).all()


def test_lines_mark_the_papers_averages(untrained: list[Run]) -> None:
    axes = jacobian.draw(jacobian.tables(untrained)).axes[0]
    levels = [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == ":"]
    assert levels == list(paper.numbers()["jacobian"].values())


def test_the_two_ratios_of_c16_cross_at_the_quarter_circle(untrained: list[Run]) -> None:
    """A parabola and a line; made-up layers lie on the parabola, whatever their scale."""
    right = jacobian.draw(jacobian.tables(untrained)).axes[1]
    (g, squares), (same, line) = (curve.get_data() for curve in right.lines[:2])
    assert same.tolist() == g.tolist()
    below = g[1:] < jacobian.QUARTER_CIRCLE
    assert (squares[1:] < line[1:]).tolist() == below.tolist() and 0 < below.sum() < len(below)
    measured = [curve for curve in right.lines if curve.get_marker() == "s" and len(curve.get_xdata())]
    for curve in measured:
        assert curve.get_ydata() == pytest.approx(np.square(curve.get_xdata()), rel=0.01)
    assert len(measured) == 3


def test_one_seed_can_be_drawn(untrained: list[Run]) -> None:
    tables = jacobian.tables([run for run in untrained if run.experiment.seed == 0])
    assert len(jacobian.draw(tables).axes) == 2
    assert not jacobian.summary(tables)["mean singular value"].str.contains("±|nan").any()
