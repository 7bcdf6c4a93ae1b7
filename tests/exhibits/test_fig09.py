from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro.evidence.inits import INITS, PANEL
from repro.evidence.timeline import papers
from repro.exhibits import fig09
from repro.experiment.settings import Dataset
from repro.runs.folder import Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(trained: list[Run]) -> list[Run]:
    return [run for run in trained if run.experiment.activation.name == "tanh"]


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    """The paper's own curves as if they were ours, too."""
    tables = []
    for init in INITS:
        rows = papers(f"fig09_{PANEL[init]}", ["std"]).assign(quantity="dW", init=init, panel=init)
        tables += [rows.assign(source=source) for source in ("ours", "paper")]
    return pd.concat(tables, ignore_index=True).assign(n=1, half=np.nan, wide=False, inputs="[0, 1]")


def test_the_papers_own_curves_pass(theirs: pd.DataFrame) -> None:
    found = {
        str(panel): (fig09.before_training(rows).outcome, fig09.levels(rows).outcome)
        for panel, rows in theirs.groupby("panel")
    }
    assert found == {
        "standard": ("reproduced", "reproduced"),
        "normalized": ("reproduced", "reproduced"),
        "normalized_hidden": ("fitted", "supported"),
    }


def test_the_start_is_judged_by_itself(theirs: pd.DataFrame) -> None:
    """Off by a factor 3 before training, right from then on."""
    early = (theirs["source"] == "ours") & (theirs["epoch"] == 0)
    rows = theirs.assign(value=theirs["value"].where(~early, 3 * theirs["value"]))
    rows = rows[rows["init"] == "normalized"]
    assert fig09.before_training(rows).outcome == "not reproduced"
    assert fig09.levels(rows).outcome == "reproduced"


def test_one_spike_decides_nothing(theirs: pd.DataFrame) -> None:
    """A window's median stands for it; off in the whole of it, and the layer doesn't agree."""
    rows = theirs[theirs["init"] == "normalized"]
    ours = (rows["source"] == "ours") & (rows["layer"] == 1)
    for spoilt, held in ((ours & (rows["epoch"] == 94), 5), (ours & (rows["epoch"] >= 90), 4)):
        spiked = rows.assign(value=rows["value"].where(~spoilt, 2 * rows["value"]))
        assert fig09.levels(spiked).holds == (held, 5)


def test_summary_has_both_ends_beside_the_papers(runs: list[Run]) -> None:
    summary = fig09.summary(fig09.tables(runs))
    assert len(summary) == 15
    assert {"before training", "paper, epoch 0", "epoch 1", "paper, epoch 1"} <= set(summary.columns)


def test_a_column_for_each_initialization(runs: list[Run]) -> None:
    axes = fig09.draw(fig09.tables(runs)).axes
    assert len(axes) == 6
    assert [a.get_title("left").split()[0] for a in axes[:3]] == ["Standard", "Normalized", "Hidden"]
    assert np.isclose(axes[0].lines[1].get_ydata()[0], 0.0035, rtol=0.05)


def test_another_range_of_inputs_is_in_the_numbers(fake: Fake, runs: list[Run]) -> None:
    wide = fake(init="normalized_hidden", dataset=Dataset(low=-1.0))
    tables = fig09.tables([*runs, wide])
    assert len(fig09.draw(tables).axes) == 6  # not in the picture, which has room for three
    assert set(tables["points"]["init"]) == {*INITS, "normalized_hidden, inputs in [-1, 1]"}
    last = fig09.verdicts(tables)[-1]
    assert last.claim == "fig09.in_training"
    assert last.subject == {"init": "normalized_hidden", "inputs": "[-1, 1]"}


def test_a_run_that_diverged_is_marked(fake: Fake, runs: list[Run]) -> None:
    """Its last measurement is that of update 0, and it shortens what all panels are compared over."""
    others = [run for run in runs if run.experiment.init.name != "standard"]
    tables = fig09.tables([*others, fake(diverged_at=5_000, seed=51)])
    titles = [axes.get_title("left") for axes in fig09.draw(tables).axes[:3]]
    assert [title.endswith("diverged at ×") for title in titles] == [True, False, False]
    lost = [verdict for verdict in fig09.verdicts(tables) if verdict.subject["init"] == "standard"]
    assert [verdict.outcome == "not tested" for verdict in lost] == [False, True]
    assert fig09.summary(tables)["initialization"].tolist()[:5] == ["standard (diverged)"] * 5
