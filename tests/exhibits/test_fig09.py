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


def made_up(slopes: list[float]) -> pd.DataFrame:
    """∂C/∂s of the standard initialization whose log10 variance has this slope at epochs 0, 1, 2 ..."""
    rows = [
        ("standard", False, layer, "ds", "ours", epoch, 10 ** (slope * layer / 2), 1)
        for epoch, slope in enumerate(slopes)
        for layer in range(1, 6)
    ]
    return pd.DataFrame(rows, columns=["init", "wide", "layer", "quantity", "source", "epoch", "value", "n"])


def test_trend_is_the_slope_over_layers() -> None:
    assert fig09.trend(made_up([0.5, 0.1, -0.2])).tolist() == pytest.approx([0.5, 0.1, -0.2])


@pytest.mark.parametrize(
    ("slopes", "outcome"),
    [
        ([0.5, 0.1, -0.1], "reproduced"),
        ([0.5, 0.4], "not tested"),
        ([0.5] * 8, "not reproduced"),
        ([0.5] * 7 + [-0.1], "not reproduced"),
    ],
)
def test_reversal_must_come_early(slopes: list[float], outcome: str) -> None:
    assert fig09.reversal(made_up(slopes)).outcome == outcome


def test_reversal_is_that_of_the_standard_initialization() -> None:
    """The normalized network's trend, level from the start, must not count; nor that of other inputs."""
    rows, level = made_up([0.5] * 8), made_up([0.0] * 8)
    others = [level.assign(init="normalized"), level.assign(wide=True)]
    verdict = fig09.reversal(pd.concat([rows, *others], ignore_index=True))
    assert verdict.outcome == "not reproduced"
    assert [measure.value for measure in verdict.measures[1:]] == pytest.approx([10**-0.5] * 2)


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    """The paper's own curves as if they were ours, too."""
    tables = []
    for init in INITS:
        rows = papers(f"fig09_{PANEL[init]}", ["std"]).assign(quantity="dW", init=init, panel=init)
        tables += [rows.assign(source=source) for source in ("ours", "paper")]
    return pd.concat(tables, ignore_index=True).assign(n=1, half=np.nan, wide=False, inputs="[0, 1]")


def test_the_papers_own_curves_pass_c18(theirs: pd.DataFrame) -> None:
    assert fig09.divergence(theirs).outcome == "reproduced"
    panels = [rows for _, rows in theirs.groupby("panel")]
    assert [fig09.levels(rows).outcome for rows in panels] == ["reproduced"] * 3


def test_the_initializations_swapped_refute_a_part_of_c18(theirs: pd.DataFrame) -> None:
    ours = theirs["source"] == "ours"
    swapped = theirs["init"].replace({"standard": "normalized", "normalized": "standard"})
    verdict = fig09.divergence(theirs.assign(init=theirs["init"].where(~ours, swapped)))
    assert (verdict.outcome, verdict.holds) == ("partly", (2, 3))
    by_init = {measure.of["init"]: measure for measure in verdict.measures if "init" in measure.of}
    assert by_init["standard"].value == by_init["normalized"].paper


def test_equal_layers_refute_c18(runs: list[Run]) -> None:
    verdict = fig09.divergence(fig09.tables(runs)["courses"])
    assert verdict.measures[0].of == {"init": "standard"}
    assert verdict.measures[0].value == pytest.approx(1)
    assert verdict.outcome == "fails so far"


def test_summary_has_both_ends_beside_the_papers(runs: list[Run]) -> None:
    summary = fig09.summary(fig09.tables(runs))
    assert len(summary) == 15
    assert {"before training", "paper, epoch 0", "epoch 1", "paper, epoch 1"} <= set(summary.columns)


def test_a_column_for_each_initialization(runs: list[Run]) -> None:
    axes = fig09.draw(fig09.tables(runs)).axes
    assert len(axes) == 6
    assert [a.get_title("left").split()[0] for a in axes[:3]] == ["Standard", "Normalized", "Hidden"]
    assert np.isclose(axes[0].lines[1].get_ydata()[0], 0.0035, rtol=0.05)


def test_another_range_of_inputs_is_another_column(fake: Fake, runs: list[Run]) -> None:
    wide = fake(init="normalized_hidden", dataset=Dataset(low=-1.0))
    tables = fig09.tables([*runs, wide])
    axes = fig09.draw(tables).axes
    assert len(axes) == 8
    assert axes[3].get_title("left").splitlines() == [
        "Hidden layers,",
        "n Var[W] = 1.3,",
        "inputs in [-1, 1]",
    ]
    assert set(tables["points"]["init"]) == {*INITS, "normalized_hidden, inputs in [-1, 1]"}
    last = fig09.verdicts(tables)[-1]
    assert last.claim == "fig09.levels"
    assert last.subject == {"init": "normalized_hidden", "inputs": "[-1, 1]", "epoch": 1}


def test_a_run_that_diverged_is_marked(fake: Fake, runs: list[Run]) -> None:
    """Its last measurement is that of update 0, and it shortens what all panels are compared over."""
    others = [run for run in runs if run.experiment.init.name != "standard"]
    tables = fig09.tables([*others, fake(diverged_at=5_000, seed=51)])
    titles = [axes.get_title("left") for axes in fig09.draw(tables).axes[:3]]
    assert [title.endswith("diverged at ×") for title in titles] == [True, False, False]
    outcomes = {verdict.claim: verdict.outcome for verdict in fig09.verdicts(tables)}
    assert outcomes["C17"] == outcomes["C18"] == "not tested"
    assert fig09.summary(tables)["initialization"].tolist()[:5] == ["standard (diverged)"] * 5
