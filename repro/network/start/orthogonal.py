"""Orthonormal rows or columns of W, whichever are fewer, times gain (Saxe, McClelland and Ganguli, 2014)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import require
from repro.network.start import Init

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class Orthogonal(Init):
    """gain: every singular value of W."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        fits = math.isfinite(self.gain) and 0 < self.gain <= 1e6
        require("init.gain", self.gain, fits, "a finite number above 0, at most 1e6")

    def variance(self, layer: int, sizes: tuple[int, ...]) -> float:
        return self.gain**2 / max(sizes[layer - 1], sizes[layer])

    def draw(self, layer: int, sizes: tuple[int, ...], generator: Generator) -> Tensor:
        import torch

        W = torch.empty(sizes[layer], sizes[layer - 1])
        return torch.nn.init.orthogonal_(W, self.gain, generator=generator)
