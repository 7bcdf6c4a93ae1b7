from collections.abc import Callable

import pandas as pd
import pytest

from repro.evidence import saturation
from repro.evidence.timeline import papers
from repro.exhibits import fig10
from repro.experiment.settings import Dataset, Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(trained: list[Run]) -> list[Run]:
    return [run for run in trained if run.experiment.activation.name != "sigmoid"]


NAMES = ["tanh, normalized (eq. 16)", "tanh, hidden layers, n Var[W] = 1.3"]


def test_both_readings_of_the_paper_are_judged(runs: list[Run]) -> None:
    """Made up: all stds are .31, as in the paper, before training."""
    verdicts = fig10.verdicts(fig10.tables(runs))
    found = {(verdict.claim, verdict.subject["init"]): verdict.outcome for verdict in verdicts}
    assert len(found) == 4
    assert found["fig10.before_training", "normalized"] == "reproduced"
    assert found["fig10.before_training", "normalized_hidden"] == "fitted"  # there it can reproduce nothing
    assert {found["fig10.in_training", init] for init in ("normalized", "normalized_hidden")} == {
        "not tested"
    }


def test_the_papers_own_curves_pass() -> None:
    rows = papers("fig10", saturation.QUANTITIES).assign(
        activation="tanh", init="normalized", inputs="[0, 1]"
    )
    rows = pd.concat([rows, rows.assign(source="ours")], ignore_index=True).assign(n=1, half=float("nan"))
    assert saturation.in_training(rows, "fig10", 92).outcome == "reproduced"


def test_beside_stand_softsign_of_either_range_and_tanh(fake: Fake, runs: list[Run]) -> None:
    wide = fake(activation="softsign", dataset=Dataset(low=-1.0))
    beside = fig10.tables([*runs, wide])["beside"]
    found = beside.drop_duplicates(["activation", "inputs"])[["activation", "inputs", "wide"]]
    assert found.to_numpy().tolist() == [
        ["softsign", "[0, 1]", False],
        ["tanh", "[0, 1]", False],
        ["softsign", "[-1, 1]", True],
    ]


def test_a_panel_for_each_reading(runs: list[Run]) -> None:
    axes = fig10.draw(fig10.tables(runs)).axes
    assert [a.get_title("left") for a in axes] == NAMES
    assert {a.get_xscale() for a in axes} == {"symlog"}


def test_another_range_of_inputs_is_another_panel(fake: Fake, runs: list[Run]) -> None:
    wide = fake(init="normalized", dataset=Dataset(low=-1.0))
    tables = fig10.tables([*runs, wide])
    assert list(tables["points"]["network"].unique()) == [*NAMES, f"{NAMES[0]}, inputs in [-1, 1]"]
    assert len(fig10.draw(tables).axes) == 3


def test_long_runs_show_what_c19_compares(fake: Fake) -> None:
    """Each layer's course from 0 to 1, the paper's up to the same epoch."""
    long = {"updates": 240_000, "curve_every": 60_000, "monitor": Monitor(every=20_000)}
    runs = [fake(init=init, **long) for init in ("standard", "normalized", "normalized_hidden")]
    tables = fig10.tables([*runs, fake(activation="softsign", **long)])
    axes = fig10.draw(tables).axes
    assert [a.get_title("left") for a in axes[2:]] == [NAMES[0], "softsign, standard", "tanh, standard"]
    assert axes[0].get_xscale() == "linear"
    assert axes[0].get_xlim()[1] == pytest.approx(24, rel=0.05)  # the paper's dots, as far again as ours
    theirs = axes[2].lines[0]
    assert (theirs.get_xdata().max(), theirs.get_ydata()[0], theirs.get_ydata()[-1]) == (12, 0, 1)
