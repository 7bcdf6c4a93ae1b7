"""A stack of R multilayer perceptrons of equal shape, computed together.

Names follow the paper, with layer 1 the first hidden layer and layer depth + 1 the softmax output:

    z_0 = x,   s_i = z_{i-1} W_i^T + b_i,   z_i = f(s_i),   P(y | x) = softmax(s_{depth+1})

Lists over layers start at layer 1: `W[0]` is W_1, [R, fan_out, fan_in]; R = 1 is the ordinary case.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from repro.experiment.settings import Experiment
from repro.network import initialization
from repro.network.activations import ACTIVATIONS, Activation
from repro.network.costs import COSTS


@dataclass(frozen=True)
class Pass:
    """One forward and backward pass over B examples; lists over layers 1 to depth + 1."""

    z: list[Tensor]  # z_0 = x, z_1 ... z_depth: [R or 1, B, n]
    s: list[Tensor]  # s_1 ... s_{depth+1}: [R, B, n]
    ds: list[Tensor]  # ∂C_b/∂s of each example's own cost (not averaged over examples): [R, B, n]


class Stack:
    """Weights `W` and biases `b` of R networks, each one's activation, and the cost of all."""

    def __init__(
        self, W: list[Tensor], b: list[Tensor], activations: Sequence[str], cost: str = "nll"
    ) -> None:
        self.W = W
        self.b = b
        self.cost = cost
        self.activations = tuple(activations)
        self._groups: list[tuple[slice, Activation]] = []
        start = 0
        for name, members in itertools.groupby(self.activations):
            stop = start + len(list(members))
            self._groups.append((slice(start, stop), ACTIVATIONS[name]))
            start = stop

    @classmethod
    def initialize(
        cls,
        experiments: Sequence[Experiment],
        n_features: int,
        n_classes: int,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> Stack:
        """The untrained networks of `experiments`, which must agree in depth and widths."""
        sizes = (n_features, *experiments[0].widths, n_classes)
        shapes = [(len(experiments), n_out, n_in) for n_in, n_out in itertools.pairwise(sizes)]
        W = [torch.empty(shape, device=device, dtype=dtype) for shape in shapes]
        for r, e in enumerate(experiments):  # one by one: a stack needs no more memory than its weights
            for w, drawn in zip(W, initialization.draw(e.init, sizes, e.seed, e.init_scale), strict=True):
                w[r] = drawn
        b = [torch.zeros(w.shape[:2], device=device, dtype=dtype) for w in W]
        return cls(W, b, [e.activation for e in experiments], experiments[0].cost)

    def __len__(self) -> int:
        return len(self.activations)

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.W) - 1

    def member(self, r: int) -> Stack:
        """Network r as a stack of one that shares its memory."""
        part = slice(r, r + 1)
        return Stack([w[part] for w in self.W], [b[part] for b in self.b], self.activations[part], self.cost)

    def activate(self, s: Tensor) -> Tensor:
        """z = f(s) with each network's own f: [R, B, n]."""
        if len(self._groups) == 1:
            return self._groups[0][1].f(s)
        return torch.cat([activation.f(s[part]) for part, activation in self._groups])

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        """f'(s), given z = f(s): [R, B, n]."""
        if len(self._groups) == 1:
            return self._groups[0][1].slope(s, z)
        return torch.cat([activation.slope(s[part], z[part]) for part, activation in self._groups])

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The z_0 ... z_depth and s_1 ... s_{depth+1} of `x`, [B, D] shared by all or [R, B, D]."""
        z: list[Tensor] = [x if x.ndim == 3 else x[None]]
        s: list[Tensor] = []
        for W, b in zip(self.W, self.b, strict=True):
            if s:
                z.append(self.activate(s[-1]))
            s.append(z[-1] @ W.mT + b[:, None])  # [R, B, n]
        return z, s

    def backpropagate(self, x: Tensor, y: Tensor) -> Pass:
        """Gradients of each example's cost by eq. 2; `y` int64 [B]."""
        z, s = self.forward(x)
        ds = [COSTS[self.cost].gradient(s[-1], one_hot(y, s[-1]))]
        for i in range(self.depth, 0, -1):  # ds_i from ds_{i+1}
            ds.insert(0, (ds[0] @ self.W[i]) * self.slope(s[i - 1], z[i]))
        return Pass(z, s, ds)


def evaluate(stack: Stack, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cost summed over the examples [R], number of errors [R], predicted classes [R, B]."""
    return scores(stack.forward(x)[1][-1], y, stack.cost)


def scores(s: Tensor, y: Tensor, cost: str) -> tuple[Tensor, Tensor, Tensor]:
    """As `evaluate`, from the outputs s_{depth+1}: [..., B, C] and y [..., B]."""
    values = COSTS[cost].value(s, one_hot(y, s))
    predicted = s.argmax(-1)
    return values.double().sum(-1), (predicted != y).sum(-1), predicted


def one_hot(y: Tensor, like: Tensor) -> Tensor:
    """Labels [..., B] as rows [..., B, C], with the number of classes and the type of the outputs `like`."""
    return functional.one_hot(y, like.shape[-1]).to(like.dtype)
