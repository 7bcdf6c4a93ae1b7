"""Damage in a complete run is noticed, named, and repaired by making the run again."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.experiment.values import ConfigError
from repro.launch import make_runs
from repro.runs import Run, sums
from repro.training.trainer import train

SMALL = Experiment(
    depth=1, width=8, updates=60, n_valid=30, n_test=40,
    monitor=Monitor(examples=20, batch=10, every=100, jacobian_examples=1),
)  # fmt: skip
THERE = [name for name in sums.FILES if not name.startswith(("pretraining", "tuning"))]
MACHINE = Machine(device="cpu", threads=1, workers=1, weights=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A complete run and one that diverged; not to be changed."""
    root = tmp_path_factory.mktemp("made")
    runs = [Run.create(root, experiment) for experiment in (SMALL, replace(SMALL, lr=1e38))]
    for run in runs:
        train([run], MACHINE)
    return root


@pytest.fixture(params=["finished", "diverged"])
def run(request, made, tmp_path):
    root = shutil.copytree(made, tmp_path / "runs")
    return next(run for run in map(Run, root.iterdir()) if run.state == request.param)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def contents(run):
    return {name: (run.path / name).read_bytes() for name in THERE if name != "provenance.json"}


def test_nothing_is_damaged_and_sha256sum_agrees(run):
    assert run.sound and sums.damaged(run.path) == []
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", sums.NAME], cwd=run.path, capture_output=True
    )
    assert checked.returncode == 0


@pytest.mark.parametrize("name", [*THERE, sums.NAME])
def test_damage_is_named_and_repaired_from_the_checkpoint(run, name, console):
    before = contents(run)
    flip(run.path / name)
    damaged = sums.damaged(run.path)
    assert not run.sound and (name in damaged or (name == sums.NAME and damaged))
    experiment = SMALL if run.path.name == SMALL.run_id else replace(SMALL, lr=1e38)
    outcome = make_runs([experiment], replace(MACHINE, runs=str(run.path.parent)), console)
    assert outcome.failures == {} and outcome.runs[0].sound
    assert contents(outcome.runs[0]) == before
    if name != "config.yaml":  # which its folder's name says
        assert f"damaged, made again: {run.path.name} ({damaged[0]}" in console.file.getvalue()


@pytest.mark.parametrize("checkpoint", ["removed", "damaged"])
def test_without_its_checkpoint_it_is_made_from_the_start(run, checkpoint):
    before = contents(run)
    (run.path / "monitor.csv").unlink()
    run.checkpoint.unlink()
    if checkpoint == "damaged":
        run.checkpoint.write_bytes(b"damaged")
    train([run], MACHINE)
    after = contents(run)
    for name in ("curve.csv", "monitor.csv", "predictions.npz"):
        assert after[name] == before[name]


@pytest.mark.parametrize(
    ("name", "read"),
    [("curve.csv", lambda run: run.curve), ("monitor.csv", lambda run: run.monitor),
     ("histograms.npz", lambda run: run.histograms), ("predictions.npz", lambda run: run.predictions)],
)  # fmt: skip
@pytest.mark.parametrize("sealed", [True, False])
def test_what_is_read_is_verified(run, name, read, sealed):
    if sealed:
        flip(run.path / name)
    else:  # by an earlier version, without checksums: what can't be read is still named
        (run.path / sums.NAME).unlink()
        (run.path / name).write_bytes(b"")
    with pytest.raises(ConfigError, match=rf"{name} is damaged"):
        read(Run(run.path))


def test_a_run_under_way_has_no_checksums(made, tmp_path):
    run = Run.create(tmp_path, replace(SMALL, seed=1))
    assert sums.damaged(run.path) == [] and not run.sound
