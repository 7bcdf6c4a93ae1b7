import os
from pathlib import Path

import pytest

import repro
from repro.bench.contenders import contenders
from repro.experiment.machine import Machine, agreed, cores, pin
from repro.experiment.values import ConfigError


def test_runs_of_one_command_agree():
    assert agreed([Machine(threads=2), Machine(threads=2)]) == Machine(threads=2)
    with pytest.raises(ConfigError, match=r"machine\.workers = 0 and 3: expected one value"):
        agreed([Machine(), Machine(), Machine(workers=3)])


def test_cores_are_those_that_this_process_may_use():
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_without_affinity_all_cores_count(monkeypatch):
    """As on macOS, where both functions are missing."""
    for name in ("sched_getaffinity", "sched_setaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    assert cores() == os.cpu_count()
    pin(0, 1)  # does nothing
    assert contenders()


def test_affinity_is_asked_for_in_one_place():
    folder = Path(repro.__file__).parent
    asking = {path.name for path in folder.rglob("*.py") if "os.sched_" in path.read_text()}
    assert asking == {"machine.py"}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores can't be chosen here")
def test_a_process_is_pinned_to_its_own_cores(monkeypatch):
    chosen = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {7, 3, 5, 9})
    monkeypatch.setattr(os, "sched_setaffinity", lambda process, own: chosen.append(own))
    pin(1, 2)
    assert chosen == [[5, 7]]
