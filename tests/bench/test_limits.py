"""Never a speed: only how limits become bounds."""

import pytest

from repro.bench import limits
from repro.bench.tasks import Task
from repro.training import kernel

COUNT = len(limits.SIZES)


def test_what_binds_is_the_slower_of_the_two():
    task = Task()
    fast = {"flops": 1e15, "read": [4e9] * COUNT, "update": [8e9] * COUNT}
    found = limits.bound(task, fast, 1)
    assert found["binds"] == "memory"
    assert found["bound"] == pytest.approx(1 / (4 * task.weights / 4e9 + 8 * task.weights / 8e9))
    slow = {"flops": 1e9, "read": [1e15] * COUNT, "update": [1e15] * COUNT}
    assert limits.bound(task, slow, 1) == {"bound": pytest.approx(1e9 / task.flops), "binds": "compute"}


def test_bandwidth_is_that_of_what_a_thread_holds():
    """A small network lives in the first caches, a large one in memory; two threads share a network."""
    rates = {"flops": 1e18, "read": [1e9 * (COUNT - i) for i in range(COUNT)]}
    rates["update"] = rates["read"]

    def bandwidth(task, threads):
        return 12 * task.weights * limits.bound(task, rates, threads)["bound"]

    assert bandwidth(Task(3), 1) == pytest.approx(1e9 * COUNT)
    assert bandwidth(Task(5000), 1) == pytest.approx(1e9)
    assert bandwidth(Task(1000), 4) > bandwidth(Task(1000, networks=4), 4) == bandwidth(Task(1000), 1)


@pytest.mark.skipif(not kernel.available(), reason="kernel not compiled")
def test_limits_are_measured():
    found = limits.measure(2, seconds=0.0005)
    assert found and found["flops"] > 0
    assert all(len(found[name]) == COUNT and min(found[name]) > 0 for name in ("read", "update"))


def test_without_a_kernel_there_are_none(monkeypatch):
    monkeypatch.setattr(kernel, "_library", None)
    assert limits.measure(1) is None
