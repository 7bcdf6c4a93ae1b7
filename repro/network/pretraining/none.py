"""Nothing: training starts from the initial weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.pretraining import Learner, Pretraining

if TYPE_CHECKING:
    from torch import Tensor

    from repro.experiment.settings import Experiment


@dataclass(frozen=True)
class Nothing(Pretraining):
    def length(self, experiment: Experiment) -> int:
        return 0

    def learner(self, layer: int, W: Tensor, b: Tensor, experiment: Experiment) -> Learner:
        raise NotImplementedError("nothing is learned before training")
