from collections.abc import Callable

import pandas as pd
import pytest

from repro.drawing import style
from repro.exhibits import jacobian_training
from repro.runs.folder import Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(trained: list[Run]) -> list[Run]:
    return [run for run in trained if run.experiment.activation == "tanh"]


def test_runs_measured_at_both_ends_only_can_be_drawn(runs: list[Run]) -> None:
    axes = jacobian_training.draw(runs).axes
    assert len(axes) == 6
    assert axes[0].lines[1].get_xdata().tolist() == [0, 1]
    assert set(jacobian_training.summary(runs)["measured at epochs"]) == {"0 to 1, 2 times"}


def test_the_end_is_off_the_line_when_there_is_something_between(fake: Fake) -> None:
    """In between a single example is measured, at both ends several: the last is not joined."""
    rows = [("standard", 2, "mean", update, update / 20_000, 0.5, 1) for update in (0, 20_000, 40_000)]
    columns = ["init", "layer", "quantity", "update", "epoch", "value", "n"]
    table = pd.DataFrame(rows, columns=columns).assign(source="ours", half=float("nan"))
    axes = style.new_figure(2).subplots()
    jacobian_training._panel(axes, table, [fake()])
    line, circles = axes.lines[1], axes.lines[-1]
    assert line.get_xdata().tolist() == [0, 1]
    assert circles.get_xdata().tolist() == [0, 2]


def test_table_has_mean_and_largest_of_every_layer(runs: list[Run]) -> None:
    table = jacobian_training.table(runs)
    wide = table.query("update == 0").pivot(index=["init", "layer"], columns="quantity", values="value")
    assert len(wide) == 15
    assert (wide["max"] > wide["mean"]).all()


def test_the_paper_claims_nothing(runs: list[Run]) -> None:
    assert jacobian_training.verdicts(runs) == []
