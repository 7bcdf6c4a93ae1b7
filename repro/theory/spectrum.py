"""Singular values of the Jacobians of wide untrained layers J = diag(f'(s)) W, and of their product.

For one layer, the eigenvalues of J Jᵀ follow from those of diag(f'²) and the independence of W's entries
(Marchenko and Pastur, 1967; Silverstein, 1995): a quarter circle where f' = 1. For a product of layers the
moments follow from free probability (Pennington, Schoenholz and Ganguli, 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from repro.theory import elementwise
from repro.theory.elementwise import Array
from repro.theory.mean_field import Layer, slope_moment

QUARTER_CIRCLE = 8 / (3 * np.pi)
"""Mean over root mean square of the singular values of a square matrix with independent entries: 0.849."""
NODES = 100
"""Units that stand for all: s at equal steps of its distribution function."""
POINTS, STEPS, FLOOR = 300, 25, 1e-13
"""Points of a density, steps down to the real axis, and how near to it, relative to the largest σ²."""


class Spectrum(NamedTuple):
    """Density of the singular values σ; `fraction` of them lies above 0, and a density's integral is that.

    Where f' comes near 0, many lie so near 0 that they are below the first σ given.
    """

    sigma: Array
    density: Array
    fraction: float

    def mean(self) -> float:
        """Mean of all singular values, those at 0 included."""
        return float(np.trapezoid(self.sigma * self.density, self.sigma))

    def percentile(self, p: float) -> float:
        """σ below which p % of all lie, those at 0 included."""
        steps = np.diff(self.sigma) * (self.density[1:] + self.density[:-1]) / 2
        above = np.append(np.cumsum(steps[::-1])[::-1], 0)
        return float(np.interp(1 - p / 100, above[::-1], self.sigma[::-1], right=0.0))


def layer_spectrum(layer: Layer, q: float, ratio: float = 1.0) -> Spectrum:
    """Of J = diag(f'(s)) W with s ~ N(0, q); `ratio` is fan_out / fan_in.

    There are min(fan_in, fan_out) singular values; units whose f' is 0 can leave some of them at 0.
    """
    u = special.ndtri((np.arange(NODES) + 0.5) / NODES)
    t = layer.weights * elementwise.slope(layer.activation, np.sqrt(q) * u) ** 2
    alive = float((t > 0).mean())
    edge = np.sqrt(t.max()) * (1 + np.sqrt(ratio)) * 1.01
    sigma = edge * ((np.arange(POINTS) + 0.5) / POINTS) ** 2  # most of the points near 0
    m = _companion(sigma**2, t, ratio, float(edge**2))
    density = 2 * sigma * m.imag / np.pi / min(ratio, 1.0)
    return Spectrum(sigma, density, min(ratio * alive, 1.0) / min(ratio, 1.0))


def _companion(x: Array, t: Array, ratio: float, scale: float) -> Array:
    """m(x + i0) that solves x = -1/m + ratio · mean of t / (1 + t m), by Newton's method from far above."""
    m = -1 / (x + 10j * scale)
    for height in np.geomspace(10, FLOOR, STEPS) * scale:
        for _ in range(3):
            pole = t / (1 + t * m[:, None])
            error = -1 / m + ratio * pole.mean(-1) - (x + 1j * height)
            m = m - error / (1 / m**2 - ratio * (pole**2).mean(-1))
            m = m.real + 1j * np.abs(m.imag)
    return np.asarray(m)


def squared_moments(
    layers: Sequence[Layer], q: Sequence[float], orthogonal: bool = False
) -> tuple[float, float]:
    """Mean of σ² of the product of J_i over hidden layers of equal width, and Var[σ²] / mean².

    `q`: E[s²] in each of these layers. Each adds Var[f'²] / E[f'²]² to the second, and 1 more unless its
    weights are orthogonal: with slopes of 1 these keep all lengths.
    """
    mean, variance = 1.0, 0.0
    for layer, square in zip(layers, q, strict=True):
        second = float(slope_moment(layer.activation, square))
        fourth = float(slope_moment(layer.activation, square, power=4))
        mean *= layer.weights * second
        variance += fourth / second**2 - 1 + (0 if orthogonal else 1)
    return mean, variance
