"""Mean-field theory: how variances, correlations and gradients travel through wide untrained networks.

Eqs. 5 to 7 take f'(s) = 1. Here f is what it is. With many units per layer s is normally distributed over
units, whatever the weights' distribution: only n Var[W] and Var[b] matter (Poole et al., 2016). Per example,

    q_i = E over units of s_i² = n Var[W] E[f(s)²] + Var[b],  s ~ N(0, q_{i-1})            (activations)
    E over units of (∂C/∂s_i)² = n Var[W] E[f'(s)²] · E over units of (∂C/∂s_{i+1})²        (gradients)

with n = fan_in in the first and, as errors come from above, fan_out in the second. The factor of the second,
χ = n Var[W] E[f'(s)²], is also the mean of the squared singular values of a layer's Jacobian. It is 1 at the
edge between order (examples grow alike, gradients vanish) and chaos (examples grow apart, gradients explode;
Schoenholz et al., 2017). For f(s) = s and no biases all this is eqs. 5 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from repro.experiment.components import Activation
from repro.experiment.values import require
from repro.theory import elementwise
from repro.theory.elementwise import Array

SMALLEST, LARGEST = 1e-12, 1e9
"""Fixed points of q are looked for between these: what lies below is 0, what lies above is infinite."""
NEAR = 1e-3
"""Largest |χ - 1| that counts as the edge of chaos, and largest 1 - c of examples that count as one."""


@dataclass(frozen=True)
class Layer:
    """A wide layer s = W f(s below) + b, where s below comes from such a layer, too.

    weights: fan_in Var[W]. biases: Var[b].
    """

    activation: Activation
    weights: float
    biases: float = 0.0

    def __post_init__(self) -> None:
        require("fan_in Var[W]", self.weights, 0 <= self.weights < np.inf, "a finite number, not negative")
        require("Var[b]", self.biases, 0 <= self.biases < np.inf, "a finite number, not negative")

    def variance(self, q: ArrayLike) -> Array:
        """Variance map: E[s²] of this layer, given that of the layer below."""
        return self.weights * second_moment(self.activation, q) + self.biases

    def covariance(self, q: float, r: float, covariance: float) -> float:
        """Correlation map: E[s t] of two examples, given E[s²] = q, E[t²] = r and E[s t] one layer below."""
        f = self._f
        return self.weights * elementwise.mean_product(f, q, f, r, covariance) + self.biases

    def correlation(self, c: float, q: float) -> float:
        """Correlation of two examples in this layer, given c and E[s²] = q of both one layer below."""
        return self.covariance(q, q, c * q) / float(self.variance(q))

    def chi(self, q: ArrayLike) -> Array:
        """Gradient map: χ = fan_in Var[W] E[f'(s)²], s ~ N(0, q) in the layer below."""
        return self.weights * slope_moment(self.activation, q)

    def gradient_covariance(self, q: float, r: float, covariance: float) -> float:
        """χ of two examples: by how much the product of their gradients shrinks. χ itself for one example."""
        return self.weights * elementwise.mean_product(self._slope, q, self._slope, r, covariance)

    def stretch(self, q: float) -> float:
        """Derivative of the variance map: n Var[W] E[f(s) f'(s) s] / q."""
        q = max(q, SMALLEST)
        return float(self.weights * elementwise.mean(lambda s: self._f(s) * self._slope(s) * s, q) / q)

    def fixed_point(self) -> float:
        """q that the variance map keeps, and to which it leads from 1; 0 or infinite if it leads there.

        1 if it keeps every q, as with He's initialization of ReLU.
        """

        def gain(q: float) -> float:
            return float(self.variance(q)) / q - 1

        if abs(gain(1.0)) < 1e-12:
            return 1.0
        up = gain(1.0) > 0
        q = 1.0
        while (gain(q) > 0) == up:
            q = q * 2 if up else q / 2
            if not SMALLEST <= q <= LARGEST:
                return np.inf if up else 0.0
        return float(brentq(gain, *sorted((q, q / 2 if up else q * 2)), xtol=1e-15, rtol=1e-12))

    def correlation_fixed_point(self, q: float | None = None) -> float:
        """Correlation to which two examples of E[s²] = q (its fixed point by default) tend from any below 1.

        Within NEAR of 1 it is 1.
        """
        q = self._kept(q)
        if self.chi(q) <= 1 + NEAR:
            return 1.0

        def moved(c: float) -> float:
            return self.correlation(c, q) - c

        low = 0.0 if moved(0.0) >= 0 else -1.0
        return float(brentq(moved, low, 1 - NEAR)) if moved(1 - NEAR) < 0 else 1.0

    def depth_scales(self) -> tuple[float, float]:
        """Layers after which a deviation of q, and of the correlation, from its fixed point falls by e.

        Infinite at the edge of chaos; nan where there is no finite q.
        """
        q = self.fixed_point()
        if not np.isfinite(q):
            return np.nan, np.nan
        q = max(q, SMALLEST)
        c = self.correlation_fixed_point(q)
        return _depth(self.stretch(q)), _depth(self.gradient_covariance(q, q, c * q))

    def phase(self) -> str:
        """`ordered`, `critical` or `chaotic`: χ at the fixed point below, at or above 1."""
        chi = float(self.chi(self._kept(None)))
        return "critical" if abs(chi - 1) <= NEAR else "ordered" if chi < 1 else "chaotic"

    def _kept(self, q: float | None) -> float:
        kept = self.fixed_point() if q is None else q
        return float(np.clip(kept, SMALLEST, LARGEST))

    def _f(self, s: Array) -> Array:
        return elementwise.f(self.activation, s)

    def _slope(self, s: Array) -> Array:
        return elementwise.slope(self.activation, s)


def second_moment(activation: Activation, q: ArrayLike) -> Array:
    """E[f(s)²], s ~ N(0, q)."""
    return _moment(activation, q, 2)


def activation_variance(activation: Activation, q: ArrayLike) -> Array:
    """Var[f(s)], s ~ N(0, q)."""
    return second_moment(activation, q) - _moment(activation, q, 1) ** 2


def slope_moment(activation: Activation, q: ArrayLike, power: int = 2) -> Array:
    """E[f'(s)^power], s ~ N(0, q)."""
    return elementwise.mean(lambda s: elementwise.slope(activation, s) ** power, q)


def variances(layers: Sequence[Layer], x_square: ArrayLike) -> Array:
    """E[s_i²] over units, layers 1 to d; `x_square` is E[x²] over inputs, of one or of many examples.

    Returned: [d, ...], with the shape of `x_square` after the first axis.
    """
    q = [layers[0].weights * np.asarray(x_square, float) + layers[0].biases]
    for layer in layers[1:]:
        q.append(layer.variance(q[-1]))
    return np.array(q)


def gradients(layers: Sequence[Layer], q: Array, top: ArrayLike) -> Array:
    """E[(∂C/∂s_i)²] over units, layers 1 to d, from `top` in layer d; q as `variances` gives it.

    fan_out Var[W] is taken for fan_in Var[W]: hidden layers have equal widths.
    """
    factors = [layers[i].chi(q[i - 1]) for i in range(1, len(layers))]
    return np.array([np.asarray(top) * np.prod(factors[i:], axis=0) for i in range(len(layers))])


def spread_over_networks(layers: Sequence[Layer], x_square: float, widths: Sequence[int]) -> Array:
    """Standard deviation of E[s_i²] over networks of finite widths n_1 ... n_d, relative to it: first order.

    q_i is an average over n_i units: Var[q_i] = 2 q_i² / n_i by itself, as s is normal, and what it inherits.
    """
    q = variances(layers, x_square)
    variance, result = 0.0, []
    for i, (layer, width) in enumerate(zip(layers, widths, strict=True)):
        if i:
            # given the layer below, the true variance of s is n Var[W] times a mean over n_{i-1} units of f²
            fourth = float(_moment(layer.activation, q[i - 1], 4))
            second = float(second_moment(layer.activation, q[i - 1]))
            inherited = variance - 2 * q[i - 1] ** 2 / widths[i - 1]
            own = layer.weights**2 * (fourth - second**2) / widths[i - 1]
            variance = own + layer.stretch(float(q[i - 1])) ** 2 * inherited
        variance += 2 * q[i] ** 2 / width
        result.append(np.sqrt(variance) / q[i])
    return np.array(result)


def critical_line(activation: Activation, q: ArrayLike) -> tuple[Array, Array]:
    """The edge of chaos: fan_in Var[W] and Var[b] for which q is kept and χ = 1 there; nan where none is."""
    weights = 1 / slope_moment(activation, q)
    biases = np.asarray(q, float) - weights * second_moment(activation, q)
    return weights, np.where(biases >= -1e-12, np.maximum(biases, 0), np.nan)


def _moment(activation: Activation, q: ArrayLike, power: int) -> Array:
    return elementwise.mean(lambda s: elementwise.f(activation, s) ** power, q)


def _depth(factor: float) -> float:
    """Steps in which a deviation that is multiplied by `factor` each falls by e."""
    if abs(factor - 1) <= 1e-4:
        return np.inf
    return float(-1 / np.log(abs(factor))) if 0 < abs(factor) < 1 else 0.0 if factor == 0 else np.inf
