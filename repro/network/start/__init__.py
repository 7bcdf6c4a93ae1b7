"""Initial weights: one file each, `init=<file>` on the command line. Biases start at 0 (section 2.3)
unless `bias_std` says otherwise.

    start(experiment, n_features, n_classes, source) → Weights

A start happens before there is an engine: random draws, and what is fitted to data. To add one, put a file
here with one class, a frozen dataclass derived from `Init`, whose fields are its options. `conf/init/` names
presets: a start with chosen options.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from repro.experiment.settings import Experiment


@dataclass
class Weights:
    """Of one network, first layer first: `W` [fan_out, fan_in] and `b` [fan_out], float32 on the CPU."""

    W: list[Tensor]
    b: list[Tensor]


class Examples(Protocol):
    """What a start that is fitted to data sees of it: the mini-batches that training will see first."""

    def batches(self, update: int, count: int) -> tuple[Tensor, Tensor]:
        """x [count, B, D] and y [count, B] of `count` updates from `update` on."""


class Init(ABC):
    """How weights are drawn."""

    @abstractmethod
    def draw(self, layer: int, sizes: tuple[int, ...], generator: Generator) -> Tensor:
        """W of a layer, [fan_out, fan_in] = [sizes[layer], sizes[layer - 1]]; layers are numbered from 1."""

    def variance(self, layer: int, sizes: tuple[int, ...]) -> float:
        """Var[W] of a layer, sizes as in `draw`; nan where data decide on it."""
        return math.nan

    def fit(self, weights: Weights, experiment: Experiment, source: Examples) -> None:  # noqa: B027
        """Change the weights in place by what examples show; mostly nothing."""


class Uniform(Init):
    """W ~ U[-a, a]. The seed fixes one draw from U[-1, 1] that each such start only scales.

    Networks of equal seed and sizes thus differ by their starts alone: comparisons between them are paired.
    """

    @abstractmethod
    def bound(self, layer: int, sizes: tuple[int, ...]) -> float:
        """a of a layer."""

    def variance(self, layer: int, sizes: tuple[int, ...]) -> float:
        return self.bound(layer, sizes) ** 2 / 3

    def draw(self, layer: int, sizes: tuple[int, ...], generator: Generator) -> Tensor:
        import torch

        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        drawn = torch.rand(fan_out, fan_in, generator=generator)
        return (drawn * 2 - 1) * self.bound(layer, sizes)


def start(experiment: Experiment, n_features: int, n_classes: int, source: Examples | None = None) -> Weights:
    """The initial weights of an experiment; drawn on the CPU whatever the device.

    `source` is needed by starts that are fitted to data; without it they stay as drawn.
    """
    import torch

    sizes = (n_features, *experiment.widths, n_classes)
    generator = torch.Generator().manual_seed(experiment.seed)
    init: Init = experiment.init.make()
    W = [init.draw(layer, sizes, generator) for layer in range(1, len(sizes))]
    b = [torch.zeros(fan_out) for _, fan_out in itertools.pairwise(sizes)]
    if experiment.bias_std:
        b = [part.normal_(0, experiment.bias_std, generator=generator) for part in b]  # after all weights
    weights = Weights(W, b)
    if source is not None:
        init.fit(weights, experiment, source)
    return weights
