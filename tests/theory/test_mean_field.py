"""Mean-field maps against published closed forms, each other, eqs. 5 and 6, and random wide networks."""

import numpy as np
import pytest
import torch

from repro.experiment import components
from repro.experiment.components import Activation
from repro.experiment.values import ConfigError
from repro.theory import elementwise, linear, mean_field
from repro.theory.mean_field import Layer

NAMES = components.names("activation")
TANH, RELU, LINEAR = (
    Activation("tanh"),
    Activation("relu"),
    Activation("leaky_relu", (("negative_slope", 1.0),)),
)
X_SQUARE = 0.345  # of Shapeset in [0, 1]
GAINS = {  # fan_in Var[W] of layers 1 to 5, 1024 inputs and 1000 units
    "standard": (1 / 3,) * 5,
    "normalized": (2 * 1024 / 2024, 1.0, 1.0, 1.0, 1.0),
    "normalized_hidden": (1 / 3, 1.3, 1.3, 1.3, 1.3),
}


def network(init: str, activation: Activation = TANH) -> list[Layer]:
    return [Layer(activation, gain) for gain in GAINS[init]]


@pytest.mark.parametrize("name", NAMES)
def test_activations_are_the_networks_own(name: str) -> None:
    s = np.linspace(-30, 30, 2001)
    function, values = Activation(name).make(), torch.tensor(s)
    z = function.f(values)
    assert elementwise.f(Activation(name), s) == pytest.approx(z.numpy(), abs=1e-14)
    assert elementwise.slope(Activation(name), s) == pytest.approx(
        function.slope(values, z).numpy(), abs=1e-14
    )


def test_an_activation_beyond_numpy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components.load("activation", "tanh"), "f", lambda self, s: s.log_softmax(0))
    with pytest.raises(
        ConfigError, match=r"activation = tanh: log_softmax, which theory can't do without torch"
    ):
        mean_field.second_moment(TANH, 1.0)


@pytest.mark.parametrize("weights", [-1.0, np.inf, np.nan])
def test_no_such_variance(weights: float) -> None:
    with pytest.raises(ConfigError, match=r"fan_in Var\[W\]"):
        Layer(TANH, weights)


@pytest.mark.parametrize(
    ("init", "stds"),
    [
        ("standard", (0.308, 0.172, 0.099, 0.057, 0.033)),
        ("normalized", (0.467, 0.397, 0.350, 0.316, 0.290)),
        ("normalized_hidden", (0.308, 0.317, 0.324, 0.330, 0.335)),
    ],
)
def test_tanh_networks_of_the_paper(init: str, stds: tuple[float, ...]) -> None:
    """Reference values by a 200-point Gauss-Hermite sum, made apart from this code."""
    q = mean_field.variances(network(init), X_SQUARE)
    assert np.sqrt(mean_field.second_moment(TANH, q)) == pytest.approx(stds, abs=6e-4)


@pytest.mark.parametrize(
    ("init", "ratios"), [("standard", (3.60, 3.18, 3.06, 3.02)), ("normalized", (1.52, 1.35, 1.27, 1.21))]
)
def test_their_gradients(init: str, ratios: tuple[float, ...]) -> None:
    layers = network(init)
    found = mean_field.gradients(layers, mean_field.variances(layers, X_SQUARE), 1.0)
    assert found[1:] / found[:-1] == pytest.approx(ratios, abs=6e-3)
    assert found[-1] == 1


def test_linear_networks_obey_eqs_5_and_6() -> None:
    gains, widths = (0.4, 1.3, 0.7, 2.0), (100,) * 5
    layers = [Layer(LINEAR, gain) for gain in gains]
    q = mean_field.variances(layers, 0.8)
    assert q == pytest.approx(linear.activation_variances(widths, np.array(gains) / 100, 0.8)[1:])
    gradients = linear.gradient_variances(widths, np.array(gains) / 100, 0.3)
    assert mean_field.gradients(layers, q, 0.3) == pytest.approx(gradients)


@pytest.mark.parametrize("name", NAMES)
def test_random_wide_networks(name: str) -> None:
    """Forward two examples and backward two gradients through weights drawn by a box, not a bell."""
    rng, networks, n = np.random.default_rng(0), 8, 500
    layer = Layer(Activation(name), 1.2, 0.1)

    def weights() -> np.ndarray:
        return rng.uniform(-1, 1, (networks, n, n)) * np.sqrt(3 * layer.weights / n)

    first, second = rng.normal(0, 1, (2, networks, n))
    z = np.stack([first, 0.6 * first + 0.8 * second], 1)
    q, product = 1.2 + 0.1, 1.2 * 0.6 + 0.1
    for _ in range(3):
        s = z @ weights().mT + rng.normal(0, np.sqrt(layer.biases), (networks, 1, n))
        assert (s**2).mean() == pytest.approx(q, rel=0.08)
        assert s.prod(1).mean() == pytest.approx(product, rel=0.08)
        errors = (rng.normal(0, 1, (networks, 1, n)) @ weights()) * elementwise.slope(layer.activation, s)
        assert (errors**2).mean() == pytest.approx(float(layer.chi(q)), rel=0.08)
        assert errors.prod(1).mean() == pytest.approx(layer.gradient_covariance(q, q, product), rel=0.08)
        z, product, q = (
            elementwise.f(layer.activation, s),
            layer.covariance(q, q, product),
            float(layer.variance(q)),
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", [0.05, 1.0, 7.0])
def test_slopes_of_the_maps_are_averages_of_slopes(name: str, q: float) -> None:
    """d E[f²]/dq by its formula; d E[f(s) f(t)]/d E[s t] = E[f'(s) f'(t)] (Price's theorem)."""
    layer, step = Layer(Activation(name), 1.7, 0.2), 1e-4 * q
    moved = layer.variance([q - step, q + step])
    assert layer.stretch(q) == pytest.approx((moved[1] - moved[0]) / (2 * step), rel=1e-5)
    products = [layer.covariance(q, 1.5 * q, 0.4 * q + d) for d in (-step, step)]
    slope = (products[1] - products[0]) / (2 * step)
    assert layer.gradient_covariance(q, 1.5 * q, 0.4 * q) == pytest.approx(slope, rel=1e-5)


def test_relu_in_closed_form() -> None:
    """E[f²] = q/2, and the kernel of Cho and Saul (2009)."""
    layer = Layer(RELU, 1.0)
    assert layer.variance([0.1, 30.0]) == pytest.approx([0.05, 15])
    assert layer.chi([0.1, 30.0]) == pytest.approx(0.5)
    for c in (-0.9, 0.0, 0.3, 0.99):
        angle = np.arccos(c)
        expected = (np.sin(angle) + (np.pi - angle) * c) / (2 * np.pi)
        assert layer.covariance(1.0, 1.0, c) == pytest.approx(expected, abs=1e-5)


def test_hard_tanh_sees_its_corners() -> None:
    """E[f'²] = P(|s| < 1), which sums without cuts miss by percents."""
    assert mean_field.slope_moment(Activation("hard_tanh"), 1.0) == pytest.approx(0.6826894921, abs=1e-9)


def test_equal_and_opposite_examples() -> None:
    layer = Layer(TANH, 1.5)
    assert layer.covariance(0.7, 0.7, 0.7) == pytest.approx(float(layer.variance(0.7)), rel=1e-6)
    assert layer.covariance(0.7, 0.7, -0.7) == pytest.approx(-float(layer.variance(0.7)), rel=1e-6)
    assert layer.covariance(0.7, 0.0, 0.0) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("activation", "weights", "biases", "phase"),
    [
        (TANH, 1 / 3, 0.0, "ordered"),
        (TANH, 1.0, 0.0, "critical"),
        (TANH, 1.3, 0.0, "chaotic"),
        (TANH, 1.3, 0.5, "ordered"),
        (RELU, 2.0, 0.0, "critical"),
        (RELU, 1.0, 0.1, "ordered"),
        (RELU, 2.5, 0.0, "chaotic"),
        (Activation("sigmoid"), 1.0, 0.0, "ordered"),
    ],
)
def test_phases(activation: Activation, weights: float, biases: float, phase: str) -> None:
    assert Layer(activation, weights, biases).phase() == phase


def test_fixed_points_are_kept_and_reached() -> None:
    layer = Layer(TANH, 2.5, 0.05)
    kept, q = layer.fixed_point(), 3.0
    for _ in range(100):
        q = float(layer.variance(q))
    assert kept == pytest.approx(q, rel=1e-9)
    c = 0.3
    for _ in range(300):
        c = layer.correlation(c, kept)
    assert layer.correlation_fixed_point() == pytest.approx(c, abs=1e-6)
    assert Layer(TANH, 1 / 3).fixed_point() == 0
    assert Layer(RELU, 2.5).fixed_point() == np.inf
    assert Layer(RELU, 2.0).fixed_point() == 1  # it keeps every q
    assert Layer(RELU, 1.0, 0.3).fixed_point() == pytest.approx(0.6)


def test_depth_scales_are_those_of_deviations() -> None:
    layer = Layer(TANH, 0.6, 0.2)
    kept = layer.fixed_point()
    of_q, of_c = layer.depth_scales()
    q, c = kept * 1.01, 0.99
    for _ in range(6):
        q, c = float(layer.variance(q)), layer.correlation(c, kept)
    assert (q / kept - 1) / 0.01 == pytest.approx(np.exp(-6 / of_q), rel=0.05)
    assert (1 - c) / 0.01 == pytest.approx(np.exp(-6 / of_c), rel=0.05)
    assert Layer(TANH, 1.0).depth_scales() == (np.inf, np.inf)
    assert np.isnan(Layer(RELU, 3.0).depth_scales()).all()


def test_the_critical_line_is_critical() -> None:
    weights, biases = mean_field.critical_line(TANH, [1e-12, 0.1, 1.0])
    assert (weights[0], biases[0]) == pytest.approx((1, 0), abs=1e-6)
    for w, b in zip(weights[1:], biases[1:], strict=True):
        assert Layer(TANH, w, b).phase() == "critical"
    assert np.isnan(
        mean_field.critical_line(Activation("sigmoid"), 1.0)[1]
    )  # χ = 1 only with less than no biases


def test_networks_of_finite_width_differ_as_predicted() -> None:
    rng, n, nets = np.random.default_rng(1), 60, 1500
    layers = [Layer(TANH, gain) for gain in (1.2, 1.5, 1.5)]
    s, measured = rng.normal(0, np.sqrt(1.2), (nets, n)), []
    for i in range(3):
        measured.append((s**2).mean(1).std() / (s**2).mean())
        W = rng.normal(0, np.sqrt(1.5 / n), (nets, n, n))
        s = np.einsum("rij,rj->ri", W, np.tanh(s)) if i < 2 else s
    assert mean_field.spread_over_networks(layers, 1.0, (n,) * 3) == pytest.approx(measured, rel=0.07)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softsign"])
def test_slopes_from_values(name: str) -> None:
    s = np.linspace(-4, 4, 33)
    z = elementwise.f(Activation(name), s)
    assert elementwise.slope_of_value(Activation(name), z) == pytest.approx(
        elementwise.slope(Activation(name), s), abs=1e-12
    )
    with pytest.raises(ConfigError, match="one of the paper's"):
        elementwise.slope_of_value(RELU, z)
