"""Never a speed: that would depend on who else uses the machine."""

import multiprocessing
import os
import time

import pytest
from rich.console import Console

from repro.bench import measure, peers
from repro.bench.contenders import Contender


def sleeper(device):
    return lambda updates: time.sleep(0.01)


def absent(device):
    raise ImportError("No module named 'nothing'")


def environment(device):
    if os.environ.get("REPRO_TEST") != "set":
        raise ValueError("not set")
    return sleeper(device)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_contenders_take_turns_and_absent_ones_are_named(monkeypatch):
    """Forked, which is quick; that they start anew, as in earnest, is tested with the command."""
    fork = multiprocessing.get_context("fork")
    monkeypatch.setattr(measure.multiprocessing, "get_context", lambda method: fork)
    teams = [
        Contender("one", sleeper, reference="one"),
        Contender("two", sleeper, processes=2, networks=3, reference="one"),
        Contender("absent", absent),
        Contender("told", environment, environment=(("REPRO_TEST", "set"),)),
    ]
    rates, missing = measure.updates_per_second(teams, rounds=2, seconds=0.03, console=Console(quiet=True))
    assert set(rates) == {"one", "two", "told"}
    assert all(len(values) == 2 for values in rates.values())
    assert all(0 < rate <= peers.BLOCK / 0.01 for rate in rates["one"])
    assert all(rate <= 6 * peers.BLOCK / 0.01 for rate in rates["two"])  # 2 processes x 3 networks
    assert missing == {"absent": "ImportError: No module named 'nothing'"}
    assert "REPRO_TEST" not in os.environ


def test_ratios_pair_the_rounds():
    rates = {"a": [10.0, 20.0, 30.0], "b": [20.0, 60.0, 60.0], "c": [1.0, 1.0, 1.0]}
    assert measure.ratios(rates, {"a": "a", "b": "a", "c": "gone"}) == {"a": 1.0, "b": 2.0}
    assert measure.spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}
