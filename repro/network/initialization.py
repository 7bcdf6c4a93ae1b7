"""Initial weights. Biases start at 0 (section 2.3)."""

import itertools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def standard(fan_in: int, fan_out: int) -> float:
    """Bound of U[-a, a] by eq. 1, a = 1/√fan_in: n Var[W] = 1/3 (eq. 15)."""
    return 1 / math.sqrt(fan_in)


def normalized(fan_in: int, fan_out: int) -> float:
    """Bound of U[-a, a] by eq. 16, a = √6/√(fan_in + fan_out): Var[W] = 2/(fan_in + fan_out) (eq. 12)."""
    return math.sqrt(6 / (fan_in + fan_out))


BOUNDS: dict[str, Callable[[int, int], float]] = {"standard": standard, "normalized": normalized}
"""By name, as in `repro.config.INITS`."""


def draw(init: str, sizes: Sequence[int], seed: int) -> list[Tensor]:
    """Weights of one network with layer sizes `sizes`, input first: float32 [fan_out, fan_in] for each layer.

    The seed fixes one draw from U[-1, 1] that each init only scales: networks of equal seed and sizes differ
    by their inits alone, so comparisons between them are paired. Drawn on the CPU whatever the device.
    """
    generator = torch.Generator().manual_seed(seed)
    return [
        (torch.rand(fan_out, fan_in, generator=generator) * 2 - 1) * BOUNDS[init](fan_in, fan_out)
        for fan_in, fan_out in itertools.pairwise(sizes)
    ]
