"""s / (1 + |s|) (Bergstra et al., 2009); approaches ±1 like 1/s, slope 1 at 0 (section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Softsign(Activation):
    alike = True

    def f(self, s: Tensor) -> Tensor:
        return s / (1 + s.abs())

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        return (1 - z.abs()).square()
