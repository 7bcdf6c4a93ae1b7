"""How networks are trained: the one choice among the engines, made by training and by the bench alike.

fused     the paper's SGD on a stack of plain networks, written out
graphed   the same on a GPU, as a CUDA graph
second_order  plain networks with a rate for each weight
autograd  everything else: other optimizers, networks that aren't plain
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from repro.experiment.settings import Experiment
from repro.network.module import Network
from repro.network.stack import Stack
from repro.network.start import Weights
from repro.network.trace import Trace
from repro.training.autograd import Autograd, StackMember
from repro.training.fused import FusedSGD
from repro.training.graphed import GraphedSGD
from repro.training.second_order import SecondOrder

BLOCK = 50
"""Updates between two looks at the costs. Blocks end at its multiples: a resumed run cuts them alike."""

State = dict[str, Any]


class Engine(Protocol):
    """R networks of equal shape with what trains them."""

    def updates(self, first: int, x: Tensor, y: Tensor) -> Tensor:
        """Successive updates, of which `first` is the number of the first: x [n, B, D], y int64 [n, B].

        Returns the outputs s before each one, [R, n, B, C], valid until the next call.
        """

    def outputs(self, x: Tensor) -> Tensor:
        """s of the output layer for evaluation: [R, B, C] from x [B, D]."""

    def trace(self, r: int, x: Tensor, y: Tensor, batch: int) -> Trace:
        """What happens to the examples x [B, D] in network r; where that matters in mini-batches."""

    def state(self, r: int) -> State:
        """Everything of network r that its checkpoint must hold: W, b, optimizer and more."""

    def load(self, r: int, state: State) -> None:
        """Set network r to a `state`."""


def kind_of(experiment: Experiment, device: torch.device) -> str:
    """fused, graphed, second_order or autograd."""
    if experiment.optimizer.second_order:
        return "second_order"
    if not (experiment.plain and experiment.optimizer.plain):
        return "autograd"
    return "graphed" if device.type == "cuda" else "fused"


def engine_for(
    experiments: Sequence[Experiment],
    weights: Iterable[Weights],
    device: torch.device,
    threads: int = 1,
    block: int = BLOCK,
) -> Engine:
    """The engine of experiments that agree in `stack_key`, with these initial weights.

    block: updates in most calls of `updates`. Raises ConfigError for an optimizer that torch doesn't have.
    """
    first, rates = experiments[0], layer_rates(experiments, device)
    if first.optimizer.second_order:
        return SecondOrder(Stack.of(experiments, weights, device), rates, first, threads)
    if not first.plain:
        networks = [Network(e, w).to(device) for e, w in zip(experiments, weights, strict=True)]
        return Autograd(networks, rates, first.optimizer)
    stack = Stack.of(experiments, weights, device)
    if not first.optimizer.plain:
        return Autograd([StackMember(stack.member(r)) for r in range(len(stack))], rates, first.optimizer)
    fused = FusedSGD(stack, rates, threads)
    return GraphedSGD(fused, block) if kind_of(first, device) == "graphed" else fused


def layer_rates(experiments: Sequence[Experiment], device: torch.device) -> Tensor:
    """Learning rates by layer and network: [depth + 1, R]."""
    ones = (1.0,) * (experiments[0].depth + 1)
    rates = [[e.lr * factor for factor in e.lr_factors or ones] for e in experiments]
    return torch.tensor(rates, device=device).T.contiguous()
