"""Small networks are trained as stacks on a CPU too, where that is faster, and come out the same."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from repro.launch import cost, make_runs, workers
from repro.runs import Run
from repro.training import checkpoint, kernel
from tests.launch import odd_workers

needs_the_kernel = pytest.mark.skipif(not kernel.available(), reason="the compiled kernel was not built")
ACTIVATIONS = ("tanh", "sigmoid", "softsign", "softplus", "relu", "gelu")


@pytest.fixture
def small(small):
    """Of the least width that the compiled kernel takes."""
    return replace(small, width=16)


def made(experiments, machine):
    return make_runs(experiments, machine, Console(file=io.StringIO()))


def contents(run):
    state = checkpoint.restore(run)[1]
    tables = [(run.path / name).read_bytes() for name in ("curve.csv", "monitor.csv", "predictions.npz")]
    return tables, [tensor.tolist() for tensor in state["W"] + state["b"]]


@needs_the_kernel
def test_company_changes_no_bit(small, machine, tmp_path, monkeypatch):
    """Odd sizes, so that torch's formulas for the last few numbers of a tensor would show."""
    monkeypatch.setattr(cost, "_gain", lambda *_: 2.0)
    base = replace(small, width=37, depth=2, updates=120, curve_every=60)
    experiments = [
        replace(base, activation=name, lr=lr, seed=seed, data_seed=0)
        for seed, (name, lr) in enumerate((name, lr) for name in ACTIVATIONS for lr in (0.1, 0.02))
    ]
    machine = replace(machine, workers=1, weights=True)
    stacked = made(experiments, machine).runs
    assert {run.read_json("provenance")["segments"][0]["stack"] for run in stacked} == {6}
    for run, experiment in zip(stacked, experiments, strict=True):
        (alone,) = made([experiment], replace(machine, runs=str(tmp_path / "alone"))).runs
        assert contents(run) == contents(alone)


@pytest.mark.parametrize(("gain", "sizes"), [(1.5, [4]), (0.9, [1, 1, 1, 1])])
def test_a_stack_is_trained_as_one_where_that_is_faster(small, machine, monkeypatch, gain, sizes):
    monkeypatch.setattr(cost, "_gain", lambda *_: gain)
    monkeypatch.setattr(kernel, "handles", lambda *_: True)
    trained = []
    monkeypatch.setattr("repro.training.trainer.train", lambda runs, *_: trained.append(len(runs)) or [])
    outcome = made([replace(small, lr=lr) for lr in (1, 2, 3, 4)], replace(machine, workers=1))
    assert trained == sizes and outcome.failures == {}


def test_the_measurement_is_of_the_networks_themselves(small, machine, monkeypatch):
    timed = []
    monkeypatch.setattr(cost, "_seconds", lambda made, threads: timed.append(made) or 1.0)
    monkeypatch.setattr(kernel, "handles", lambda *_: True)
    monkeypatch.setattr(cost, "_image_seconds", lambda *_: 0.0)
    cost._gain.cache_clear()
    members = [replace(small, lr=lr, width=17, activation=a) for lr, a in ((1, "relu"), (2, "tanh"))]
    assert cost.pays(members, machine, 1) and cost.pays(members, machine, 1)  # 2 s one by one, 1 s together
    assert [[e.activation.name for e in made] for made in timed] == [["relu"], ["tanh"], ["relu", "tanh"]]
    assert {(e.widths, e.batch_size) for made in timed for e in made} == {((17,), small.batch_size)}
    cost._gain.cache_clear()
    two = (members[0].activation,) * 2, ((8,), 10, "nll"), 1
    assert cost._gain(*two, 0.0) == 2.0
    seconds = 1 / (cost.BLOCK * 10)  # 1 s for the images of a block
    assert cost._gain(*two, seconds) == (1 + 1 + 1 + 1) / (1 + 1)


def test_without_the_kernel_nothing_is_stacked_on_a_cpu(small, machine, monkeypatch):
    monkeypatch.setattr(kernel, "_library", None)
    assert not cost.pays([small, replace(small, lr=1)], machine, 1)
    assert cost.pays([small], machine, 1)


def test_one_bad_run_of_a_stack_stops_no_other(small, machine, monkeypatch):
    monkeypatch.setattr(cost, "_gain", lambda *_: 2.0)
    experiments = [replace(small, lr=lr) for lr in (0.1, 0.2, 0.3)]
    root = Path(machine.runs)
    bad = Run.create(root, experiments[1])
    bad.checkpoint.write_bytes(b"damaged")
    outcome = made(experiments, replace(machine, workers=1))
    assert list(outcome.failures) == [bad.path.name] and "is damaged" in outcome.failures[bad.path.name]
    assert [Run.find(root, e).complete for e in experiments] == [True, False, True]


def test_a_stack_whose_process_is_killed_is_tried_again_one_by_one(small, machine, monkeypatch):
    monkeypatch.setattr(workers, "work", odd_workers.killed_by_stacks)
    outcome = made([replace(small, lr=lr) for lr in range(1, 7)], machine)
    assert outcome.failures == {} and all(run.complete for run in outcome.runs)
    assert (Path(machine.runs) / "killed 3").exists()
