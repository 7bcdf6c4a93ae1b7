import math

import pytest
import torch

from repro.experiment import settings as config
from repro.network import initialization

SIZES = (1024, 1000, 700, 9)


@pytest.mark.parametrize("init", config.INITS)
def test_every_name_of_the_configuration_has_bounds(init):
    assert len(initialization.bounds(init, SIZES, scale=1.3)) == len(SIZES) - 1


def test_bounds_are_those_of_the_paper():
    assert initialization.standard(400, 7) == 1 / 20  # eq. 1
    assert initialization.normalized(100, 50) == pytest.approx(math.sqrt(6) / math.sqrt(150))  # eq. 16


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("standard", lambda n_in, n_out: 1 / (3 * n_in)),
        ("normalized", lambda n_in, n_out: 2 / (n_in + n_out)),
    ],
)
def test_variance_of_the_weights(init, variance):
    """Eq. 15 (n Var W = 1/3) and eq. 12; tolerance 5 standard errors of a uniform sample's variance."""
    for W in initialization.draw(init, SIZES, seed=3):
        n_out, n_in = W.shape
        expected = variance(n_in, n_out)
        error = expected * math.sqrt(0.8 / W.numel())  # Var[u²] / E[u²]² = 4/5 for a uniform u
        assert abs(W.double().var().item() - expected) < 5 * error
        assert abs(W.double().mean().item()) < 5 * math.sqrt(expected / W.numel())


@pytest.mark.parametrize("init", config.INITS)
def test_uniform_and_within_the_bound(init):
    W = initialization.draw(init, (500, 500), seed=0)[0]
    (bound,) = initialization.bounds(init, (500, 500), scale=1.0)
    assert W.abs().max().item() <= bound
    counts = torch.histc(W, 10, -bound, bound)
    assert ((counts - 25_000).abs() < 5 * math.sqrt(25_000)).all()


def test_hidden_scale_is_the_gain_of_the_hidden_layers_alone():
    """n Var[W] = c with n = fan_in between hidden layers; eq. 15's 1/3 in the first and the output layer."""
    drawn = initialization.draw("normalized_hidden", (1024, 1000, 700, 800, 9), seed=2, scale=1.3)
    gains = [W.shape[1] * W.double().var().item() for W in drawn]
    assert gains == pytest.approx([1 / 3, 1.3, 1.3, 1 / 3], rel=0.05)
    assert gains[1:3] == pytest.approx([1.3, 1.3], rel=0.01)


def test_a_network_of_one_layer_has_no_hidden_scale():
    drawn = (initialization.draw(init, (30, 20, 9), 0, 1.3) for init in ("standard", "normalized_hidden"))
    assert all(torch.equal(a, b) for a, b in zip(*drawn, strict=True))


@pytest.mark.parametrize("init", config.INITS[1:])
def test_inits_of_one_seed_are_scalings_of_one_draw(init):
    standard, normalized = (initialization.draw(name, SIZES, seed=1) for name in ("standard", init))
    for W, V in zip(standard, normalized, strict=True):
        ratio = V / W
        torch.testing.assert_close(ratio, torch.full_like(ratio, ratio.mean().item()), rtol=1e-4, atol=0)


def test_seed_decides():
    first, again, other = (initialization.draw("standard", (30, 20), seed)[0] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_drawing_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    initialization.draw("standard", (30, 20), 5)
    assert torch.equal(before, torch.random.get_rng_state())
