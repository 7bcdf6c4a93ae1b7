from dataclasses import replace

import pytest

from repro.experiment.settings import Optimizer
from repro.launch import plan as module
from repro.launch.plan import SMALL, Plan
from repro.runs import Run


@pytest.fixture
def runs(small, tmp_path):
    """Two stacks: of 60 updates (two networks) and of 600."""
    experiments = [small, replace(small, updates=600), replace(small, lr=0.1)]
    return [Run.create(tmp_path, experiment) for experiment in experiments]


def test_on_a_cpu_a_large_network_is_a_job_longest_first(small, machine, tmp_path):
    large = replace(small, width=SMALL + 1)
    made = [Run.create(tmp_path, replace(large, updates=n, lr=lr)) for n, lr in ((60, 1), (600, 1), (60, 2))]
    jobs = Plan.of(made, machine).jobs
    assert jobs[0] == [made[1].path] and sorted(jobs[1:]) == sorted([[made[0].path], [made[2].path]])


@pytest.mark.parametrize(
    ("settings", "stacked"),
    [
        ({"width": SMALL}, True),
        ({"width": (SMALL, SMALL + 1), "depth": 2}, False),
        ({"normalization": "batch"}, False),
        ({"optimizer": Optimizer("SGD")}, False),
    ],
)
def test_small_plain_networks_may_be_stacks_on_a_cpu(small, machine, tmp_path, settings, stacked):
    made = [Run.create(tmp_path, replace(small, lr=lr, **settings)) for lr in (1, 2, 3, 4)]
    assert len(Plan.of(made, replace(machine, workers=1)).jobs) == (1 if stacked else 4)


@pytest.mark.parametrize(
    ("count", "workers", "others", "sizes"),
    [
        (60, 2, 0, [7, 7, 7, 7, 8, 8, 8, 8]),
        (10, 2, 0, [5, 5]),
        (3, 2, 0, [1, 2]),
        (3, 4, 0, [1, 1, 1]),
        (60, 1, 39, [2] * 30),
    ],
)
def test_all_workers_have_something_to_do(small, machine, tmp_path, count, workers, others, sizes):
    made = [Run.create(tmp_path, replace(small, lr=lr)) for lr in range(count)]
    jobs = Plan.of(made, replace(machine, workers=workers), others).jobs
    assert sorted(map(len, jobs)) == sizes
    assert sorted(path for job in jobs for path in job) == sorted(run.path for run in made)


def test_seeds_that_share_a_stream_share_a_stack(small, machine, tmp_path):
    """On request: data_seed says so."""
    apart = [Run.create(tmp_path, replace(small, seed=seed)) for seed in range(4)]
    together = [Run.create(tmp_path, replace(small, seed=seed, data_seed=0)) for seed in range(4)]
    alone = replace(machine, workers=1)
    assert (len(Plan.of(apart, alone).jobs), len(Plan.of(together, alone).jobs)) == (4, 1)


def test_on_a_gpu_a_stack_is_a_job(runs, machine, monkeypatch):
    monkeypatch.setattr(module, "_on_cpu", lambda device: False)
    short, long, other = (run.path for run in runs)
    made = Plan.of(runs, replace(machine, workers=0))
    assert (made.jobs, made.workers) == ([[long], [short, other]], 1)
    assert sorted(map(len, Plan.of(runs, replace(machine, workers=0), others=2).jobs)) == [1, 1, 1]


@pytest.mark.parametrize(
    ("cores", "wanted", "workers", "share"),
    [(1, 0, 1, 1), (2, 0, 2, 1), (8, 0, 3, 2), (8, 1, 1, 8), (2, 9, 3, 1)],
)
def test_cores_are_shared(runs, machine, monkeypatch, cores, wanted, workers, share):
    monkeypatch.setattr(module, "cores", lambda: cores)
    made = Plan.of(runs, replace(machine, workers=wanted))
    assert (made.workers, made.share) == (workers, share)
