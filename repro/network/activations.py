"""The hidden units' non-linearities z = f(s), with their derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """An elementwise non-linearity: `f(s)` is z, `slope(s, z)` is f'(s), of the same shape."""

    f: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    max_slope: float


def _softsign(s: Tensor) -> Tensor:
    return s / (1 + s.abs())


ACTIVATIONS = {
    "sigmoid": Activation(torch.sigmoid, lambda s, z: z * (1 - z), max_slope=0.25),
    "tanh": Activation(torch.tanh, lambda s, z: 1 - z * z, max_slope=1.0),
    "softsign": Activation(_softsign, lambda s, z: (1 - z.abs()).square(), max_slope=1.0),
}
"""By name, as in `repro.experiment.settings.ACTIVATIONS` (section 2.2 of the paper; f' from z = f(s))."""
