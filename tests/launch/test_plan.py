from dataclasses import replace

import pytest

from repro.launch import plan as module
from repro.launch.plan import Plan
from repro.runs import Run


@pytest.fixture
def runs(small, tmp_path):
    """Two stacks: of 60 updates (two networks) and of 600."""
    experiments = [small, replace(small, updates=600), replace(small, lr=0.1)]
    return [Run.create(tmp_path, experiment) for experiment in experiments]


def test_on_a_cpu_every_run_is_a_job_longest_first(runs, machine):
    short, long, other = (run.path for run in runs)
    assert Plan.of(runs, machine).jobs == [[long], [short], [other]]


def test_on_a_gpu_a_stack_is_a_job(runs, machine, monkeypatch):
    monkeypatch.setattr(module, "_on_cpu", lambda device: False)
    short, long, other = (run.path for run in runs)
    made = Plan.of(runs, replace(machine, workers=0))
    assert (made.jobs, made.workers) == ([[long], [short, other]], 1)


@pytest.mark.parametrize(
    ("cores", "wanted", "workers", "share"),
    [(1, 0, 1, 1), (2, 0, 2, 1), (8, 0, 3, 2), (8, 1, 1, 8), (2, 9, 3, 1)],
)
def test_cores_are_shared(runs, machine, monkeypatch, cores, wanted, workers, share):
    monkeypatch.setattr(module, "cores", lambda: cores)
    made = Plan.of(runs, replace(machine, workers=wanted))
    assert (made.workers, made.share) == (workers, share)
