"""s where s > 0, α (exp(s) - 1) elsewhere (Clevert, Unterthiner and Hochreiter, 2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import require
from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Elu(Activation):
    """alpha: minus the limit for s → -∞, and the slope just below 0."""

    alpha: float = 1.0

    def __post_init__(self) -> None:
        fits = math.isfinite(self.alpha) and 0 <= self.alpha <= 1
        require("activation.alpha", self.alpha, fits, "a number from 0 to 1")

    def f(self, s: Tensor) -> Tensor:
        return s.where(s > 0, self.alpha * s.clamp(max=0).expm1())

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        above = (s > 0).to(s.dtype)
        return above + (1 - above) * (z + self.alpha)
