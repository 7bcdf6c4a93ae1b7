"""Eq. 1: W ~ U[-1/√n, 1/√n], n = fan_in, so that n Var[W] = 1/3 (eq. 15)."""

import math
from dataclasses import dataclass

from repro.network.start import Uniform


@dataclass(frozen=True)
class Standard(Uniform):
    def bound(self, layer: int, sizes: tuple[int, ...]) -> float:
        return 1 / math.sqrt(sizes[layer - 1])
