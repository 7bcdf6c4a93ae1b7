"""Eq. 1 in the first and the output layer, n Var[W] = scale in between.

Not in the paper's text, but what its normalized panels (Figures 6 to 10) show.
"""

import math
from dataclasses import dataclass

from repro.experiment.values import require
from repro.network.start import Uniform


@dataclass(frozen=True)
class NormalizedHidden(Uniform):
    """scale: n Var[W] of the hidden layers, n = fan_in. 1.3 fits Figures 6 to 10; the paper states none."""

    scale: float = 1.3

    def __post_init__(self) -> None:
        fits = math.isfinite(self.scale) and 0 < self.scale <= 1e6
        require("init.scale", self.scale, fits, "a finite number above 0, at most 1e6")

    def bound(self, layer: int, sizes: tuple[int, ...]) -> float:
        fan_in = sizes[layer - 1]
        hidden = 1 < layer < len(sizes) - 1
        return math.sqrt(3 * self.scale / fan_in) if hidden else 1 / math.sqrt(fan_in)
