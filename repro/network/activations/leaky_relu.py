"""s where s > 0, and a small multiple of it elsewhere (Maas, Hannun and Ng, 2013)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import require
from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LeakyRelu(Activation):
    alike = True
    """negative_slope: f' below 0."""

    negative_slope: float = 0.01

    def __post_init__(self) -> None:
        fits = math.isfinite(self.negative_slope) and abs(self.negative_slope) <= 1
        require("activation.negative_slope", self.negative_slope, fits, "a number from -1 to 1")

    def f(self, s: Tensor) -> Tensor:
        return s.where(s > 0, s * self.negative_slope)

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        above = (s > 0).to(s.dtype)
        return above + self.negative_slope * (1 - above)
