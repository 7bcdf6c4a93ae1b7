"""Kernels of many examples against integrals over pairs, and against mini-batches in random wide networks."""

import numpy as np
import pytest

from repro.experiment.components import Activation
from repro.theory import elementwise, kernels
from repro.theory.mean_field import Layer

TANH = Activation("tanh")
INPUTS = np.array([[0.5, 0.3, -0.2], [0.3, 0.4, 0.1], [-0.2, 0.1, 0.9]])


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign", "relu", "hard_tanh"])
def test_series_are_the_integrals(name: str) -> None:
    layer = Layer(Activation(name), 1.4, 0.1)
    signals = kernels.propagate([layer], INPUTS)
    s = 1.4 * INPUTS + 0.1
    for a in range(3):
        for b in range(3):
            q, r, product = s[a, a], s[b, b], s[a, b] * (1 - 1e-12 * (a == b))
            z = layer.covariance(q, r, product)
            assert 1.4 * signals.z[0][a, b] + 0.1 == pytest.approx(z, abs=2e-4)
            slopes = layer.gradient_covariance(q, r, product)
            assert 1.4 * signals.slopes[0][a, b] == pytest.approx(
                slopes, abs=0.02 if "hard" in name else 5e-3
            )


def test_a_layer_takes_what_the_one_below_gives() -> None:
    layers = [Layer(TANH, 0.8), Layer(TANH, 1.5, 0.2)]
    signals = kernels.propagate(layers, INPUTS)
    alone = kernels.propagate(layers[1:], signals.z[0])
    assert signals.z[1] == pytest.approx(alone.z[0])


def test_mini_batches_of_random_networks() -> None:
    """Sums over mini-batches of correlated examples, forward and backward, weights' gradients too."""
    rng, n, B, batch, networks = np.random.default_rng(0), 400, 40, 4, 12
    layers = [Layer(TANH, 0.9), Layer(TANH, 1.2), Layer(TANH, 1.2)]
    x = 0.6 * rng.normal(0, 1, n) + 0.6 * rng.normal(0, 1, (B, n)) * rng.uniform(0.5, 1.5, (B, 1))
    signals = kernels.propagate(layers, x @ x.T / n)
    top = 0.5 * np.ones((B, B)) + 0.5 * np.eye(B)
    gradients = kernels.back_propagate(layers, signals, top)
    measured = np.zeros((2, 3))
    for _ in range(networks):
        W = [rng.normal(0, np.sqrt(layer.weights / n), (n, n)) for layer in layers]
        z, s = [x], []
        for w in W:
            s.append(z[-1] @ w.T)
            z.append(np.tanh(s[-1]))
        ds = [rng.normal(0, np.sqrt(0.5), n) + rng.normal(0, np.sqrt(0.5), (B, n))]
        for i in (2, 1):
            ds.insert(0, (ds[0] @ W[i]) * elementwise.slope(TANH, s[i - 1]))
        for i in range(3):
            d, below = ds[i].reshape(-1, batch, n), z[i].reshape(-1, batch, n)
            measured[0, i] += (d.sum(1) ** 2).mean() / networks
            measured[1, i] += (np.einsum("mbi,mbj->mij", d, below) ** 2).mean() / networks
    below = [x @ x.T / n, *signals.z[:-1]]
    for i in range(3):
        assert kernels.batch_variance(gradients[i], 1.0, batch) == pytest.approx(measured[0, i], rel=0.06)
        assert kernels.batch_variance(gradients[i], below[i], batch) == pytest.approx(
            measured[1, i], rel=0.06
        )
