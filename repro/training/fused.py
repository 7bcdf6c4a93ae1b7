"""The paper's SGD, θ ← θ - εg, written out: no autograd graph and no gradient buffers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot
from repro.training import kernel


class FusedSGD:
    """Plain stochastic gradient descent on the stack's cost, averaged over the mini-batch.

    lr: one rate per network, [R]. The gradient of each layer is added to its weights as it is found.
    """

    def __init__(self, stack: Stack, lr: Tensor, threads: int = 1) -> None:
        self.stack, self.lr, self.threads = stack, lr, threads

    def update(self, x: Tensor, target: Tensor) -> Tensor:
        """One update on `x` [B, D] with one-hot `target` [B, C]; returns s of the output layer before it."""
        stack = self.stack
        z, s = [x], [kernel.forward(x, stack.W[0], stack.b[0], threads=self.threads)]
        for W, b in zip(stack.W[1:], stack.b[1:], strict=True):
            z.append(stack.activate(s[-1]))
            s.append(kernel.forward(z[-1], W, b, threads=self.threads))  # [R, B, n]
        delta = COSTS[stack.cost].gradient(s[-1], target) / len(x)
        for i in range(stack.depth, 0, -1):
            dz = kernel.backward(delta, z[i], stack.W[i], stack.b[i], self.lr, threads=self.threads)
            delta = dz.mul_(stack.slope(s[i - 1], z[i]))  # type: ignore[union-attr]
        kernel.backward(delta, x, stack.W[0], stack.b[0], self.lr, need_dz=False, threads=self.threads)
        return s[-1]

    def updates(self, x: Tensor, y: Tensor) -> Tensor:
        """Successive updates on `x` [n, B, D], `y` int64 [n, B]; outputs before each one, [R, n, B, C]."""
        return self.block(x, one_hot(y, self.stack.b[-1]))

    def block(self, x: Tensor, target: Tensor) -> Tensor:
        """As `updates`, with one-hot `target` [n, B, C]."""
        outputs = [self.update(*batch) for batch in zip(x, target, strict=True)]
        return torch.stack(outputs, dim=1)

    def state(self, r: int) -> dict[str, Any]:
        """Plain SGD remembers nothing."""
        return {}

    def load_state(self, r: int, state: dict[str, Any]) -> None:
        pass
