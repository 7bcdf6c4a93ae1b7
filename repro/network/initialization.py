"""Initial weights. Biases start at 0 (section 2.3)."""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor


def standard(fan_in: int, fan_out: int) -> float:
    """Bound of U[-a, a] by eq. 1, a = 1/√fan_in: n Var[W] = 1/3 (eq. 15)."""
    return 1 / math.sqrt(fan_in)


def normalized(fan_in: int, fan_out: int) -> float:
    """Bound of U[-a, a] by eq. 16, a = √6/√(fan_in + fan_out): Var[W] = 2/(fan_in + fan_out) (eq. 12)."""
    return math.sqrt(6 / (fan_in + fan_out))


def scaled(fan_in: int, scale: float) -> float:
    """Bound of U[-a, a] with fan_in · Var[W] = scale: a = √(3 scale / fan_in)."""
    return math.sqrt(3 * scale / fan_in)


def bounds(init: str, sizes: Sequence[int], scale: float) -> list[float]:
    """Bound of each layer's weights, first layer first, by a name of `repro.experiment.settings.INITS`.

    `normalized_hidden` is eq. 1 in the first and the output layer and n Var[W] = `scale` in between, with
    n = fan_in also where widths differ; the other inits don't use `scale`.
    """
    layers = list(itertools.pairwise(sizes))
    if init == "normalized_hidden":
        hidden = range(1, len(layers) - 1)
        return [scaled(n, scale) if i in hidden else standard(n, m) for i, (n, m) in enumerate(layers)]
    bound = {"standard": standard, "normalized": normalized}[init]
    return [bound(fan_in, fan_out) for fan_in, fan_out in layers]


def draw(init: str, sizes: Sequence[int], seed: int, scale: float = 1.0) -> list[Tensor]:
    """Weights of one network with layer sizes `sizes`, input first: float32 [fan_out, fan_in] for each layer.

    The seed fixes one draw from U[-1, 1] that each init only scales: networks of equal seed and sizes differ
    by their inits alone, so comparisons between them are paired. Drawn on the CPU whatever the device.
    `scale`: see `bounds`.
    """
    generator = torch.Generator().manual_seed(seed)
    return [
        (torch.rand(fan_out, fan_in, generator=generator) * 2 - 1) * bound
        for (fan_in, fan_out), bound in zip(
            itertools.pairwise(sizes), bounds(init, sizes, scale), strict=True
        )
    ]
