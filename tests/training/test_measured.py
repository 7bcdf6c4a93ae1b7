"""From monitor settings to the rows in the folder of a run: the wiring, beside a measurement made by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from repro import monitor
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.monitor.schedule import Event
from repro.network.module import Network
from repro.network.stack import Stack
from repro.network.start import start
from repro.runs.folder import Run
from repro.training.trainer import Trainer, train

EXPERIMENT = Experiment(
    depth=2, width=(12, 9), updates=120, n_valid=40, n_test=60, curve_every=120, lr=0.3,
    monitor=Monitor(examples=20, batch=5, every=50, jacobian_examples=2),
)  # fmt: skip
FULL = Event(jacobian_examples=2, histograms=True)


def made(root, **changes):
    run = Run.create(root, replace(EXPERIMENT, **changes))
    train([run], Machine(device="cpu", threads=1))
    return run


def by_hand(experiment, root):
    """Rows and histograms before training, of the first 20 test examples in mini-batches of 5."""
    source = Trainer([Run.create(root / "other", experiment)], torch.device("cpu"), 1).source
    x, y = source.inputs(source.test.pixels[:20]), source.test.labels[:20]
    weights = start(experiment, 1024, 9)
    if experiment.normalization.name == "none":
        return monitor.measure(Stack.of([experiment], [weights]).trace(x, y), 5, FULL)
    return monitor.measure(Network(experiment, weights).trace(x, y, 5), 5, FULL)


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_examples_and_mini_batches_are_those_of_the_settings(tmp_path, normalization):
    run = made(tmp_path, normalization=normalization, updates=0)
    rows, histograms = by_hand(run.experiment, tmp_path)
    mine = run.monitor
    assert set(mine["update"]) == {0}
    assert list(zip(mine["layer"], mine["quantity"], strict=True)) == [row[:2] for row in rows]
    np.testing.assert_allclose(mine["value"], [value for *_, value in rows], rtol=1e-5, atol=1e-7)
    stored = run.histograms
    assert set(stored) == {key.replace("/", "/0/") for key in histograms}
    for key, value in histograms.items():
        np.testing.assert_allclose(stored[key.replace("/", "/0/")][0], value[0], rtol=1e-5, atol=1e-7)


def test_jacobians_are_measured_at_both_ends_and_in_every_period(tmp_path):
    rows = made(tmp_path).monitor
    jacobians = rows[rows["quantity"].str.startswith("jacobian")]
    assert sorted(jacobians["update"].unique()) == [0, 50, 100, 120]
    assert {0, 1, 2, 5, 10, 20} < set(rows["update"])
    assert (jacobians.groupby(["update", "layer"]).size() == 8).all()
