"""What happens to the weights before training, without labels: one file each, `pretraining=<file>`.

Layer by layer from the first, each learns from what the finished ones below make of the training examples;
the output layer stays as it was drawn. To add one, put a file here with one class, a frozen dataclass derived
from `Pretraining`, whose fields are its options.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from repro.experiment.settings import Experiment


class Learner(Protocol):
    """One layer while it learns; changes the weights that it was made with, in place."""

    def updates(self, first: int, z: Tensor) -> Tensor:
        """Successive updates on z [n, B, D], of which `first` numbers the first one: cost of each [n]."""

    def test_cost(self, z: Tensor) -> float:
        """Cost of z [B, D] as it is, averaged over the examples."""

    def picture(self, z: Tensor) -> dict[str, Tensor]:
        """What can be seen of a layer: arrays by name."""

    def state(self) -> dict[str, Tensor]:
        """All that it has learned, copied to the CPU."""

    def load(self, state: dict[str, Tensor]) -> None: ...


class Pretraining(ABC):
    @abstractmethod
    def length(self, experiment: Experiment) -> int:
        """Updates of each layer; 0 for none."""

    @abstractmethod
    def learner(self, layer: int, W: Tensor, b: Tensor, experiment: Experiment) -> Learner:
        """That of a layer, numbered from 1, with W [fan_out, fan_in] and b. Raises ConfigError."""
