"""Spectra of random Jacobians against those of drawn matrices."""

import numpy as np
import pytest
from scipy.stats import norm

from repro.experiment.components import Activation
from repro.theory import elementwise, spectrum
from repro.theory.mean_field import Layer

TANH, RELU, LINEAR = (
    Activation("tanh"),
    Activation("relu"),
    Activation("leaky_relu", (("negative_slope", 1.0),)),
)


def drawn(layer: Layer, q: float, fan_out: int, fan_in: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    W = rng.uniform(-1, 1, (fan_out, fan_in)) * np.sqrt(3 * layer.weights / fan_in)
    s = np.sqrt(q) * norm.ppf((np.arange(fan_out) + 0.5) / fan_out)
    slopes = elementwise.slope(layer.activation, s)
    return np.linalg.svd(slopes[:, None] * W, compute_uv=False)


def test_a_linear_layer_has_a_quarter_circle() -> None:
    found = spectrum.layer_spectrum(Layer(LINEAR, 0.7), 1.0)
    circle = np.sqrt(np.maximum(4 * 0.7 - found.sigma**2, 0)) / (np.pi * 0.7)
    assert found.density == pytest.approx(circle, abs=0.02)
    assert found.mean() == pytest.approx(spectrum.QUARTER_CIRCLE * np.sqrt(0.7), rel=1e-3)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 2.0])
@pytest.mark.parametrize(("activation", "q"), [(TANH, 0.3), (TANH, 3.0), (RELU, 1.0)])
def test_drawn_matrices(activation: Activation, q: float, ratio: float) -> None:
    layer = Layer(activation, 1.3)
    found = spectrum.layer_spectrum(layer, q, ratio)
    values = drawn(layer, q, round(600 * ratio), 600)
    assert found.mean() == pytest.approx(values.mean(), rel=0.01)
    assert found.fraction == pytest.approx((values > 1e-6).mean(), abs=0.01)
    for p in (5, 25, 75, 95):
        assert found.percentile(p) == pytest.approx(np.percentile(values, p), rel=0.02, abs=0.015)


def test_mean_square_is_chi() -> None:
    layer = Layer(TANH, 1.5)
    found = spectrum.layer_spectrum(layer, 0.8)
    assert np.trapezoid(found.sigma**2 * found.density, found.sigma) == pytest.approx(
        float(layer.chi(0.8)), rel=2e-3
    )


@pytest.mark.parametrize("orthogonal", [False, True])
def test_moments_of_products(orthogonal: bool) -> None:
    rng, n, q = np.random.default_rng(2), 500, (0.4, 0.8, 1.2)
    layers, J = [Layer(TANH, 1.5)] * 3, np.eye(n)
    for square in q:
        W = rng.normal(0, np.sqrt(1.5 / n), (n, n))
        W = np.sqrt(1.5) * np.linalg.qr(W)[0] if orthogonal else W
        J = elementwise.slope(TANH, rng.normal(0, np.sqrt(square), n))[:, None] * W @ J
    squares = np.linalg.svd(J, compute_uv=False) ** 2
    mean, variance = spectrum.squared_moments(layers, q, orthogonal)
    assert mean == pytest.approx(squares.mean(), rel=0.1)
    assert variance == pytest.approx(squares.var() / squares.mean() ** 2, rel=0.15)


def test_orthogonal_linear_networks_keep_lengths() -> None:
    assert spectrum.squared_moments([Layer(LINEAR, 1.0)] * 4, [1.0] * 4, orthogonal=True) == pytest.approx(
        (1, 0), abs=1e-9
    )
