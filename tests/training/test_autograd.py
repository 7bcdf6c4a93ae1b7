from dataclasses import replace

import pytest
import torch
from torch import nn

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor, Optimizer
from repro.experiment.values import ConfigError
from repro.network.stack import Stack
from repro.runs import Run
from repro.training import trainer as module
from repro.training.autograd import Autograd, StackMember, make
from repro.training.trainer import train

MOMENTUM = Optimizer("SGD", (("momentum", 0.9),))
ADAM = Optimizer("Adam", (("betas", (0.8, 0.99)),))


@pytest.mark.parametrize("optimizer", [Optimizer(), MOMENTUM, ADAM], ids=lambda o: o.name)
def test_it_trains_as_a_plain_torch_program_does(optimizer):
    """Against nn.Sequential, CrossEntropyLoss and torch.optim, as anyone would write it."""
    experiments = [Experiment(depth=2, width=(7, 6), activation="tanh", seed=seed) for seed in (0, 1)]
    stack = Stack.initialize(experiments, 5, 9, dtype=torch.float64)
    lr = torch.tensor([[0.02, 0.05]] * 3, dtype=torch.float64)  # [depth + 1, R]
    x, y = torch.rand(20, 10, 5, dtype=torch.float64), torch.randint(9, (20, 10))
    references = []
    for r in range(2):
        layers = [nn.Linear(*pair, dtype=torch.float64) for pair in ((5, 7), (7, 6), (6, 9))]
        for layer, W, b in zip(layers, stack.W, stack.b, strict=True):
            layer.weight.data, layer.bias.data = W[r].clone(), b[r].clone()
        network = nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])
        cls = {"sgd": torch.optim.SGD, "SGD": torch.optim.SGD, "Adam": torch.optim.Adam}[optimizer.name]
        steps = cls(network.parameters(), lr=lr[0, r].item(), **dict(optimizer.options))
        for x_u, y_u in zip(x, y, strict=True):
            steps.zero_grad()
            nn.CrossEntropyLoss()(network(x_u), y_u).backward()
            steps.step()
        references.append(layers)
    Autograd([StackMember(stack.member(r)) for r in range(2)], lr, optimizer).updates(0, x, y)
    for r, layers in enumerate(references):
        for layer, W, b in zip(layers, stack.W, stack.b, strict=True):
            torch.testing.assert_close(W[r], layer.weight.data, rtol=0, atol=1e-12)
            torch.testing.assert_close(b[r], layer.bias.data, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (Optimizer("Adamm"), "optimizer.name = Adamm: torch.optim has no such optimizer"),
        (Optimizer("lr_scheduler"), "torch.optim has no such optimizer"),
        (Optimizer("Adam", (("momentum", 0.9),)), "optimizer.options = {'momentum': 0.9}"),
        (Optimizer("SGD", (("momentum", -1.0),)), "Invalid momentum value"),
    ],
)
def test_an_unusable_optimizer_is_named(optimizer, message):
    with pytest.raises(ConfigError) as error:
        make([[torch.zeros(2, requires_grad=True)]], [0.1], optimizer)
    assert message in str(error.value)


def test_a_resumed_run_remembers_its_momentum(tmp_path, monkeypatch):
    experiment = Experiment(
        optimizer=ADAM, depth=1, width=9, updates=150, n_valid=20, n_test=20,
        monitor=Monitor(examples=20, batch=10, jacobian_examples=0),
    )  # fmt: skip
    machine = Machine(device="cpu", threads=1, weights=True)
    whole = Run.create(tmp_path / "whole", experiment)
    train([whole], machine)
    resumed = Run.create(tmp_path / "resumed", experiment)
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)
    advance = module.Trainer.advance

    def stop_at_100(self, count):
        if self.update == 100:
            raise KeyboardInterrupt
        advance(self, count)

    monkeypatch.setattr(module.Trainer, "advance", stop_at_100)
    with pytest.raises(KeyboardInterrupt):
        train([resumed], machine)
    monkeypatch.setattr(module.Trainer, "advance", advance)
    train([resumed], machine)
    one, other = (torch.load(run.checkpoint, weights_only=True) for run in (whole, resumed))
    assert all(torch.equal(w, v) for w, v in zip(one["W"], other["W"], strict=True))
    plain = Run.create(tmp_path / "plain", replace(experiment, optimizer=Optimizer()))
    train([plain], machine)
    assert not torch.equal(torch.load(plain.checkpoint, weights_only=True)["W"][0], one["W"][0])
