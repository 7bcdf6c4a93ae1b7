import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.evidence import timeline
from repro.experiment.settings import Monitor
from repro.runs.folder import MONITOR_COLUMNS, Run

Fake = Callable[..., Run]


def test_ours_is_named_averaged_and_in_epochs(fake: Fake) -> None:
    runs = [fake(seed=seed) for seed in (0, 1, 2)]
    rows = timeline.ours(runs, {"z_std": "std"})
    assert set(rows["quantity"]) == {"std"} and set(rows["source"]) == {"ours"}
    assert set(rows["epoch"]) == {0, 1}
    assert (rows["n"] == 3).all()
    assert not rows["diverged"].any()


def test_a_run_that_diverged_is_marked_where_it_was_last_measured(fake: Fake) -> None:
    settings = {"updates": 40_000, "monitor": Monitor(every=10_000)}
    runs = [fake(seed=21, **settings), fake(seed=22, diverged_at=25_000, **settings)]
    rows = timeline.ours(runs, {"z_std": "std"})
    layer = rows[rows["layer"] == 2].set_index("update")
    assert layer["diverged"].to_dict() == {0: 0, 10_000: 0, 20_000: 1, 30_000: 0, 40_000: 0}
    assert layer["n"].to_dict() == {0: 2, 10_000: 2, 20_000: 2, 30_000: 1, 40_000: 1}


def test_values_that_are_not_finite_are_left_out(fake: Fake) -> None:
    """The last measurement of a run may come between the update that spoils its weights and the next."""
    run = fake(seed=23, diverged_at=20_000, updates=40_000)
    spoilt = run.monitor.assign(value=run.monitor["value"].where(run.monitor["update"] == 0, np.inf))
    run.write_table("monitor", MONITOR_COLUMNS, list(spoilt.itertuples(index=False, name=None)))
    rows = timeline.ours([Run(run.path)], {"z_std": "std"})
    assert set(rows["update"]) == {0}
    assert (rows["diverged"] == 1).all()


def test_papers_epochs_are_updates_too() -> None:
    rows = timeline.papers("fig10", ["std"])
    assert (rows["update"] == 20_000 * rows["epoch"]).all()
    assert len(rows) == (paper.curve("fig10")["quantity"] == "std").sum()
    assert rows["diverged"].eq(0).all()


def test_last_epoch_is_that_of_the_shortest_panel() -> None:
    rows = pd.DataFrame({"init": ["a", "a", "b"], "epoch": [0, 4, 3], "source": "ours"})
    assert timeline.last_epoch(rows, "init") == 3
    assert timeline.last_epoch(rows) == 4


def test_words() -> None:
    assert (timeline.text(math.nan), timeline.text(3.51)) == ("not yet", "3.5")
    assert (timeline.span(1), timeline.span(12.5)) == ("1 epoch", "12.5 epochs")


def test_how_far_a_layer_got(fake: Fake) -> None:
    whole, gone = fake(seed=24), fake(seed=24, updates=40_000, diverged_at=20_000)
    rows = [timeline.ours([run], {"z_std": "std"}) for run in (whole, gone)]
    assert [timeline.reached(own) for own in rows] == ["1", "1 (diverged)"]


def both_sources() -> pd.DataFrame:
    """Ours at epochs 0, 4 and 8, the paper's too, but for layer 2 at epoch 8."""
    ours = [
        ("ours", epoch, layer, epoch + layer, 0.5, 3)
        for epoch in (0.0, 4.0000000001, 8.0)
        for layer in (1, 2)
    ]
    places = [(0, 1), (0, 2), (4, 1), (4, 2), (8, 1)]
    theirs = [("paper", epoch, layer, 9, math.nan, math.nan) for epoch, layer in places]
    return pd.DataFrame([*ours, *theirs], columns=["source", "epoch", "layer", "value", "half", "n"])


def test_the_last_epoch_in_common_has_all_layers_of_both() -> None:
    at, found = timeline.last_in_common(both_sources())
    assert at == 4
    assert found["value"].round(6).to_dict() == {1: 5, 2: 6}
    assert found["paper"].to_dict() == {1: 9, 2: 9}


def test_an_unreadable_point_is_none_in_common_and_layers_come_in_order() -> None:
    """Layer 2 of the paper's at epoch 4."""
    rows = both_sources()
    unreadable = (rows["source"] == "paper") & (rows["epoch"] == 4) & (rows["layer"] == 2)
    at, found = timeline.last_in_common(rows.assign(value=rows["value"].mask(unreadable)).iloc[::-1])
    assert at == 0
    assert found["value"].to_dict() == {1: 1, 2: 2}
    assert found.index.tolist() == [1, 2]


def test_every_layer_is_a_number_with_its_interval_and_the_papers() -> None:
    _, found = timeline.last_in_common(both_sources())
    first, second = timeline.by_layer(found, pd.Series({2: True, 1: False}))
    assert (first.of, second.of) == ({"layer": 1}, {"layer": 2})
    assert (first.holds, second.holds) == (False, True)
    assert (second.low, second.value, second.high) == pytest.approx((5.5, 6, 6.5))
    assert (second.paper, second.n) == (9, 3)
