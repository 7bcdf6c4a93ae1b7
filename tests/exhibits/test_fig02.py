from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError, claims, timeline
from repro.evidence.plateau import PRIOR_ENTROPY
from repro.exhibits import fig02
from repro.experiment.settings import Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]


def networks(fake: Fake, **settings: object) -> list[Run]:
    return [fake(activation="sigmoid", depth=depth, **settings) for depth in (5, 4)]


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.outcome for verdict in fig02.verdicts(fig02.tables(runs))}


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    """The paper's own curve as if it were ours, too."""
    rows = timeline.papers("fig02", fig02.QUANTITIES)
    return pd.concat([rows, rows.assign(source="ours")], ignore_index=True).assign(n=1, half=np.nan)


def test_the_papers_own_curve_passes(theirs: pd.DataFrame) -> None:
    assert fig02.levels(theirs).outcome == "reproduced"


def test_a_run_shorter_than_an_epoch(fake: Fake) -> None:
    runs = networks(fake, updates=100, curve_every=100, monitor=Monitor(every=100))
    verdicts = fig02.verdicts(fig02.tables(runs))
    assert verdicts[-1].outcome == "not tested"
    assert not any("nan" in verdict.quantity + verdict.rule + verdict.reason for verdict in verdicts)


def test_what_rules_read_of_both_depths(fake: Fake) -> None:
    """Made up: test errors are those of depth 4, costs twice the errors."""
    runs = [
        fake(activation="sigmoid", depth=5, updates=40_000),
        fake(activation="sigmoid", depth=4, last=0.5, updates=40_000),
    ]
    tables = fig02.tables(runs)
    errors = tables["errors"]
    assert errors["error"].iloc[-1] == pytest.approx(50)
    assert (errors["excess"] + PRIOR_ENTROPY).to_numpy() == pytest.approx(2 * errors["error"] / 100)
    assert errors["epoch"].tolist() == [0.25 * i for i in range(1, 9)]
    for name in ("states", "test_errors"):
        assert set(tables[name]["network"]) == {"Sigmoid depth 4", "Sigmoid depth 5"}
    deep = tables["states"].query("network == 'Sigmoid depth 5'")
    assert sorted(set(deep["layer"])) == [1, 2, 3, 4, 5] and deep["examples"].max() == 400_000
    found = {v.claim: v.outcome for v in claims.of_exhibit("fig02", tables)}
    assert list(found) == ["C1", "C2", "C3", "C6"]


def test_draws_the_table_of_depth_4(fake: Fake) -> None:
    tables = fig02.tables(networks(fake))
    figure, rows = fig02.draw(tables), tables["points"]
    assert rows["layer"].max() == 4
    mean = rows[(rows["quantity"] == "mean") & (rows["layer"] == 4) & (rows["source"] == "ours")]
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert mean["value"].tolist() in drawn


def test_a_run_that_diverged_early_is_marked(fake: Fake) -> None:
    """It has no test error after the start, and its last measurement is that of update 0."""
    runs = [
        fake(activation="sigmoid", depth=5),
        fake(activation="sigmoid", depth=4, diverged_at=700, seed=31),
    ]
    tables = fig02.tables(runs)
    found = [*claims.of_exhibit("fig02", tables), *fig02.verdicts(tables)]
    assert {verdict.outcome for verdict in found} == {"not tested"}
    titles = [axes.get_title("left") for axes in fig02.draw(tables).axes]
    assert len(set(titles)) == 4
    assert [title.endswith(", diverged at ×") for title in titles] == [True, True, False, False]
    assert set(fig02.summary(tables)["epoch"]) == {"0 (diverged)"}


def test_depth_5_may_be_missing_and_depth_4_not(fake: Fake) -> None:
    alone = fig02.tables([fake(activation="sigmoid", depth=4)])
    assert set(alone["courses"]["depth"]) == {4} and set(alone["states"]["network"]) == {"Sigmoid depth 4"}
    with pytest.raises(EvidenceError, match="depth=4"):
        fig02.tables([fake(activation="sigmoid", depth=5)])


def test_error_and_cost_stand_below_on_the_same_time_axis(trained: list[Run]) -> None:
    tables = fig02.tables([run for run in trained if run.experiment.activation.name == "sigmoid"])
    axes = fig02.draw(tables).axes
    assert [panel.get_ylabel() for panel in axes[2:]] == ["Test error (%)", "Test cost (nats)"]
    assert axes[2].lines[0].get_ydata().tolist() == tables["errors"]["error"].tolist()
    assert axes[2].lines[0].get_xdata().tolist() == [5_000, 10_000, 15_000, 20_000]  # updates, as above
    assert axes[0].get_xlim() == axes[2].get_xlim()
