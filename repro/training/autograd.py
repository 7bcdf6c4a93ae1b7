"""Any optimizer of `torch.optim`, by automatic differentiation: slower, for what `fused` doesn't do."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from repro.experiment.settings import ConfigError, Optimizer
from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot


class Autograd:
    """Trains each network of a stack by its own torch optimizer; the interface of `fused.FusedSGD`.

    lr: one rate per network, [R]. Raises ConfigError for an optimizer or option that torch doesn't have.
    """

    def __init__(self, stack: Stack, lr: Tensor, optimizer: Optimizer) -> None:
        self.networks = [_differentiable(stack.member(r)) for r in range(len(stack))]
        self.optimizers = [
            make(network.W + network.b, rate, optimizer)
            for network, rate in zip(self.networks, lr.tolist(), strict=True)
        ]

    def updates(self, x: Tensor, y: Tensor) -> Tensor:
        """Successive updates on `x` [n, B, D], `y` int64 [n, B]; outputs before each one, [R, n, B, C]."""
        pairs = zip(self.networks, self.optimizers, strict=True)
        return torch.cat([_train(network, optimizer, x, y) for network, optimizer in pairs])

    def state(self, r: int) -> dict[str, Any]:
        """What the optimizer of network r remembers, for its checkpoint."""
        return self.optimizers[r].state_dict()

    def load_state(self, r: int, state: dict[str, Any]) -> None:
        self.optimizers[r].load_state_dict(state)


def make(parameters: list[Tensor], lr: float, optimizer: Optimizer) -> torch.optim.Optimizer:
    """The torch optimizer of that name. Raises ConfigError if torch has none, or not with these options."""
    cls = getattr(torch.optim, "SGD" if optimizer.name == "sgd" else optimizer.name, None)
    if not (isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer)):
        raise ConfigError(f"optimizer.name = {optimizer.name}: torch.optim has no such optimizer")
    try:
        return cls(parameters, **{"lr": lr, **dict(optimizer.options)})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"optimizer.options = {dict(optimizer.options)}: {error}") from error


def _differentiable(network: Stack) -> Stack:
    """The same memory as leaves of an autograd graph."""
    W, b = ([p.detach().requires_grad_() for p in group] for group in (network.W, network.b))
    return Stack(W, b, network.activations, network.cost)


@torch.enable_grad()
def _train(network: Stack, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> Tensor:
    """Updates of one network; its outputs before each, [1, n, B, C]."""
    outputs = []
    for x_u, y_u in zip(x, y, strict=True):
        s = network.forward(x_u)[1][-1]  # [1, B, C]
        optimizer.zero_grad()
        COSTS[network.cost].value(s, one_hot(y_u, s)).mean().backward()
        optimizer.step()
        outputs.append(s.detach())
    return torch.stack(outputs, dim=1)
