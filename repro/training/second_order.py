"""SGD in which each weight has its own rate, ε·μ / (h + μ): what section 5 calls second-order methods.

h is one of two estimates, averaged over mini-batches as training goes on:

    diagonal_hessian    ∂²C/∂w², by back-propagated second derivatives (LeCun et al., 1998)
    gradient_variance   the variance over examples of ∂C/∂w

The first is LeCun's stochastic diagonal Levenberg-Marquardt method: what lies beside the diagonal of ∂²C/∂s²
is left out in every layer, and so is f''. It can't be negative. Per example,

    ∂²C/∂s_k² = p_k (1 - p_k)                               at the output
    ∂²C/∂w_kj² = ∂²C/∂s_k² z_j²
    ∂²C/∂s_j² = f'(s_j)² Σ_k w_kj² ∂²C/∂s_k²                one layer below

The paper gives no settings. ε is the rate of a weight with h = 0, μ / (h + μ) the factor of the author's
later code, where μ = 0.001.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError, require
from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot
from repro.network.trace import Trace
from repro.training import kernel

ROWS = 125


class SecondOrder:
    """Trains a stack of plain networks; the interface of `engine.Engine`.

    lr: ε by layer and network, [depth + 1, R]. Options of `experiment.optimizer`: mu, decay (weight of a new
    estimate in the running average), every (updates from one estimate to the next). Raises ConfigError.
    """

    def __init__(self, stack: Stack, lr: Tensor, experiment: Experiment, threads: int = 1) -> None:
        check(experiment)
        self.stack, self.lr, self.threads = stack, lr, threads
        options = dict(experiment.optimizer.options)
        self.mu, self.decay, self.every = options["mu"], options["decay"], options["every"]
        self.estimate = {"diagonal_hessian": diagonal_hessian, "gradient_variance": gradient_variance}[
            experiment.optimizer.name
        ]
        self.h = [torch.zeros_like(part) for part in (*stack.W, *stack.b)]  # the W's, then the b's
        self.count = 0
        self.rates = self._rates()

    def updates(self, first: int, x: Tensor, y: Tensor) -> Tensor:
        """See `engine.Engine`."""
        target = one_hot(y, self.stack.b[-1])
        pairs = enumerate(zip(x, target, strict=True), start=first)
        return torch.stack([self._update(u, *batch) for u, batch in pairs], dim=1)

    def _update(self, update: int, x: Tensor, target: Tensor) -> Tensor:
        stack = self.stack
        z, s = [x], [kernel.forward(x, stack.W[0], stack.b[0], threads=self.threads)]
        for W, b in zip(stack.W[1:], stack.b[1:], strict=True):
            z.append(stack.activate(s[-1]))
            s.append(kernel.forward(z[-1], W, b, threads=self.threads))  # [R, B, n]
        slope = [stack.slope(s_i, z_i) for s_i, z_i in zip(s[:-1], z[1:], strict=True)]
        delta = [COSTS[stack.cost].gradient(s[-1], target)]  # each example's own
        for i in range(stack.depth, 0, -1):
            delta.insert(0, (delta[0] @ stack.W[i]) * slope[i - 1])
        if update % self.every == 0:
            self._average(self.estimate(stack, z, s[-1], slope, delta))
        for i, (W, b) in enumerate(zip(stack.W, stack.b, strict=True)):
            _step(W, self.rates[i], delta[i] / len(x), z[i])
            b.addcmul_(self.rates[len(stack.W) + i], delta[i].mean(1), value=-1)
        return s[-1]

    def _average(self, new: list[Tensor]) -> None:
        for mean, one in zip(self.h, new, strict=True):
            mean.lerp_(one, self.decay)
        self.count += 1
        self.rates = self._rates()

    def _rates(self) -> list[Tensor]:
        """ε·μ / (h + μ) of each weight and bias; h is corrected for its start at 0."""
        known = 1 - (1 - self.decay) ** self.count
        lr = [*self.lr, *self.lr]
        pairs = zip(lr, self.h, strict=True)
        return [
            rate.view(-1, *[1] * (h.ndim - 1)) * self.mu / (h / (known or 1.0) + self.mu) for rate, h in pairs
        ]

    def outputs(self, x: Tensor) -> Tensor:
        return self.stack.outputs(x)

    def trace(self, r: int, x: Tensor, y: Tensor, batch: int) -> Trace:
        return self.stack.member(r).trace(x, y)

    def state(self, r: int) -> dict[str, Any]:
        h = [part[r : r + 1].cpu().clone() for part in self.h]
        return {**self.stack.member(r).state(), "optimizer": {"h": h, "count": self.count}}

    def load(self, r: int, state: dict[str, Any]) -> None:
        self.stack.member(r).load(state)
        for mine, saved in zip(self.h, state["optimizer"]["h"], strict=True):
            mine[r : r + 1].copy_(saved)
        self.count = state["optimizer"]["count"]
        self.rates = self._rates()


def _step(W: Tensor, rates: Tensor, delta: Tensor, z: Tensor) -> None:
    """W -= rates · gradient, some rows at a time: their gradient stays in the cache (.6 of the time).

    W, rates [R, fan_out, fan_in]; delta [R, B, fan_out]; z [R, B, fan_in] or [B, fan_in].
    """
    for start in range(0, W.shape[1], ROWS):
        rows = slice(start, start + ROWS)
        W[:, rows].addcmul_(rates[:, rows], delta[:, :, rows].mT @ z, value=-1)


def check(experiment: Experiment) -> None:
    """Raises ConfigError for what these methods can't do."""
    name = experiment.optimizer.name
    if not experiment.plain:
        raise ConfigError(f"optimizer = {name}: for plain networks only, without normalization and the like")
    if name == "diagonal_hessian":
        require(
            "cost", experiment.cost, experiment.cost == "nll", "nll, the cost that diagonal_hessian knows"
        )
    else:
        require("batch_size", experiment.batch_size, experiment.batch_size > 1, "at least 2 for a variance")


def diagonal_hessian(
    stack: Stack, z: list[Tensor], s: Tensor, slope: list[Tensor], delta: list[Tensor]
) -> list[Tensor]:
    """Of each W and b, averaged over the mini-batch; see above. z_0 ... z_depth, s of the output, f'."""
    p = s.softmax(-1)
    second = [p * (1 - p)]  # ∂²C/∂s², each example's own: [R, B, n]
    for i in range(stack.depth, 0, -1):
        second.insert(0, (second[0] @ stack.W[i].square()) * slope[i - 1].square())
    n = s.shape[-2]
    pairs = zip(second, z, strict=True)
    return [d.mT @ z_i.square() / n for d, z_i in pairs] + [d.mean(1) for d in second]


def gradient_variance(
    stack: Stack, z: list[Tensor], s: Tensor, slope: list[Tensor], delta: list[Tensor]
) -> list[Tensor]:
    """Of each W and b, the unbiased variance over the mini-batch of the examples' own gradients."""
    n = s.shape[-2]
    of_W = [
        d.square().mT @ z_i.square() / n - (d.mT @ z_i / n).square() for d, z_i in zip(delta, z, strict=True)
    ]
    of_b = [d.square().mean(1) - d.mean(1).square() for d in delta]
    return [variance.clamp(min=0) * (n / (n - 1)) for variance in of_W + of_b]
