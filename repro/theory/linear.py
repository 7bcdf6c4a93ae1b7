"""Eqs. 5 to 7 and 13 to 15: variances that travel through an untrained network in its linear regime.

Assumed as in section 4.2.1: f'(s) ≈ 1 (eq. 4), weights independent of each other and of what they are
multiplied with, all of mean 0. Layers are numbered as everywhere in this package: W_i leads from z_{i-1}
(n_{i-1} units) to z_i (n_i units), z_0 = x. The paper numbers the weights from 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def activation_variances(widths: Sequence[int], var_W: Sequence[float], var_x: float) -> Vector:
    """Eq. 5: Var[z_i] = Var[x] Π n_{j-1} Var[W_j] over layers j ≤ i; for i = 0 ... d.

    `widths`: n_0 ... n_d. `var_W`: Var[W_1] ... Var[W_d].
    """
    gains = np.asarray(widths[:-1]) * np.asarray(var_W)
    return var_x * np.cumprod(np.concatenate([[1.0], gains]))


def gradient_variances(widths: Sequence[int], var_W: Sequence[float], var_top: float) -> Vector:
    """Eq. 6: Var[∂C/∂s_i] = Var[∂C/∂s_d] Π n_j Var[W_j] over layers j > i; for i = 1 ... d.

    `var_top` is Var[∂C/∂s_d]; W_1 has no influence.
    """
    gains = np.asarray(widths[2:]) * np.asarray(var_W[1:])
    return var_top * np.cumprod(np.concatenate([[1.0], gains[::-1]]))[::-1]


def weight_gradient_variances(
    widths: Sequence[int], var_W: Sequence[float], var_x: float, var_top: float
) -> Vector:
    """Eq. 7: Var[∂C/∂W_i] = Var[z_{i-1}] Var[∂C/∂s_i] of one example; for i = 1 ... d."""
    z = activation_variances(widths, var_W, var_x)
    return np.asarray(z[:-1] * gradient_variances(widths, var_W, var_top))


def equal_gradient_variances(gain: float, depth: int, var_top: float) -> Vector:
    """Eq. 13: with equal widths Var[∂C/∂s_i] = (n Var[W])^(d-i) Var[∂C/∂s_d]; for i = 1 ... d.

    The paper prints Var[x] in place of the variance at the top.
    """
    return var_top * gain ** np.arange(depth - 1, -1, -1.0)


def equal_weight_gradient_variance(gain: float, depth: int, var_x: float, var_top: float) -> float:
    """Eq. 14: with equal widths Var[∂C/∂W_i] = (n Var[W])^(d-1) Var[x] Var[∂C/∂s_d] in every layer i.

    The paper's exponent is d, as its top layer is one further up.
    """
    return gain ** (depth - 1) * var_x * var_top


def uniform_gain(bound: float, width: int) -> float:
    """n Var[W] of W ~ U[-bound, bound], n = `width`: 1/3 with bound 1/√n (eq. 15)."""
    return width * bound**2 / 3
