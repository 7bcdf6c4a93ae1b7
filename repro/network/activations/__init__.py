"""The hidden units' non-linearities z = f(s): one file each, `activation=<file>` on the command line.

To add one, put a file here with one class, a frozen dataclass derived from `Activation`; its fields, if any,
are its options. Its f and slope may use the methods of tensors only, so that naming it doesn't import torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor


class Activation(ABC):
    """An elementwise non-linearity."""

    max_slope: ClassVar[float] = 1.0
    """The largest value of f'."""
    alike: ClassVar[bool] = False
    """Whether torch computes f and f' alike wherever an element stands: on a CPU it may take the last few of
    a tensor by another formula. Where False, a stack on a CPU takes its networks one by one, so that company
    changes no bit of a result."""

    @abstractmethod
    def f(self, s: Tensor) -> Tensor:
        """z = f(s), of the same shape."""

    @abstractmethod
    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        """f'(s), given z = f(s) too, of which many derivatives are functions; of the same shape."""
