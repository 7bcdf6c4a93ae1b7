"""The network's own activations on numpy arrays, and averages over normally distributed pre-activations.

f and f' are those of `repro.network.activations`, which are written with the methods of tensors. `Numbers`
are arrays that have these methods too: there is one definition of each activation, and no torch is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from repro.experiment.components import Activation
from repro.experiment.values import ConfigError, require

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

REACH = 9.0
"""Standard deviations at which integrals over a normal distribution end: 1e-18 of it lies beyond."""
PANELS, ORDER = 12, 16
"""Integrals are Gauss-Legendre sums of this order over this many panels ..."""
CUTS = np.array([-4.0, -1.0, 0.0, 1.0, 4.0])
"""... cut at these values of s, too: f' of ReLU, hard tanh, softsign jumps or bends at 0 or ±1.

Gauss-Hermite sums, which have no cuts, converge slowly there.
"""


class Numbers(np.ndarray):
    """An array with the methods of a tensor."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name, None)
        function = function if isinstance(function, np.ufunc) else getattr(special, name, None)
        if not isinstance(function, np.ufunc):
            raise AttributeError(name)
        return lambda *others: function(self, *others)

    def sigmoid(self) -> Any:
        return special.expit(self)

    def clamp(self, min: float | None = None, max: float | None = None) -> Any:
        return np.clip(self, min, max)

    def where(self, condition: Any, other: Any) -> Any:
        return np.where(condition, self, other).view(Numbers)

    def to(self, dtype: Any) -> Any:
        return self.astype(dtype)

    def new_zeros(self, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape, self.dtype).view(Numbers)


def f(activation: Activation, s: ArrayLike) -> Array:
    """z = f(s) of the same shape. Raises ConfigError for an activation that needs more than `Numbers` can."""
    return _applied(activation, s)[0]


def slope(activation: Activation, s: ArrayLike) -> Array:
    """f'(s) of the same shape. Raises ConfigError as `f` does."""
    return _applied(activation, s)[1]


def slope_of_value(activation: Activation, z: ArrayLike) -> Array:
    """f' where f has the value z, for the paper's three: their derivatives are functions of z alone."""
    require(
        "activation", activation, activation.name in ("sigmoid", "tanh", "softsign"), "one of the paper's"
    )
    values = np.asarray(z, float)
    numbers = np.atleast_1d(values).view(Numbers)
    return np.asarray(activation.make().slope(numbers, numbers), float).reshape(values.shape)


def _applied(activation: Activation, s: ArrayLike) -> tuple[Array, Array]:
    values = np.asarray(s, float)
    numbers, function = np.atleast_1d(values).view(Numbers), activation.make()
    try:
        z = function.f(numbers).view(Numbers)
        slopes = function.slope(numbers, z)
    except (AttributeError, TypeError) as error:
        raise ConfigError(
            f"activation = {activation}: {error}, which theory can't do without torch"
        ) from error
    return tuple(np.asarray(part, float).reshape(values.shape) for part in (z, slopes))  # type: ignore[return-value]


def mean(g: Function, q: ArrayLike) -> Array:
    """E[g(s)], s ~ N(0, q), for each q; g is elementwise. Same shape as q, of which all are at least 0."""
    std = np.sqrt(np.asarray(q, float))[..., None]
    u, weights = nodes(_over(CUTS, std))
    return np.asarray((weights * g(std * u)).sum(-1))


def mean_product(g: Function, q: float, h: Function, r: float, covariance: float) -> float:
    """E[g(s) h(t)] of s ~ N(0, q) and t ~ N(0, r) with the given covariance, at most √(q r) in size."""
    if q * r == 0:
        return float(mean(g, q) * mean(h, r))
    first, second = np.sqrt(q), np.sqrt(r)
    c = np.clip(covariance / (first * second), -1 + 1e-13, 1 - 1e-13)
    rest = np.sqrt(1 - c * c)
    u, weights = nodes(_over(CUTS, np.array(first)))
    v, inner = nodes((_over(CUTS, np.array(second)) - c * u[:, None]) / rest)
    given_u = (inner * h(second * (c * u[:, None] + rest * v))).sum(-1)
    return float((weights * g(first * u) * given_u).sum())


def nodes(cuts: Array) -> tuple[Array, Array]:
    """Nodes and weights [..., n] for integrals over N(0, 1), with panels cut at `cuts` [..., k]."""
    even = np.broadcast_to(np.linspace(-REACH, REACH, PANELS + 1), (*cuts.shape[:-1], PANELS + 1))
    edges = np.sort(np.concatenate([even, np.clip(cuts, -REACH, REACH)], -1), -1)
    x, w = np.polynomial.legendre.leggauss(ORDER)
    middle, half = (edges[..., 1:] + edges[..., :-1]) / 2, np.diff(edges, axis=-1) / 2
    u = (middle[..., None] + half[..., None] * x).reshape(*cuts.shape[:-1], -1)
    weights = (half[..., None] * w).reshape(u.shape) * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
    return u, weights


def _over(cuts: Array, std: Array) -> Array:
    """cuts / std, where std may be 0: no cut then but at 0."""
    return np.asarray(cuts / np.maximum(std, 1e-150))
