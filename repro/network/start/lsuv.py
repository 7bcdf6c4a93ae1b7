"""Layer-sequential unit variance (Mishkin and Matas, 2016): orthonormal, then scaled to Var[s_i] = 1 on data.

Layer by layer from the first, W_i is divided by the standard deviation of s_i over the first examples of
training, until it is within `tolerance` of 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import require
from repro.network.start.orthogonal import Orthogonal

if TYPE_CHECKING:
    from repro.experiment.settings import Experiment
    from repro.network.start import Examples, Weights


@dataclass(frozen=True)
class Lsuv(Orthogonal):
    """examples: the first ones of the training stream. The output layer is scaled too, as in the original."""

    examples: int = 1000
    tolerance: float = 0.05
    iterations: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        require("init.examples", self.examples, self.examples >= 2, "a whole number, at least 2")
        require("init.tolerance", self.tolerance, 0 < self.tolerance < 1, "a number between 0 and 1")
        require("init.iterations", self.iterations, self.iterations >= 1, "a whole number, at least 1")

    def variance(self, layer: int, sizes: tuple[int, ...]) -> float:
        return math.nan

    def fit(self, weights: Weights, experiment: Experiment, source: Examples) -> None:
        count = -(-self.examples // experiment.batch_size)
        z = source.batches(0, count)[0].flatten(0, 1)[: self.examples].cpu()  # [n, D]
        activation = experiment.activation.make()
        for W, b in zip(weights.W, weights.b, strict=True):
            for _ in range(self.iterations):
                std = (z @ W.T + b).std().item()
                if std == 0 or abs(std - 1) < self.tolerance:
                    break
                W /= std
            z = activation.f(z @ W.T + b)
