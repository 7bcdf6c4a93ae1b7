"""s, cut off at ±1: tanh in straight lines (Collobert, 2004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class HardTanh(Activation):
    alike = True

    def f(self, s: Tensor) -> Tensor:
        return s.clamp(-1, 1)

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        return (s.abs() < 1).to(s.dtype)
