"""Runs of the first version come out the same today, and its folders are found, completed and drawn."""

import hashlib
import json
import platform
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from repro.evidence import inits
from repro.exhibits import jacobian_training
from repro.experiment import legacy
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment
from repro.runs import Run, collect
from repro.training import checkpoint
from repro.training.provenance import provenance
from repro.training.trainer import train

GOLDEN = Path(__file__).parent / "golden" / "runs"
FOLDERS = sorted(path.name for path in GOLDEN.iterdir())
FINISHED = [name for name in FOLDERS if (GOLDEN / name / "result.json").exists()]
KILLED = [name for name in FOLDERS if name not in FINISHED]


def same_machine(old: Run) -> bool:
    """Whether bits can be expected to be the same: processor, compiled kernel and PyTorch."""
    now, then = provenance(torch.device("cpu"), 1, 1), old.read_json("provenance")
    keys = ("processor", "products", "packages", "python")
    return all(now[key] == then[key] for key in keys) and platform.machine() == "x86_64"


def compare(new: Run, old: Run) -> None:
    """To the last bit on the machine of the golden runs, within rounding elsewhere."""
    exact = same_machine(old)
    for name in ("curve.csv", "monitor.csv"):
        if exact:
            assert (new.path / name).read_text() == (old.path / name).read_text()
        else:
            mine, theirs = (pd.read_csv(run.path / name) for run in (new, old))
            pd.testing.assert_frame_equal(mine, theirs, rtol=2e-2, atol=1e-3)
    if (old.path / "weights.json").exists():
        _, state = checkpoint.restore(new)
        weights = [w.numpy() for w in state["W"] + state["b"]]
        wanted = json.loads((old.path / "weights.json").read_text())
        if exact:
            assert hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest() == wanted["sha256"]
        squares = [np.square(w.astype(float)).sum() for w in weights]
        np.testing.assert_allclose(squares, wanted["squares"], rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", FINISHED)
def test_a_run_made_again_has_the_same_numbers(name, threads, tmp_path, request):
    old = Run(GOLDEN / name)
    data = request.getfixturevalue("shared") / "data" if name.startswith("mnist") else tmp_path
    run = Run.create(tmp_path, old.experiment)
    train([run], Machine(device="cpu", data=str(data), weights=True), share=threads)
    compare(run, old)
    np.testing.assert_array_equal(run.predictions[1], old.predictions[1])


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_run_is_completed_in_its_old_folder(name, tmp_path):
    folder = shutil.copytree(GOLDEN / name, tmp_path / "old" / name)
    experiment = Run(folder).experiment
    resumed, whole = Run.create(tmp_path / "old", experiment), Run.create(tmp_path / "new", experiment)
    assert resumed.path == folder
    for run in (resumed, whole):
        train([run], Machine(device="cpu"))
        assert run.state == "finished"
    if same_machine(Run(GOLDEN / name)):
        for table in ("curve.csv", "monitor.csv"):
            assert (resumed.path / table).read_text() == (whole.path / table).read_text()
    assert [s["from_update"] for s in resumed.read_json("provenance")["segments"]] == [0, 100]


@pytest.mark.parametrize("name", FOLDERS)
def test_every_old_folder_is_found_by_its_experiment(name):
    experiment = Run(GOLDEN / name).experiment
    assert Run.find(GOLDEN, experiment).path.name == name
    assert name in legacy.run_ids(experiment)
    assert experiment.run_id not in FOLDERS


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "shapeset-tanh-standard-d5-lr0.01-u20000-s0-f12f2e92"),
        (
            {"activation": "softsign", "init": "normalized"},
            "shapeset-softsign-normalized-d5-lr0.01-u20000-s0-1fd35745",
        ),
        ({"depth": 2, "width": [30, 20]}, "shapeset-tanh-standard-d2-lr0.01-u20000-s0-e9484209"),
        ({"seed": 3}, "shapeset-tanh-standard-d5-lr0.01-u20000-s3-c52211d9"),
        ({"data_seed": 3}, "shapeset-tanh-standard-d5-lr0.01-u20000-s0-e58b550b"),
        ({"seed": 3, "data_seed": 0}, "shapeset-tanh-standard-d5-lr0.01-u20000-s3-acaafe8c"),
        (
            {"optimizer": {"name": "Adam", "options": {"eps": 1e-7, "betas": [0.9, 0.99]}}},
            "shapeset-tanh-standard-d5-lr0.01-u20000-s0-85b4b48b",
        ),
        ({"dataset": {"low": -1.0}}, "shapeset-tanh-standard-d5-lr0.01-u20000-s0-6a0845b3"),
        ({"init": "normalized_hidden"}, "shapeset-tanh-normalized_hidden-d5-lr0.01-u20000-s0-f1ad8697"),
        (
            {"init": "normalized_hidden", "init_scale": 1.1},
            "shapeset-tanh-normalized_hidden-d5-lr0.01-u20000-s0-1286e935",
        ),
        ({"monitor": {"every": 7}}, "shapeset-tanh-standard-d5-lr0.01-u20000-s0-d5ffd16f"),
        (
            {"cost": "quadratic", "lr": 0.1, "batch_size": 20, "updates": 50},
            "shapeset-tanh-standard-d5-lr0.1-u50-s0-6a900a01",
        ),
    ],
)
def test_names_that_the_first_version_gave(values, name):
    """Also with the defaults of that time, which the small golden runs don't have."""
    assert next(legacy.run_ids(legacy.experiment_of(values))) == name


def test_what_there_was_not_then_has_no_old_name():
    later = [
        Experiment(dataset=Dataset(content="sha256:0")),
        Experiment(activation="relu"),
        Experiment(init="orthogonal"),
        Experiment(dropout=0.5),
        Experiment(residual=True),
        Experiment(normalization="batch"),
        Experiment(depth=1, lr_factors=(1.0, 0.5)),
    ]
    assert [list(legacy.run_ids(experiment)) for experiment in later] == [[]] * len(later)


def test_old_runs_are_collected():
    table = collect(GOLDEN).set_index("run_id")
    assert set(table.index) == set(FOLDERS)
    assert (table["state"] == "finished").sum() == len(FINISHED)
    assert set(table["init"]) == {"standard", "normalized", "normalized_hidden"}
    assert sorted(table["init_scale"].dropna().unique()) == [1.1, 1.3]


def test_old_runs_are_drawn():
    chosen = {"shapeset-tanh-standard", "shapeset-tanh-normalized", "shapeset-tanh-normalized_hidden"}
    runs = [Run(GOLDEN / name) for name in FINISHED if (GOLDEN / name / "histograms.npz").exists()]
    assert {run.path.name.split("-d3")[0] for run in runs} == chosen
    points = jacobian_training.tables(runs)["points"]
    old = runs[0].monitor.query("quantity == 'jacobian_mean' and layer == 1 and update == 0")["value"].item()
    init = runs[0].experiment.init.name
    assert init in inits.INITS
    mine = points.query("init == @init and layer == 1 and update == 0 and quantity == 'mean'")["value"].item()
    assert mine == pytest.approx(old)
    assert jacobian_training.draw(jacobian_training.tables(runs))
