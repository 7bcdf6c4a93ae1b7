"""1 / (1 + exp(-s)); values in (0, 1), f(0) = 1/2, slope 1/4 at 0 (section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Sigmoid(Activation):
    max_slope = 0.25

    def f(self, s: Tensor) -> Tensor:
        return s.sigmoid()

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        return z * (1 - z)
