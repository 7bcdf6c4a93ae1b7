"""One layer as a denoising auto-encoder with tied weights, trained by plain SGD.

    h = f(z̃ W^T + b),   a = h W + c,   p = P(1 | a),   C = -Σ_k t_k log p_k + (1 - t_k) log(1 - p_k)

z̃ is the layer's input z with entries set to 0, t is z scaled to [0, 1]. The decoder has the encoder's
activation, and p is its output scaled to [0, 1]: σ(a) for the sigmoid, σ(2a) for tanh.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from repro.counter_random import philox
from repro.experiment.settings import Experiment

STREAM = 1024
"""Of the counter's streams: STREAM + layer decides which entries are set to 0."""
SHOWN = 16
"""Filters (rows of W) of which a picture is kept, and examples with their reconstructions."""


class Autoencoder:
    """bounds: the values of z that are scaled to 0 and 1. W [n, D] and b [n] are changed in place."""

    def __init__(
        self,
        W: Tensor,
        b: Tensor,
        experiment: Experiment,
        layer: int,
        bounds: tuple[float, float],
        corruption: float,
        lr: float,
    ) -> None:
        self.W, self.b, self.c = W, b, torch.zeros_like(W[0])
        self.name, self.activation = experiment.activation.name, experiment.activation.make()
        self.seed, self.layer = experiment.seed, layer
        self.bounds, self.corruption, self.lr = bounds, corruption, lr

    def corrupted(self, first: int, z: Tensor) -> Tensor:
        """z [n, B, D] of updates `first` ... with entries set to 0: a pure function of seed and update."""
        n, size = len(z), z[0].numel()
        index = torch.arange(-(-size // 4), device=z.device)
        update = torch.arange(first, first + n, device=z.device)[:, None]
        words = philox(self.seed, index, update, STREAM + self.layer).permute(1, 0, 2)  # [n, 4, size / 4]
        kept = words.reshape(n, -1)[:, :size] >= round(self.corruption * 2**32)
        return z * kept.view_as(z)

    def targets(self, z: Tensor) -> Tensor:
        """z scaled to [0, 1]."""
        low, high = self.bounds
        return (z - low) / (high - low)

    def reconstruct(self, z: Tensor) -> Tensor:
        """p of z [B, D]."""
        h = self.activation.f(torch.addmm(self.b, z, self.W.T))
        return self._decode(torch.addmm(self.c, h, self.W))[0]

    def updates(self, first: int, z: Tensor) -> Tensor:
        targets = self.targets(z)
        found = [self._update(*pair) for pair in zip(self.corrupted(first, z), targets, strict=True)]
        costs = functional.binary_cross_entropy(torch.stack(found), targets, reduction="none")
        return costs.sum(-1).mean(-1)

    def _update(self, noisy: Tensor, target: Tensor) -> Tensor:
        """One update on a mini-batch [B, D]; returns p before it."""
        s = torch.addmm(self.b, noisy, self.W.T)
        h = self.activation.f(s)
        p, slope = self._decode(torch.addmm(self.c, h, self.W))
        da = (p - target) * (slope / len(noisy))  # ∂C/∂a
        ds = (da @ self.W.T) * self.activation.slope(s, h)
        self.W.addmm_(torch.cat([ds, h]).T, torch.cat([noisy, da]), alpha=-self.lr)  # encoder's and decoder's
        self.b.sub_(ds.sum(0), alpha=self.lr)
        self.c.sub_(da.sum(0), alpha=self.lr)
        return p

    def _decode(self, a: Tensor) -> tuple[Tensor, Tensor | float]:
        """p, and what p - t is multiplied with in ∂C/∂a."""
        if self.name == "sigmoid":
            return a.sigmoid(), 1.0
        if self.name == "tanh":
            return (2 * a).sigmoid(), 2.0
        r = a / (1 + a.abs())  # softsign
        return (1 + r) / 2, 2 * (1 - r.abs()) / (1 + r.abs())

    def test_cost(self, z: Tensor) -> float:
        costs = functional.binary_cross_entropy(self.reconstruct(z), self.targets(z), reduction="none")
        return float(costs.sum(-1).mean())

    def picture(self, z: Tensor) -> dict[str, Tensor]:
        """filters: first rows of W; input, corrupted, reconstruction: of the first examples, in [0, 1]."""
        z = z[:SHOWN]
        noisy = self.corrupted(0, z[None])[0]
        return {
            "filters": self.W[:SHOWN],
            "input": self.targets(z),
            "corrupted": self.targets(noisy),
            "reconstruction": self.reconstruct(noisy),
        }

    def state(self) -> dict[str, Tensor]:
        return {name: getattr(self, name).cpu().clone() for name in ("W", "b", "c")}

    def load(self, state: dict[str, Tensor]) -> None:
        for name in ("W", "b", "c"):
            getattr(self, name).copy_(state[name])
