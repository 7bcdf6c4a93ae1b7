"""Eq. 16 in every layer but the output layer, which has eq. 1.

Not in the paper's text. It gives every layer of Figure 8's normalized panel the height that the paper draws.
"""

import math
from dataclasses import dataclass

from repro.network.start import Uniform


@dataclass(frozen=True)
class NormalizedBelowTop(Uniform):
    def bound(self, layer: int, sizes: tuple[int, ...]) -> float:
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        top = layer == len(sizes) - 1
        return 1 / math.sqrt(fan_in) if top else math.sqrt(6 / (fan_in + fan_out))
