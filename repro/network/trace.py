"""What happens to some examples inside one network: all that the monitor sees, whatever the network is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Trace:
    """One forward and backward pass over B examples. Lists start at layer 1, but z at z_0 = x.

    In a plain network a_i = s_i; elsewhere a_i = z_{i-1} W_i^T + b_i is what enters the layer's normalization
    and s_i what enters its non-linearity.
    """

    z: list[Tensor]  # z_0 = x, z_1 ... z_depth: [B, n]
    s: list[Tensor]  # s_1 ... s_{depth+1}: [B, n]
    ds: list[Tensor]  # ∂C/∂s of the cost summed over the examples; in a plain network each example's own
    da: list[Tensor]  # ∂C/∂a of the same
    slope: list[Tensor]  # f'(s_1) ... f'(s_depth): [B, n]
    max_slope: float  # largest value of f'
    W: list[Tensor]  # [fan_out, fan_in]
    b: list[Tensor]  # [fan_out]
    jacobian: Callable[[int, int], Tensor]
    """J_i = ∂z_i/∂z_{i-1} of the first n examples, by i and n: float64 [n, fan_out, fan_in] (eq. 17)."""
