from collections.abc import Callable

import pandas as pd
import pytest

from repro.drawing import style
from repro.exhibits import jacobian_training
from repro.runs.folder import MONITOR_COLUMNS, Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(trained: list[Run]) -> list[Run]:
    return [run for run in trained if run.experiment.activation.name == "tanh"]


def test_runs_measured_at_both_ends_only_can_be_drawn(runs: list[Run]) -> None:
    """Both on the same examples: a dotted line says which circles are one layer."""
    tables = jacobian_training.tables(runs)
    figure = jacobian_training.draw(tables)
    assert len(figure.axes) == 6
    circles = figure.axes[0].lines[-1]
    assert (circles.get_xdata().tolist(), circles.get_linestyle()) == ([0, 1], ":")
    assert set(jacobian_training.summary(tables)["measured at epochs"]) == {"0 to 1, 2 times"}
    assert figure.legends[0].get_texts()[-1].get_text() == "3 examples"


def test_no_line_joins_what_was_measured_on_different_examples() -> None:
    """In between it is a single one, at both ends several: a largest value of more is larger."""
    updates = (0, 20_000, 40_000, 60_000)
    rows = [("standard", 2, "mean", update, update / 20_000, 0.5, 1) for update in updates]
    columns = ["init", "layer", "quantity", "update", "epoch", "value", "n"]
    table = pd.DataFrame(rows, columns=columns).assign(source="ours", half=float("nan"), diverged=0)
    table["whole"] = table["update"].isin((0, 60_000))
    axes = style.new_figure(2).subplots()
    jacobian_training._panel(axes, table)
    line, circles = axes.lines[1], axes.lines[-1]
    assert line.get_xdata().tolist() == [1, 2]
    assert (circles.get_xdata().tolist(), circles.get_linestyle()) == ([0, 3], "None")


def test_table_has_mean_and_largest_of_every_layer(runs: list[Run]) -> None:
    table = jacobian_training.tables(runs)["points"]
    wide = table.query("update == 0").pivot(index=["init", "layer"], columns="quantity", values="value")
    assert len(wide) == 15
    assert (wide["max"] > wide["mean"]).all()


def test_the_paper_claims_nothing(runs: list[Run]) -> None:
    assert jacobian_training.verdicts(jacobian_training.tables(runs)) == []


def test_a_run_that_diverged_ends_with_a_cross_and_no_circle(fake: Fake, runs: list[Run]) -> None:
    """Its last measurement, of a single example, is no end of training."""
    lost = fake(updates=60_000, diverged_at=50_000, seed=71)
    single = [(40_000, *row) for row in lost.monitor.query("update == 0").itertuples(index=False, name=None)]
    rows = lost.monitor.query("update == 0").itertuples(index=False, name=None)
    lost.write_table("monitor", MONITOR_COLUMNS, [*rows, *((row[0], *row[2:]) for row in single)])
    others = [run for run in runs if run.experiment.init.name != "standard"]
    tables = jacobian_training.tables([*others, Run(lost.path)])
    axes = jacobian_training.draw(tables).axes[0]
    cross, circles = axes.lines[2], axes.lines[-1]
    assert (cross.get_marker(), cross.get_xdata().tolist()) == ("x", [2])
    assert circles.get_xdata().tolist() == [0]
    assert axes.get_title("left") == "Standard (eq. 1),\ndiverged at ×"
    measured = jacobian_training.summary(tables)["measured at epochs"]
    assert measured.tolist()[0] == "0 to 2 (diverged), 2 times"
