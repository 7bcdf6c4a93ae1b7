"""s Φ(s), with Φ the normal distribution function (Hendrycks and Gimpel, 2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Gelu(Activation):
    max_slope = 1.1289  # at s = √2

    def f(self, s: Tensor) -> Tensor:
        return 0.5 * s * (1 + (s * math.sqrt(0.5)).erf())

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        return 0.5 * (1 + (s * math.sqrt(0.5)).erf()) + s * (-0.5 * s * s).exp() / math.sqrt(2 * math.pi)
