"""Mean-field theory of many examples at once: all their variances and covariances, layer by layer.

Gradients summed over a mini-batch (Figures 7 to 9) don't follow from one example: images resemble each
other, and so do their gradients. With s, t normal, E[g(s) g(t)] = Σ_k g_k(q) g_k(r) c^k, where g_k are
coefficients of g(√q u) in Hermite polynomials and c is the correlation of s and t.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from repro.theory import elementwise
from repro.theory.elementwise import Array, Function
from repro.theory.mean_field import Layer

TERMS = 40
"""Of the series: enough for smooth f. Kinks leave an error where c is near 1, but none at c = 1."""


class Signals(NamedTuple):
    """Averages over the units of each layer, for each pair of B examples; lists over layers 1 to d."""

    z: list[Array]  # E[z_a z_b], [B, B]
    slopes: list[Array]  # E[f'(s_a) f'(s_b)], [B, B]


def propagate(layers: Sequence[Layer], inputs: Array) -> Signals:
    """From E[x_a x_b] over the inputs, [B, B], up through the layers; biases are shared by all examples."""
    signals, below = Signals([], []), inputs
    for layer in layers:
        s = layer.weights * below + layer.biases
        signals.z.append(_expected(partial(elementwise.f, layer.activation), s))
        signals.slopes.append(_expected(partial(elementwise.slope, layer.activation), s))
        below = signals.z[-1]
    return signals


def back_propagate(layers: Sequence[Layer], signals: Signals, top: Array) -> list[Array]:
    """E[∂C_a/∂s ∂C_b/∂s] over units, [B, B] in each layer, from `top` in layer d; equal widths."""
    found = [top]
    for layer, slopes in zip(layers[:0:-1], signals.slopes[-2::-1], strict=True):
        found.insert(0, layer.weights * slopes * found[0])
    return found


def batch_variance(left: Array, right: Array | float, batch: int) -> float:
    """Mean square of the sum over a mini-batch of products, from the averages over pairs of both factors.

    Of ∂C/∂W with the gradients' and the activations' pairs, of ∂C/∂b with 1 for the second. Mini-batches are
    taken at random.
    """
    pairs = left * right
    own = float(np.trace(pairs))
    B = len(left)
    return batch * own / B + batch * (batch - 1) * (float(pairs.sum()) - own) / (B * (B - 1))


def _expected(g: Function, s: Array) -> Array:
    """E[g(s_a) g(s_b)] for all pairs, from E[s_a s_b]."""
    q = np.diag(s)
    coefficients = _coefficients(g, q)  # [B, TERMS]
    c = np.clip(s / np.sqrt(np.maximum(np.outer(q, q), 1e-300)), -1, 1)
    total = np.zeros_like(s)
    for column in coefficients.T[::-1]:  # Horner's rule
        total = total * c + np.outer(column, column)
    np.fill_diagonal(total, elementwise.mean(lambda v: g(v) ** 2, q))
    return total


def _coefficients(g: Function, q: Array) -> Array:
    """g_k = E[g(√q u) He_k(u)] / √k!: [B, TERMS]."""
    std = np.sqrt(q)[:, None]
    u, weights = elementwise.nodes(elementwise.CUTS / np.maximum(std, 1e-150))
    values = weights * g(std * u)
    before, now = np.zeros_like(u), np.ones_like(u)
    found = []
    for k in range(TERMS):
        found.append((values * now).sum(-1))
        before, now = now, (u * now - np.sqrt(k) * before) / np.sqrt(k + 1)
    return np.stack(found, -1)
