"""Var[W] = scale / n, with n and the distribution to choose: the family of today's initializations.

`conf/init/` has the usual names as presets: xavier_normal, he_uniform, he_normal, lecun_normal, ...
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import choice, require
from repro.network.start import Uniform

if TYPE_CHECKING:
    from torch import Generator, Tensor

CUT = 2.0  # standard deviations at which the truncated normal distribution ends
CUT_STD = 0.87962566103423978  # standard deviation of N(0, 1) cut at ±CUT


@dataclass(frozen=True)
class VarianceScaling(Uniform):
    """n is fan_in, fan_out or their mean, fan_avg. The variance is that of the weights, truncated or not."""

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "uniform"

    def __post_init__(self) -> None:
        fits = math.isfinite(self.scale) and 0 < self.scale <= 1e6
        require("init.scale", self.scale, fits, "a finite number above 0, at most 1e6")
        choice("init.mode", self.mode, ("fan_in", "fan_out", "fan_avg"))
        choice("init.distribution", self.distribution, ("uniform", "normal", "truncated_normal"))

    def std(self, layer: int, sizes: tuple[int, ...]) -> float:
        """√(scale / n)."""
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        return math.sqrt(self.scale / n)

    def bound(self, layer: int, sizes: tuple[int, ...]) -> float:
        return math.sqrt(3) * self.std(layer, sizes)

    def draw(self, layer: int, sizes: tuple[int, ...], generator: Generator) -> Tensor:
        import torch

        if self.distribution == "uniform":
            return super().draw(layer, sizes, generator)
        W = torch.empty(sizes[layer], sizes[layer - 1])
        std = self.std(layer, sizes)
        if self.distribution == "normal":
            return W.normal_(0, std, generator=generator)
        wide = std / CUT_STD
        return torch.nn.init.trunc_normal_(W, 0, wide, -CUT * wide, CUT * wide, generator=generator)
