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
    return [run for run in trained if run.experiment.activation != "sigmoid"]


def test_both_readings_of_the_paper_are_judged(runs: list[Run]) -> None:
    """Made up: all stds are .31, as in the paper, before training."""
    found = {verdict.claim: verdict.verdict for verdict in fig10.verdicts(runs)}
    for name in fig10.ROWS.values():
        assert found[f"Figure 10, {name}: standard deviations before training"] == "reproduced"
        assert found[f"Figure 10, {name}: standard deviations in training"] == "not tested"


def test_the_papers_own_curves_pass() -> None:
    rows = papers("fig10", saturation.QUANTITIES).assign(network="tanh, normalized_hidden")
    rows = pd.concat([rows, rows.assign(source="ours", n=1)], ignore_index=True)
    assert saturation.levels(rows, "tanh, normalized_hidden", "Figure 10").verdict == "reproduced"


def test_softsign_counts_as_similar_if_nearer_than_tanh(runs: list[Run]) -> None:
    """Made up: softsign and tanh with the standard initialization are the same, hence neither is nearer."""
    assert fig10.verdicts(runs)[0].verdict == "not reproduced"


def test_short_runs_do_not_test_c19(fake: Fake) -> None:
    short = {"updates": 100, "monitor": Monitor(every=100)}
    runs = [fake(init=init, **short) for init in ("standard", "normalized", "normalized_hidden")]
    assert fig10.verdicts([*runs, fake(activation="softsign", **short)])[0].verdict == "not tested"


def test_a_row_for_each_reading(runs: list[Run]) -> None:
    titles = [axes.get_title("left") for axes in fig10.draw(runs).axes]
    assert titles == [name for name in fig10.ROWS.values() for _ in range(2)]


def test_another_range_of_inputs_is_another_row(fake: Fake, runs: list[Run]) -> None:
    wide = fake(init="normalized", dataset=Dataset(low=-1.0))
    names = list(fig10.table([*runs, wide])["network"].unique())
    assert names == [*fig10.ROWS.values(), "tanh, normalized (eq. 16), inputs in [-1, 1]"]
