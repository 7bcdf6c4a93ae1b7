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


def test_both_readings_of_the_paper_are_judged(runs: list[Run]) -> None:
    """Made up: all stds are .31, as in the paper, before training."""
    verdicts = fig10.verdicts(fig10.tables(runs))[1:]
    found = {(verdict.claim, verdict.subject["init"]): verdict.outcome for verdict in verdicts}
    assert len(found) == 4
    for init in fig10.ROWS:
        assert found["fig10.before_training", init] == "reproduced"
        assert found["fig10.in_training", init] == "not tested"


def test_the_papers_own_curves_pass() -> None:
    rows = papers("fig10", saturation.QUANTITIES).assign(
        activation="tanh", init="normalized", inputs="[0, 1]"
    )
    rows = pd.concat([rows, rows.assign(source="ours")], ignore_index=True).assign(n=1, half=float("nan"))
    assert saturation.in_training(rows, "fig10", 92).outcome == "reproduced"


def test_softsign_counts_as_similar_if_nearer_than_tanh(runs: list[Run]) -> None:
    """Made up: softsign and tanh with the standard initialization are the same, hence neither is nearer."""
    verdict = fig10.verdicts(fig10.tables(runs))[0]
    assert verdict.outcome == "fails so far"
    assert verdict.measures[0].value == verdict.measures[1].value > 0


def test_the_nearer_one_decides(runs: list[Run]) -> None:
    """Softsign's course made that of normalized tanh, then tanh's."""
    tables = fig10.tables(runs)
    normalized = tables["courses"].query("init == 'normalized'")
    for same, outcome in (("softsign", "holds so far"), ("tanh", "fails so far")):
        other = tables["beside"][tables["beside"]["activation"] != same]
        beside = pd.concat([normalized.assign(activation=same, network=same), other], ignore_index=True)
        verdict = fig10.verdicts({**tables, "beside": beside})[0]
        assert verdict.outcome == outcome
        assert {m.of["activation"]: m.value == 0 for m in verdict.measures}[same]


def test_short_runs_do_not_test_c19(fake: Fake) -> None:
    short = {"updates": 100, "monitor": Monitor(every=100)}
    runs = [fake(init=init, **short) for init in ("standard", "normalized", "normalized_hidden")]
    tables = fig10.tables([*runs, fake(activation="softsign", **short)])
    assert fig10.verdicts(tables)[0].outcome == "not tested"


def test_a_network_beside_it_that_diverged_leaves_c19_untested(fake: Fake, runs: list[Run]) -> None:
    others = [run for run in runs if run.experiment.activation.name != "softsign"]
    tables = fig10.tables([*others, fake(activation="softsign", diverged_at=5_000, seed=61)])
    assert fig10.verdicts(tables)[0].outcome == "not tested"
    assert len(fig10.draw(tables).axes) == 4


def test_a_row_for_each_reading(runs: list[Run]) -> None:
    titles = [axes.get_title("left") for axes in fig10.draw(fig10.tables(runs)).axes]
    assert titles == [name for name in fig10.ROWS.values() for _ in range(2)]


def test_another_range_of_inputs_is_another_row(fake: Fake, runs: list[Run]) -> None:
    wide = fake(init="normalized", dataset=Dataset(low=-1.0))
    names = list(fig10.tables([*runs, wide])["points"]["network"].unique())
    assert names == [*fig10.ROWS.values(), "tanh, normalized (eq. 16), inputs in [-1, 1]"]
