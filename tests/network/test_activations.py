import pytest
import torch

from repro.experiment import settings as config
from repro.network.activations import ACTIVATIONS

S = torch.arange(-1000, 1001, dtype=torch.float64) / 125  # -8 to 8, with 0


def test_every_name_of_the_configuration_has_a_function():
    assert tuple(ACTIVATIONS) == config.ACTIVATIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name):
    activation = ACTIVATIONS[name]
    s = S.clone().requires_grad_()
    z = activation.f(s)
    (by_autograd,) = torch.autograd.grad(z.sum(), s)
    torch.testing.assert_close(activation.slope(S, z.detach()), by_autograd, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_largest_slope_is_at_zero(name):
    activation = ACTIVATIONS[name]
    slopes = activation.slope(S, activation.f(S))
    assert slopes.max().item() == activation.max_slope == slopes[1000].item()


def test_softsign_approaches_its_asymptote_slower_than_tanh():
    """Section 2.2: like 1/s instead of exponentially."""
    s = torch.tensor(10.0, dtype=torch.float64)
    assert 1 - ACTIVATIONS["softsign"].f(s).item() == pytest.approx(1 / 11)
    assert 1 - ACTIVATIONS["tanh"].f(s).item() < 1e-8
