"""The paper's SGD, θ ← θ - εg, written out: no autograd graph and no gradient buffers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot
from repro.network.trace import Trace
from repro.training import blocks, kernel


class FusedSGD:
    """Plain stochastic gradient descent on the stack's cost, averaged over the mini-batch.

    Blocks of updates are one call of the compiled kernel where `blocks` can do them; `update` is the same,
    one at a time, for everything else and for a GPU.

    lr: a rate per layer and network, [depth + 1, R]. The gradient of each layer is added to its weights as it
    is found.
    """

    def __init__(self, stack: Stack, lr: Tensor, threads: int = 1) -> None:
        self.stack, self.lr, self.threads = stack, lr, threads
        self._rates = lr.unbind()  # views: what changes lr changes them

    def update(self, x: Tensor, target: Tensor) -> Tensor:
        """One update on `x` [B, D] with one-hot `target` [B, C]; returns s of the output layer before it."""
        stack, rates = self.stack, self._rates
        z, s = [x], [kernel.forward(x, stack.W[0], stack.b[0], threads=self.threads)]
        for W, b in zip(stack.W[1:], stack.b[1:], strict=True):
            z.append(stack.activate(s[-1]))
            s.append(kernel.forward(z[-1], W, b, threads=self.threads))  # [R, B, n]
        delta = COSTS[stack.cost].gradient(s[-1], target) / len(x)
        for i in range(stack.depth, 0, -1):
            dz = kernel.backward(delta, z[i], stack.W[i], stack.b[i], rates[i], threads=self.threads)
            delta = dz.mul_(stack.slope(s[i - 1], z[i]))  # type: ignore[union-attr]
        kernel.backward(delta, x, stack.W[0], stack.b[0], rates[0], need_dz=False, threads=self.threads)
        return s[-1]

    def updates(self, first: int, x: Tensor, y: Tensor) -> Tensor:
        """See `engine.Engine`."""
        s = blocks.updates(self.stack, self.lr, x, y, self.threads)
        return self.block(x, one_hot(y, self.stack.b[-1])) if s is None else s

    def block(self, x: Tensor, target: Tensor) -> Tensor:
        """As `updates`, with one-hot `target` [n, B, C]."""
        outputs = [self.update(*batch) for batch in zip(x, target, strict=True)]
        return torch.stack(outputs, dim=1)

    def outputs(self, x: Tensor) -> Tensor:
        return self.stack.outputs(x)

    def trace(self, r: int, x: Tensor, y: Tensor, batch: int) -> Trace:
        return self.stack.member(r).trace(x, y)

    def state(self, r: int) -> dict[str, Any]:
        """Weights only: plain SGD remembers nothing."""
        return {**self.stack.member(r).state(), "optimizer": {}}

    def load(self, r: int, state: dict[str, Any]) -> None:
        self.stack.member(r).load(state)
