"""log(1 + exp(s)): a smooth ReLU, whose slope is the sigmoid (Dugas et al., 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.activations import Activation

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Softplus(Activation):
    def f(self, s: Tensor) -> Tensor:
        return s.logaddexp(s.new_zeros(()))

    def slope(self, s: Tensor, z: Tensor) -> Tensor:
        return s.sigmoid()
