import pytest
import torch
from torch.nn import functional

from repro.experiment import components
from repro.experiment.components import Activation
from repro.experiment.values import ConfigError

S = torch.arange(-1000, 1001, dtype=torch.float64) / 125  # -8 to 8, with 0
NAMES = components.names("activation")
TORCH = {
    "elu": functional.elu,
    "gelu": functional.gelu,
    "hard_tanh": functional.hardtanh,
    "leaky_relu": functional.leaky_relu,
    "relu": functional.relu,
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "tanh": torch.tanh,
}


def test_there_is_a_reference_for_each():
    assert set(NAMES) == set(TORCH)


@pytest.mark.parametrize("name", NAMES)
def test_values_are_torchs(name):
    torch.testing.assert_close(Activation(name).make().f(S), TORCH[name](S), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_slope_is_the_derivative(name, dtype):
    activation = Activation(name).make()
    at = S.to(dtype) + (1e-3 if name in ("relu", "leaky_relu", "hard_tanh", "elu") else 0)  # past the kink
    s = at.clone().requires_grad_()
    z = activation.f(s)
    (by_autograd,) = torch.autograd.grad(z.sum(), s)
    slope = activation.slope(at, z.detach())
    assert slope.dtype == dtype
    torch.testing.assert_close(slope, by_autograd, rtol=0, atol=1e-12 if dtype == torch.float64 else 1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_slope_is_what_saturation_is_measured_by(name):
    activation = Activation(name).make()
    assert activation.slope(S, activation.f(S)).max().item() == pytest.approx(activation.max_slope, rel=1e-3)


def test_extreme_arguments_stay_finite():
    s = torch.tensor([-1e4, -100.0, 100.0, 1e4])
    for name in NAMES:
        activation = Activation(name).make()
        z = activation.f(s)
        assert z.isfinite().all() and activation.slope(s, z).isfinite().all(), name


def test_softsign_approaches_its_asymptote_slower_than_tanh():
    """Section 2.2: like 1/s instead of exponentially."""
    s = torch.tensor(10.0, dtype=torch.float64)
    assert 1 - Activation("softsign").make().f(s).item() == pytest.approx(1 / 11)
    assert 1 - Activation("tanh").make().f(s).item() < 1e-8


def test_options():
    leaky = Activation("leaky_relu", (("negative_slope", 0.5),)).make()
    assert leaky.f(torch.tensor([-2.0, 2.0])).tolist() == [-1.0, 2.0]
    assert leaky.slope(torch.tensor([-2.0, 2.0]), torch.tensor([-1.0, 2.0])).tolist() == [0.5, 1.0]
    elu = Activation("elu", (("alpha", 0.5),)).make()
    assert elu.f(torch.tensor(-1e3)).item() == -0.5


LIMITS = [("leaky_relu", "negative_slope", -1.0, 1.0), ("elu", "alpha", 0.0, 1.0)]


@pytest.mark.parametrize(("name", "option", "low", "high"), LIMITS)
def test_options_are_allowed_up_to_their_limits(name, option, low, high):
    for value in (low, 0.0, high):
        assert dict(Activation(name, ((option, value),)).options) == {option: value}
    for value in (low - 1e-9, high + 1e-9, float("nan"), float("inf")):
        wanted = rf"^activation\.{option} = {value}: expected a number from {low:g} to {high:g}$"
        with pytest.raises(ConfigError, match=wanted):
            Activation(name, ((option, value),))


def test_a_unit_at_rest_is_saturated_where_it_passes_nothing_on():
    """At the kinks the slope is that of the flat side, as in torch; at ±1 hard tanh is flat."""
    slopes = {"relu": (0.0, 0.0), "leaky_relu": (0.0, 0.01), "hard_tanh": (1.0, 0.0)}
    for name, (at, slope) in slopes.items():
        activation, s = Activation(name).make(), torch.tensor(at)
        assert activation.slope(s, activation.f(s)).item() == pytest.approx(slope)


@pytest.mark.parametrize("name", ["elu", "leaky_relu"])
def test_far_above_zero_the_branch_below_does_not_disturb_gradients(name):
    """exp(s) overflows there: taken by `where`, its derivative would be nan."""
    s = torch.tensor([1e4], requires_grad=True)
    Activation(name).make().f(s).sum().backward()
    assert s.grad.item() == 1
