"""Never a speed: that would depend on who else uses the machine."""

import multiprocessing
import os
import time

import pytest
from rich.console import Console

from repro.bench import measure
from repro.bench.contenders import IDIOMATIC, JAX, Contender
from repro.bench.tasks import PAPER, Task

SMALL = Task(width=20, networks=3)


def sleeper(task, device):
    return lambda blocks: time.sleep(0.01)


def absent(task, device):
    raise ImportError("No module named 'nothing'")


def environment(task, device):
    if os.environ.get("REPRO_TEST") != "set":
        raise ValueError("not set")
    return sleeper(task, device)


def only_small(task, device):
    if task != SMALL:
        raise MemoryError("too large")
    return sleeper(task, device)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_contenders_take_turns_and_absent_ones_are_named(monkeypatch):
    """Forked, which is quick; that they start anew, as in earnest, is the command's default."""
    fork = multiprocessing.get_context("fork")
    monkeypatch.setattr(measure.multiprocessing, "get_context", lambda method: fork)
    both = (PAPER, SMALL)
    teams = [
        Contender("one", sleeper, both),
        Contender("two", sleeper, (SMALL,), processes=2),
        Contender("absent", absent, both),
        Contender("told", environment, (PAPER,), environment=(("REPRO_TEST", "set"),)),
        Contender("small", only_small, both),
    ]
    rates, missing = measure.updates_per_second(teams, rounds=2, seconds=0.03, console=Console(quiet=True))
    assert set(rates) == {("one", 1, PAPER), ("one", 1, SMALL), ("two", 2, SMALL), ("told", 1, PAPER),
                          ("small", 1, SMALL)}  # fmt: skip
    assert all(len(values) == 2 for values in rates.values())
    assert all(0 < rate <= PAPER.block / 0.01 for rate in rates["one", 1, PAPER])
    assert all(rate <= 6 * SMALL.block / 0.01 for rate in rates["two", 2, SMALL])  # 2 processes x 3 networks
    assert missing == {
        "absent, 1 cores": "ImportError: No module named 'nothing'",
        "small, 1 cores": "MemoryError: too large",
    }
    assert "REPRO_TEST" not in os.environ


def test_ratios_pair_the_rounds_of_as_many_cores_at_the_same_task():
    rates = {
        (IDIOMATIC, 1, PAPER): [10.0, 20.0, 30.0],
        (JAX, 1, PAPER): [20.0, 60.0, 60.0],
        (JAX, 2, PAPER): [99.0, 99.0, 99.0],
        ("x", 1, PAPER): [10.0, 60.0, 90.0],
        ("x", 1, SMALL): [1.0, 1.0, 1.0],
    }
    rows = {(row["contender"], row["cores"], row["width"]): row for row in measure.rows(rates, {})}
    assert rows["x", 1, 1000]["to_idiomatic"] == 3.0 and rows["x", 1, 1000]["to_jax"] == 1.0
    assert rows[JAX, 2, 1000]["to_idiomatic"] is None and rows["x", 1, 20]["to_jax"] is None
    assert "bound" not in rows["x", 1, 20]
    assert measure.spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}


def test_shares_of_the_bound(content):
    for row in content["updates_per_second"]:
        assert row["share"] == pytest.approx(row["median"] / row["bound"])
        assert row["binds"] in ("compute", "memory")
