"""What stands between a layer's linear part and its non-linearity: one file each, `normalization=<file>`.

To add one, put a file here with one class, a frozen dataclass derived from `Normalization`, whose fields are
its options.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


class Normalization(ABC):
    @abstractmethod
    def module(self, units: int) -> nn.Module:
        """A layer that maps [..., B, units] to the same shape, B examples at a time.

        In training mode its statistics are those of each batch; in evaluation mode what it remembers.
        """
