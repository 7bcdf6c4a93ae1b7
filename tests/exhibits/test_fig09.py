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
    return [run for run in trained if run.experiment.activation == "tanh"]


def made_up(slopes: list[float]) -> pd.DataFrame:
    """∂C/∂s of the standard initialization whose log10 variance has this slope at epochs 0, 1, 2 ..."""
    rows = [
        ("standard", layer, "ds", "ours", epoch, 10 ** (slope * layer / 2))
        for epoch, slope in enumerate(slopes)
        for layer in range(1, 6)
    ]
    return pd.DataFrame(rows, columns=["init", "layer", "quantity", "source", "epoch", "value"])


def test_trend_is_the_slope_over_layers() -> None:
    assert fig09.trend(made_up([0.5, 0.1, -0.2])).tolist() == pytest.approx([0.5, 0.1, -0.2])


@pytest.mark.parametrize(
    ("slopes", "verdict"),
    [
        ([0.5, 0.1, -0.1], "reproduced"),
        ([0.5, 0.4], "not tested"),
        ([0.5] * 8, "not reproduced"),
        ([0.5] * 7 + [-0.1], "not reproduced"),
    ],
)
def test_reversal_must_come_early(slopes: list[float], verdict: str) -> None:
    assert fig09.reversal(made_up(slopes)).verdict == verdict


def test_the_papers_own_curves_pass_c18() -> None:
    tables = []
    for init in INITS:
        rows = papers(f"fig09_{PANEL[init]}", ["std"]).assign(quantity="dW", init=init)
        tables += [rows, rows.assign(source="ours", n=1)]
    rows = pd.concat(tables, ignore_index=True)
    assert fig09.divergence(rows).verdict == "reproduced"
    assert [fig09.levels(rows, init).verdict for init in INITS] == ["reproduced"] * 3


def test_equal_layers_refute_c18(runs: list[Run]) -> None:
    verdict = fig09.divergence(fig09.table(runs))
    assert "standard 1.0" in verdict.measured
    assert verdict.verdict == "not reproduced"


def test_summary_has_both_ends_beside_the_papers(runs: list[Run]) -> None:
    summary = fig09.summary(runs)
    assert len(summary) == 15
    assert {"before training", "paper, epoch 0", "epoch 1", "paper, epoch 1"} <= set(summary.columns)


def test_a_column_for_each_initialization(runs: list[Run]) -> None:
    axes = fig09.draw(runs).axes
    assert len(axes) == 6
    assert [a.get_title("left").split()[0] for a in axes[:3]] == ["Standard", "Normalized", "Hidden"]
    assert np.isclose(axes[0].lines[1].get_ydata()[0], 0.0035, rtol=0.05)


def test_another_range_of_inputs_is_another_column(fake: Fake, runs: list[Run]) -> None:
    wide = fake(init="normalized_hidden", dataset=Dataset(low=-1.0))
    axes = fig09.draw([*runs, wide]).axes
    assert len(axes) == 8
    assert axes[3].get_title("left").splitlines() == [
        "Hidden layers,",
        "n Var[W] = 1.3,",
        "inputs in [-1, 1]",
    ]
    claims = [verdict.claim for verdict in fig09.verdicts([*runs, wide])]
    assert "Figure 9, normalized_hidden, inputs in [-1, 1]: standard deviations at epoch 1" in claims
