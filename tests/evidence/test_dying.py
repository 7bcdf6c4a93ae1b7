"""Moments and shares of made-up networks whose answers are known."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError, dying
from repro.experiment.settings import Monitor
from repro.runs import Run
from repro.runs.folder import MONITOR_COLUMNS

UPDATES = (0, 10, 100, 1000, 5000)
STORY = {
    (2, "z_mean"): (0.5, 0.5, 0.3, 0.04, 0.2),
    (3, "prior_kl"): (0.2, 0.02, 0.009, 0.001, 0.5),
    (3, "prior_kl_constant"): (0.2, 0.02, 0.009, 0.001, 0.5),
    (3, "prior_of_bias"): (0.1, 0.102, 0.2, 0.9, 1.0),  # has learned 0, .002, .1, .8, .9
    (3, "prior_of_mean"): (-0.3, 0.2, 0.6, 0.1, 0.0),  # 0, .5, .9, .4, .3
    (1, "s_varying"): (1.0, 1.0, 1.0, 1.0, 2.5),
    (3, "s_varying"): (0.4, 0.3, 0.2, 0.1, 0.15),
    (3, "input_square"): (200.0, 200.0, 70.0, 1.0, 20.0),
    (1, "s_of_mean"): (1.0,) * 5,
    (1, "s_constant"): (1.0,) * 5,
    (1, "b_norm"): (4.0,) * 5,
}


@pytest.fixture
def told(fake: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """A run with this story, or another one; `until` the last update."""

    def make(until: int = 5000, **changes: Any) -> Run:
        run = fake(root=tmp_path, depth=2, width=16, updates=5000, curve_every=1000, last=0.7,
                   monitor=Monitor(every=1000, mechanisms=True))  # fmt: skip
        rows = [
            (update, layer, name, value)
            for (layer, name), values in {**STORY, **changes.get("story", {})}.items()
            for update, value in zip(UPDATES, values, strict=True)
            if update <= until and name != changes.get("without")
        ]
        run.write_table("monitor", MONITOR_COLUMNS, rows)
        return Run(run.path)

    return make


def test_moments_are_the_first_measurements_past_their_thresholds(told: Callable[..., Run]) -> None:
    run = told()
    at = dying.moments(run, dying.wide(run))
    assert at == {"prior": 100, "dead": 1000, "escape": 2000}  # the made-up error: 70 + 20 (1 - t)²


def test_what_is_learned_is_counted_from_the_start(told: Callable[..., Run]) -> None:
    found = dying.read(told())
    assert found["share_prior"] == pytest.approx(0.1 / (0.1 + 0.9))
    assert found["share_dead"] == pytest.approx(0.8 / (0.8 + 0.4))
    learned = dying.shares(dying.wide(told()), 3)  # of 1.2: the start was 0.2 in the wrong direction
    assert learned["mean"].tolist() == pytest.approx([0, 0.5 / 1.2, 0.9 / 1.2, 0.4 / 1.2, 0.3 / 1.2])
    assert found["speed"] == pytest.approx(0.5 / 0.002 / 200)
    assert found["pushed"] == pytest.approx(0.1 / 0.4)
    assert found["bottom"] == 5000 and math.isnan(found["top"])


def test_shares_against_vectors() -> None:
    """Projections of made-up vectors: b and W m in any two directions, learned from any start."""
    rng = np.random.default_rng(0)
    goal = np.log(rng.dirichlet(np.ones(9)))
    goal -= goal.mean()
    b, mean = rng.standard_normal((2, 4, 9))
    rows = pd.DataFrame({(3, f"prior_of_{n}"): v @ goal / (goal @ goal) for n, v in zip(("bias", "mean"), (b, mean), strict=True)})  # fmt: skip  # noqa: E501
    found = dying.shares(rows, 3)
    moved = [(v[-1] - v[0]) @ goal for v in (b, mean)]
    assert found["share"].iloc[-1] == pytest.approx(moved[0] / sum(moved))
    assert math.isnan(found["share"].iloc[0])


@pytest.mark.parametrize(("until", "known"), [(10, 0), (100, 1), (1000, 2)])
def test_a_network_that_has_not_come_far_says_nothing(
    told: Callable[..., Run], until: int, known: int
) -> None:
    found = dying.read(told(until))
    assert sum(not math.isnan(found[f"share_{at}"]) for at in ("prior", "dead")) == known
    assert math.isnan(found["bottom"]) and math.isnan(found["top"])


def test_biases_by_unit(told: Callable[..., Run]) -> None:
    assert dying.wide(told())[1, "s_of_bias"].iloc[0] == pytest.approx(4 / math.sqrt(16))


def test_runs_made_before_the_parts_were_measured_are_named(told: Callable[..., Run]) -> None:
    assert dying.measured(told())
    with pytest.raises(EvidenceError, match="has no prior_kl: remove it"):
        dying.measured(told(without="prior_kl"))


def test_falls_are_of_the_top_layer(told: Callable[..., Run]) -> None:
    run = told()
    assert dying.fall(run, 1000) == pytest.approx(0.46)
    assert math.isnan(dying.fall(run, 999))
