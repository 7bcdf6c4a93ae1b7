"""Batch normalization before the non-linearity (Ioffe and Szegedy, 2015).

s = γ (a - mean) / √(var + eps) + β, with mean and variance of each unit over the mini-batch. γ starts at 1
and β at 0; both are learned at the rate of their layer. For evaluation, averages over past mini-batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import require
from repro.network.normalizations import Normalization

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Batch(Normalization):
    """momentum: weight of the newest mini-batch in the averages. eps: added to the variance."""

    momentum: float = 0.1
    eps: float = 1e-5

    def __post_init__(self) -> None:
        require("normalization.momentum", self.momentum, 0 < self.momentum <= 1, "above 0, at most 1")
        require("normalization.eps", self.eps, 0 <= self.eps < 1, "at least 0, below 1")

    def module(self, units: int) -> nn.Module:
        from torch import nn

        return nn.BatchNorm1d(units, self.eps, self.momentum)
