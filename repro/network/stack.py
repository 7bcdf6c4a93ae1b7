"""A stack of R multilayer perceptrons of equal shape, computed together.

Names follow the paper, with layer 1 the first hidden layer and layer depth + 1 the softmax output:

    z_0 = x,   s_i = z_{i-1} W_i^T + b_i,   z_i = f(s_i),   P(y | x) = softmax(s_{depth+1})

Lists over layers start at layer 1: `W[0]` is W_1, [R, fan_out, fan_in]; R = 1 is the ordinary case.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from repro.experiment.settings import Experiment
from repro.network.activations import Activation
from repro.network.costs import COSTS
from repro.network.start import Weights, start
from repro.network.trace import Trace


class Stack:
    """Weights `W` and biases `b` of R networks, each one's activation, and the cost of all."""

    def __init__(
        self, W: list[Tensor], b: list[Tensor], activations: Sequence[Activation], cost: str = "nll"
    ) -> None:
        self.W = W
        self.b = b
        self.cost = cost
        self.activations = tuple(activations)
        self._groups: list[tuple[slice, Activation]] = []
        start = 0
        for activation, members in itertools.groupby(self.activations):
            stop = start + len(list(members))
            step = 1 if W[0].is_cpu and not activation.alike else stop - start
            self._groups += [(slice(r, r + step), activation) for r in range(start, stop, step)]
            start = stop

    @classmethod
    def of(
        cls,
        experiments: Sequence[Experiment],
        weights: Iterable[Weights],
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> Stack:
        """The networks of `experiments`, which must agree in depth and widths, with these weights.

        Taken one by one: a stack needs no more memory than its weights.
        """
        W: list[Tensor] = []
        b: list[Tensor] = []
        for r, own in enumerate(weights):
            for stacked, parts in ((W, own.W), (b, own.b)):
                if not stacked:
                    R = len(experiments)
                    stacked += [torch.empty(R, *p.shape, device=device, dtype=dtype) for p in parts]
                for whole, part in zip(stacked, parts, strict=True):
                    whole[r] = part
        return cls(W, b, [e.activation.make() for e in experiments], experiments[0].cost)

    @classmethod
    def initialize(
        cls,
        experiments: Sequence[Experiment],
        n_features: int,
        n_classes: int,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> Stack:
        """The untrained networks of `experiments`, without what a start fits to data."""
        return cls.of(experiments, (start(e, n_features, n_classes) for e in experiments), device, dtype)

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

    def state(self) -> dict[str, list[Tensor]]:
        """Weights and biases as they are saved: copies on the CPU, [R, ...] each."""
        return {"W": [w.cpu().clone() for w in self.W], "b": [b.cpu().clone() for b in self.b]}

    def load(self, state: Mapping[str, list[Tensor]]) -> None:
        """Set weights and biases to those of a `state`. Raises ValueError if their number is another."""
        for mine, saved in zip(self.W + self.b, state["W"] + state["b"], strict=True):
            mine.copy_(saved)

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

    def outputs(self, x: Tensor) -> Tensor:
        """s of the output layer: [R, B, C]; on a CPU one by one: products of stacks differ in last digits."""
        if len(self) == 1 or not self.W[0].is_cpu:
            return self.forward(x)[1][-1]
        return torch.cat([self.member(r).outputs(x) for r in range(len(self))])

    def trace(self, x: Tensor, y: Tensor) -> Trace:
        """Of the only network of a stack of one: gradients of each example's cost by eq. 2; `y` int64 [B]."""
        z, s = self.forward(x)
        slope = [self.slope(s_i, z_i) for s_i, z_i in zip(s[:-1], z[1:], strict=True)]
        ds = [COSTS[self.cost].gradient(s[-1], one_hot(y, s[-1]))]
        for i in range(self.depth, 0, -1):  # ds_i from ds_{i+1}
            ds.insert(0, (ds[0] @ self.W[i]) * slope[i - 1])
        z, s, ds, slope, W, b = ([t[0] for t in part] for part in (z, s, ds, slope, self.W, self.b))

        def jacobian(i: int, n: int) -> Tensor:
            return slope[i - 1][:n].double()[:, :, None] * W[i - 1].double()  # diag(f'(s_i)) W_i

        return Trace(z, s, ds, ds, slope, self.activations[0].max_slope, W, b, jacobian)


def evaluate(stack: Stack, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cost summed over the examples [R], number of errors [R], predicted classes [R, B]."""
    return scores(stack.outputs(x), y, stack.cost)


def scores(s: Tensor, y: Tensor, cost: str) -> tuple[Tensor, Tensor, Tensor]:
    """As `evaluate`, from the outputs s_{depth+1}: [..., B, C] and y [..., B]."""
    values = COSTS[cost].value(s, one_hot(y, s))
    predicted = s.argmax(-1)
    return values.double().sum(-1), (predicted != y).sum(-1), predicted


def one_hot(y: Tensor, like: Tensor) -> Tensor:
    """Labels [..., B] as rows [..., B, C], with the number of classes and the type of the outputs `like`.

    Unlike torch's, it never waits for a device to look at the labels.
    """
    return (y[..., None] == torch.arange(like.shape[-1], device=y.device)).to(like.dtype)
