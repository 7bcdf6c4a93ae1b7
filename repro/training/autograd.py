"""Any optimizer of `torch.optim` on any network, by automatic differentiation, for what `fused` can't do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import torch
from torch import Tensor

from repro.experiment.settings import Optimizer
from repro.experiment.values import ConfigError
from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot
from repro.network.trace import Trace


class Differentiable(Protocol):
    """One network that autograd can train."""

    cost: str

    def layers(self) -> Sequence[Sequence[Tensor]]:
        """Parameters by layer, the output layer's last."""

    def train_outputs(self, x: Tensor, update: int) -> Tensor:
        """s of the output layer in training, [1, B, C]; may change what the network remembers."""

    def outputs(self, x: Tensor) -> Tensor:
        """s of the output layer in evaluation, [1, B, C]."""

    def trace(self, x: Tensor, y: Tensor, batch: int) -> Trace: ...

    def state(self) -> dict[str, Any]: ...

    def load(self, state: Mapping[str, Any]) -> None: ...


class StackMember:
    """A stack of one as leaves of an autograd graph, in the same memory."""

    def __init__(self, stack: Stack) -> None:
        W, b = ([p.detach().requires_grad_() for p in group] for group in (stack.W, stack.b))
        self.stack, self.cost = Stack(W, b, stack.activations, stack.cost), stack.cost

    def layers(self) -> list[list[Tensor]]:
        return [[W, b] for W, b in zip(self.stack.W, self.stack.b, strict=True)]

    def train_outputs(self, x: Tensor, update: int) -> Tensor:
        return self.stack.outputs(x)

    def outputs(self, x: Tensor) -> Tensor:
        return self.stack.outputs(x)

    def trace(self, x: Tensor, y: Tensor, batch: int) -> Trace:
        return self.stack.trace(x, y)

    def state(self) -> dict[str, Any]:
        return {name: [p.detach() for p in group] for name, group in self.stack.state().items()}

    def load(self, state: Mapping[str, Any]) -> None:
        self.stack.load(state)


class Autograd:
    """Trains each network by its own torch optimizer; the interface of `engine.Engine`.

    lr: a rate per layer and network, [depth + 1, R]. Raises ConfigError for an optimizer or option that torch
    doesn't have.
    """

    def __init__(self, networks: Sequence[Differentiable], lr: Tensor, optimizer: Optimizer) -> None:
        self.networks = list(networks)
        self.optimizers = [
            make(network.layers(), rates, optimizer)
            for network, rates in zip(self.networks, lr.T.tolist(), strict=True)
        ]

    def updates(self, first: int, x: Tensor, y: Tensor) -> Tensor:
        pairs = zip(self.networks, self.optimizers, strict=True)
        return torch.cat([_train(network, optimizer, first, x, y) for network, optimizer in pairs])

    def outputs(self, x: Tensor) -> Tensor:
        return torch.cat([network.outputs(x) for network in self.networks])

    def trace(self, r: int, x: Tensor, y: Tensor, batch: int) -> Trace:
        return self.networks[r].trace(x, y, batch)

    def state(self, r: int) -> dict[str, Any]:
        return {**self.networks[r].state(), "optimizer": self.optimizers[r].state_dict()}

    def load(self, r: int, state: Mapping[str, Any]) -> None:
        self.networks[r].load(state)
        self.optimizers[r].load_state_dict(state["optimizer"])


def make(
    layers: Sequence[Sequence[Tensor]], rates: list[float], optimizer: Optimizer
) -> torch.optim.Optimizer:
    """The torch optimizer of that name. Raises ConfigError if torch has none, or not with these options.

    Where all layers share a rate they are one group, weights before biases.
    """
    cls = getattr(torch.optim, "SGD" if optimizer.plain else optimizer.name, None)
    if not (isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer)):
        raise ConfigError(f"optimizer.name = {optimizer.name}: torch.optim has no such optimizer")
    groups: list[dict[str, Any]] = [
        {"params": list(layer), "lr": rate} for layer, rate in zip(layers, rates, strict=True)
    ]
    if len(set(rates)) == 1:
        ordered = [layer[k] for k in range(max(map(len, layers))) for layer in layers if k < len(layer)]
        groups = [{"params": ordered}]
    try:
        return cls(groups, **{"lr": rates[0], **dict(optimizer.options)})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"optimizer.options = {dict(optimizer.options)}: {error}") from error


@cache
def try_out(optimizer: Optimizer, one_rate: bool) -> None:
    """Let it make one step of nothing. Raises ConfigError if it can't train networks as `Autograd` does."""
    layers = [[torch.zeros(2, 2, requires_grad=True)] for _ in range(2)]
    made = make(layers, [0.1, 0.1 if one_rate else 0.2], optimizer)
    for (weights,) in layers:
        weights.grad = torch.zeros(2, 2)
    try:
        made.step()
    except Exception as error:  # of many kinds: one wants a function, another sparse gradients
        message = f"optimizer.name = {optimizer.name}: it can't train these networks ({error})"
        raise ConfigError(" ".join(message.split())) from error


@torch.enable_grad()
def _train(
    network: Differentiable, optimizer: torch.optim.Optimizer, first: int, x: Tensor, y: Tensor
) -> Tensor:
    """Updates of one network; its outputs before each, [1, n, B, C]."""
    outputs = []
    for update, (x_u, y_u) in enumerate(zip(x, y, strict=True), start=first):
        s = network.train_outputs(x_u, update)
        optimizer.zero_grad()
        COSTS[network.cost].value(s, one_hot(y_u, s)).mean().backward()
        optimizer.step()
        outputs.append(s.detach())
    return torch.stack(outputs, dim=1)
