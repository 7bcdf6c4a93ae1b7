"""One choice of an engine, for training and bench, and one interface of all engines."""

import inspect
from dataclasses import replace

import pytest
import torch

from repro.bench import ours
from repro.experiment.components import Normalization
from repro.experiment.settings import Experiment, Optimizer
from repro.network.start import start
from repro.training import trainer
from repro.training.autograd import Autograd
from repro.training.engine import Engine, engine_for, kind_of, layer_rates
from repro.training.fused import FusedSGD
from repro.training.graphed import GraphedSGD

PLAIN = Experiment(depth=2, width=7)
CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("changes", "device", "kind"),
    [
        ({}, CPU, "fused"),
        ({}, GPU, "graphed"),
        ({"optimizer": Optimizer("SGD")}, GPU, "autograd"),
        ({"normalization": Normalization("batch")}, CPU, "autograd"),
        ({"dropout": 0.1}, GPU, "autograd"),
        ({"residual": True}, CPU, "autograd"),
        ({"activation": "relu", "init": "lsuv", "cost": "quadratic"}, GPU, "graphed"),
    ],
)
def test_the_kind_of_engine(changes, device, kind):
    experiment = replace(PLAIN, **changes)
    assert kind_of(experiment, device) == kind
    if device == CPU:
        engine = engine_for([experiment], [start(experiment, 5, 9)], device)
        assert type(engine) is {"fused": FusedSGD, "autograd": Autograd}[kind]


def test_on_a_gpu_the_updates_of_plain_sgd_are_a_graph(monkeypatch):
    """What the bench reports for a GPU is what training there does. Here without a GPU."""
    monkeypatch.setattr("repro.training.engine.kind_of", lambda experiment, device: "graphed")
    engine = engine_for([PLAIN], [start(PLAIN, 5, 9)], CPU, block=7)
    assert type(engine) is GraphedSGD and engine.block == 7


def test_training_and_bench_ask_the_same_function():
    assert trainer.engine_for is ours.engine_for is engine_for
    for module in (trainer, ours):
        assert not {"FusedSGD", "GraphedSGD", "Autograd"} & set(vars(module))


def methods():
    return [name for name, value in vars(Engine).items() if inspect.isfunction(value) and name[0] != "_"]


@pytest.mark.parametrize("kind", ["fused", "graphed", "autograd"])
def test_every_engine_has_the_whole_interface(kind, monkeypatch):
    experiments = [replace(PLAIN, seed=seed) for seed in (0, 1)]
    if kind == "autograd":
        experiments = [replace(e, optimizer=Optimizer("Adam")) for e in experiments]
    if kind == "graphed":
        monkeypatch.setattr("repro.training.engine.kind_of", lambda experiment, device: "graphed")
    engine = engine_for(experiments, [start(e, 5, 9) for e in experiments], CPU, block=50)
    assert methods() == ["updates", "outputs", "trace", "state", "load"]
    for name in methods():
        wanted = list(inspect.signature(getattr(Engine, name)).parameters)[1:]
        assert list(inspect.signature(getattr(engine, name)).parameters) == wanted
    x, y = torch.rand(3, 10, 5), torch.randint(9, (3, 10))
    with torch.no_grad():
        before = engine.state(0), engine.outputs(x[0])
        before = {name: [p.clone() for p in before[0][name]] for name in ("W", "b")}, before[1].clone()
        assert engine.updates(0, x, y).shape == (2, 3, 10, 9)
        assert engine.outputs(x[0]).shape == (2, 10, 9)
        assert len(engine.trace(1, x[0], y[0], 10).z) == PLAIN.depth + 1
        engine.load(0, {**engine.state(0), **before[0]})
        after = engine.outputs(x[0])
    assert torch.equal(after[0], before[1][0]) and not torch.equal(after[1], before[1][1])


def test_rates_are_per_layer_and_network():
    experiments = [replace(PLAIN, lr=0.1), replace(PLAIN, lr=0.2, lr_factors=(1.0, 0.5, 0.0))]
    expected = torch.tensor([[0.1, 0.2], [0.1, 0.1], [0.1, 0.0]])
    torch.testing.assert_close(layer_rates(experiments, CPU), expected)
