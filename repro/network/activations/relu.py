"""max(0, s) (Nair and Hinton, 2010; Glorot, Bordes and Bengio, 2011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Relu(Activation):
    alike = True

    def f(self, s: Tensor) -> Tensor:
        return s.clamp(min=0)

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        return (s > 0).to(s.dtype)
