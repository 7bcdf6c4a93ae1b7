"""Denoising auto-encoders (Vincent et al., 2008), the pre-trained curve of Figure 11.

Each layer learns to reconstruct its input z from a copy in which a random share of the entries is 0. The
paper gives no settings; the defaults are those of the author's later code, with tied weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.experiment.values import ConfigError, require
from repro.network.pretraining import Learner, Pretraining

if TYPE_CHECKING:
    from torch import Tensor

    from repro.experiment.settings import Experiment

DECODERS = ("sigmoid", "tanh", "softsign")
"""Activations that a decoder can have: their range is bounded, so that a probability can be read from it."""


@dataclass(frozen=True)
class Denoising(Pretraining):
    """corruption: share of entries set to 0, one for all layers or one each. lr: of all layers.

    share: updates of each layer, as a share of those of the training that follows; 0.12 of the paper's 2.5
    million are the 300,000 of the author's later code.
    """

    corruption: float | tuple[float, ...] = 0.25
    lr: float = 0.001
    share: float = 0.12

    def __post_init__(self) -> None:
        given = self.corruption if isinstance(self.corruption, tuple) else (self.corruption,)
        fits = bool(given) and all(0 <= c < 1 for c in given)
        require("pretraining.corruption", self.corruption, fits, "shares, at least 0 and below 1")
        require("pretraining.lr", self.lr, math.isfinite(self.lr) and self.lr >= 0, "a finite number, >= 0")
        fits = math.isfinite(self.share) and 0 < self.share <= 100
        require("pretraining.share", self.share, fits, "a number above 0, at most 100")

    def length(self, experiment: Experiment) -> int:
        return round(self.share * experiment.updates)

    def learner(self, layer: int, W: Tensor, b: Tensor, experiment: Experiment) -> Learner:
        from repro.network.autoencoder import Autoencoder

        name = experiment.activation.name
        if name not in DECODERS:
            raise ConfigError(f"pretraining = denoising: activation {name}: expected {', '.join(DECODERS)}")
        each = (
            self.corruption if isinstance(self.corruption, tuple) else (self.corruption,) * experiment.depth
        )
        if len(each) != experiment.depth:
            raise ConfigError(f"pretraining.corruption = {each}: expected one, or depth = {experiment.depth}")
        bounds = {"sigmoid": (0.0, 1.0)}.get(name, (-1.0, 1.0))
        if layer == 1:
            bounds = (experiment.dataset.low, experiment.dataset.high)
        return Autoencoder(W, b, experiment, layer, bounds, each[layer - 1], self.lr)
