"""Eq. 16, "Xavier": W ~ U[-a, a], a = √6/√(fan_in + fan_out): Var[W] = 2/(fan_in + fan_out) (eq. 12)."""

import math
from dataclasses import dataclass

from repro.network.start import Uniform


@dataclass(frozen=True)
class Normalized(Uniform):
    def bound(self, layer: int, sizes: tuple[int, ...]) -> float:
        return math.sqrt(6 / (sizes[layer - 1] + sizes[layer]))
