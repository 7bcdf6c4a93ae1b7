"""Nothing, as in the paper: s_i = z_{i-1} W_i^T + b_i."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.network.normalizations import Normalization

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Nothing(Normalization):
    def module(self, units: int) -> nn.Module:
        from torch import nn

        return nn.Identity()
