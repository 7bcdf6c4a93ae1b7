import math
import re

import pytest
import torch

from repro.experiment import components
from repro.experiment.components import Init
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.network.start import Weights, start

D, C = 1024, 9
WIDTHS = (1000, 700)
SIZES = (D, *WIDTHS, C)
UNIFORM = ("standard", "normalized", "normalized_hidden", "normalized_below_top", "variance_scaling")


def weights(init, seed=0, widths=WIDTHS, **options):
    chosen = Init(init, tuple(sorted(options.items())))
    return start(Experiment(init=chosen, depth=len(widths), width=widths, seed=seed), D, C).W


def scaling(mode, scale, distribution):
    return weights("variance_scaling", 3, mode=mode, scale=scale, distribution=distribution)


VARIANCES = {  # by layer, from fan_in n and fan_out m
    "standard": lambda i, n, m: 1 / (3 * n),  # eq. 15
    "normalized": lambda i, n, m: 2 / (n + m),  # eq. 12
    "normalized_hidden": lambda i, n, m: 1.3 / n if i == 2 else 1 / (3 * n),
    "normalized_below_top": lambda i, n, m: 2 / (n + m) if i <= 2 else 1 / (3 * n),
    "variance_scaling": lambda i, n, m: 1 / n,
}


@pytest.mark.parametrize("init", VARIANCES)
def test_variance_of_the_weights(init):
    """Tolerance: 5 standard errors of a uniform sample's variance."""
    for layer, W in enumerate(weights(init, seed=3), start=1):
        n_out, n_in = W.shape
        expected = VARIANCES[init](layer, n_in, n_out)
        error = expected * math.sqrt(0.8 / W.numel())  # Var[u²] / E[u²]² = 4/5 for a uniform u
        assert abs(W.double().var().item() - expected) < 5 * error
        assert abs(W.double().mean().item()) < 5 * math.sqrt(expected / W.numel())


@pytest.mark.parametrize("init", UNIFORM)
def test_uniform_and_within_the_bound(init):
    W = weights(init)[1]
    bound = Init(init).make().bound(2, SIZES)
    assert W.abs().max().item() <= bound
    counts = torch.histc(W, 10, -bound, bound)
    expected = W.numel() / 10
    assert ((counts - expected).abs() < 5 * math.sqrt(expected)).all()


def test_bounds_are_those_of_the_paper():
    assert Init("standard").make().bound(1, (400, 7)) == 1 / 20  # eq. 1
    assert Init("normalized").make().bound(1, (100, 50)) == pytest.approx(math.sqrt(6 / 150))  # eq. 16
    assert Init("standard").make().bound(2, (7, 100, 5)) == 1 / 10


def test_a_network_of_one_hidden_layer_has_no_hidden_scale():
    pairs = zip(weights("standard", widths=(20,)), weights("normalized_hidden", widths=(20,)), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("init", UNIFORM[1:])
def test_starts_of_one_seed_are_scalings_of_one_draw(init):
    for W, V in zip(weights("standard", 1), weights(init, 1), strict=True):
        ratio = V / W
        torch.testing.assert_close(ratio, torch.full_like(ratio, ratio.mean().item()), rtol=1e-4, atol=0)


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize(
    ("mode", "n"),
    [
        ("fan_in", lambda n, m: n),
        ("fan_out", lambda n, m: m),
        ("fan_avg", lambda n, m: (n + m) / 2),
    ],
)
def test_variance_scaling(distribution, mode, n):
    for W in scaling(mode, 2.0, distribution):
        fan_out, fan_in = W.shape
        wanted = 2 / n(fan_in, fan_out)
        assert W.double().var().item() == pytest.approx(wanted, rel=6 * math.sqrt(2 / W.numel()))


def test_the_shapes_of_the_distributions():
    """Largest weight in standard deviations, and kurtosis: 9/5 for a uniform distribution, 3 for a normal."""
    found = {}
    for distribution in ("uniform", "normal", "truncated_normal"):
        W = scaling("fan_in", 1.0, distribution)[0].double()
        u = W / W.std()
        found[distribution] = u.abs().max().item(), u.pow(4).mean().item()
    assert found["uniform"] == pytest.approx((math.sqrt(3), 1.8), rel=0.01)
    assert found["normal"][1] == pytest.approx(3, rel=0.02) and found["normal"][0] > 4
    assert found["truncated_normal"][0] == pytest.approx(2 / 0.8796, rel=0.01)


@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_orthogonal_weights_have_one_singular_value(gain):
    for W in weights("orthogonal", widths=(60, 40), gain=gain):
        values = torch.linalg.svdvals(W.double())
        torch.testing.assert_close(values, torch.full_like(values, gain), rtol=1e-5, atol=0)


class Some:
    """A stream of random mini-batches."""

    def batches(self, update, count):
        generator = torch.Generator().manual_seed(update)
        return torch.rand(count, 10, D, generator=generator) * 3, torch.zeros(count, 10)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_lsuv_makes_every_layers_variance_one(activation):
    experiment = Experiment(activation=activation, init="lsuv", depth=3, width=(50, 80, 60))
    found, before = start(experiment, D, C, Some()), start(experiment, D, C)
    z, f = Some().batches(0, 100)[0].flatten(0, 1), experiment.activation.make().f
    for W, V, b in zip(found.W, before.W, found.b, strict=True):
        s = z @ W.T + b
        assert s.std().item() == pytest.approx(1, abs=0.05)
        torch.testing.assert_close(W / V, (W / V).mean().expand_as(W), rtol=1e-4, atol=0)  # only scaled
        z = f(s)


class Given:
    """A stream of given examples, in mini-batches of 10."""

    def __init__(self, x):
        self.x, self.asked = x, []

    def batches(self, update, count):
        self.asked.append((update, count))
        return self.x[10 * update :][: 10 * count].unflatten(0, (-1, 10)), torch.zeros(count, 10)


def fitted(scale, x, b=0.0, **options):
    """W_1 after LSUV of a layer that starts with s of that standard deviation, [3, 4], and its stream."""
    experiment = Experiment(init=Init("lsuv", tuple(sorted(options.items()))), depth=1, width=3)
    W = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    W *= scale / (x[: options.get("examples", 1000)] @ W.T).std()
    found = Weights([W.clone(), torch.ones(2, 3)], [torch.tensor([-b, 0.0, b]), torch.zeros(2)])
    source = Given(x)
    experiment.init.make().fit(found, experiment, source)
    return found.W[0] / W, source


def inputs(n):
    return torch.randn(n, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("std", "factor"), [(0.96, 1), (1.04, 1), (0.94, 1 / 0.94), (1.06, 1 / 1.06), (3, 1 / 3)]
)
def test_lsuv_leaves_alone_what_is_within_the_tolerance(std, factor):
    ratio, _ = fitted(std, inputs(40), examples=40)
    torch.testing.assert_close(ratio, torch.full((3, 4), float(factor)))


def test_lsuv_sees_the_first_examples_of_training_and_no_other():
    x = inputs(40)
    x[25:] *= 100
    ratio, source = fitted(2.0, x, examples=25, tolerance=1e-4)
    assert source.asked == [(0, 3)]  # whole mini-batches
    torch.testing.assert_close(ratio, torch.full((3, 4), 0.5))


def test_lsuv_counts_biases_in():
    """The divisor is the spread of s = Wz + b over units and examples, once in each iteration."""
    x, b = inputs(40), 1.0
    start_std = 2.0
    ratio, _ = fitted(start_std, x, b, examples=40, iterations=1, tolerance=1e-6)
    W = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    W *= start_std / (x @ W.T).std()
    s = x @ W.T + torch.tensor([-b, 0.0, b])
    torch.testing.assert_close(ratio, torch.full((3, 4), 1 / s.std().item()))


def test_lsuv_scales_a_layer_on_what_the_layers_below_send_it():
    """Through their biases, too."""
    experiment = Experiment(init="lsuv", depth=1, width=3)
    generator = torch.Generator().manual_seed(2)
    W = [torch.randn(3, 4, generator=generator), torch.randn(2, 3, generator=generator)]
    b = [torch.tensor([2.0, -1.0, 1.0]), torch.zeros(2)]
    x = torch.randn(1000, 4, generator=generator)
    found = Weights([w.clone() for w in W], b)
    experiment.init.make().fit(found, experiment, Given(x))
    top = torch.tanh(x @ found.W[0].T + b[0]) @ found.W[1].T
    assert top.std().item() == pytest.approx(1, abs=1e-4)


def test_lsuv_gives_up_on_a_layer_without_any_spread():
    experiment = Experiment(init="lsuv", depth=1, width=3)
    found = Weights([torch.ones(3, 4), torch.ones(2, 3)], [torch.zeros(3), torch.zeros(2)])
    experiment.init.make().fit(found, experiment, Given(torch.zeros(1000, 4)))
    assert all(torch.equal(W, torch.ones_like(W)) for W in found.W)


def test_biases_start_at_zero():
    assert all((b == 0).all() for b in start(Experiment(depth=2, width=WIDTHS), D, C).b)


@pytest.mark.parametrize("init", components.names("init"))
def test_seed_decides_and_the_global_random_state_is_left_alone(init):
    before = torch.random.get_rng_state()
    first, again, other = (weights(init, seed, (30, 20))[0] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())
    assert first.dtype == torch.float32 and first.shape == (30, D)


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
def test_every_distribution_is_drawn_from_the_seed_alone(distribution):
    first, again, other = (
        weights("variance_scaling", seed, (30, 20), distribution=distribution) for seed in (0, 0, 1)
    )
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_scaled_uniformly_is_the_draw_of_the_standard_start():
    """Scale 1/3 of fan_in is eq. 1."""
    for W, V in zip(scaling("fan_in", 1 / 3, "uniform"), weights("standard", 3), strict=True):
        torch.testing.assert_close(W, V)


def test_orthogonal_weights_are_orthonormal_unless_said_otherwise():
    W = weights("orthogonal", widths=(60, 40))[1]
    torch.testing.assert_close(W @ W.T, torch.eye(40), rtol=0, atol=1e-5)


SCALE, WHOLE = "a finite number above 0, at most 1e6", "a whole number, at least "
LIMITS = {  # smallest and largest that is allowed, what isn't, and what the message says
    ("normalized_hidden", "scale"): ((1e-6, 1e6), (0.0, 1.1e6, math.inf, math.nan), SCALE),
    ("variance_scaling", "scale"): ((1e-6, 1e6), (0.0, 1.1e6, math.inf, math.nan), SCALE),
    ("orthogonal", "gain"): ((1e-6, 1e6), (0.0, -1.0, 1.1e6, math.inf), SCALE),
    ("lsuv", "gain"): ((1e-6, 1e6), (0.0, -1.0, 1.1e6, math.inf), SCALE),
    ("lsuv", "examples"): ((2,), (1,), WHOLE + "2"),
    ("lsuv", "tolerance"): ((1e-6, 0.999), (0.0, 1.0), "a number between 0 and 1"),
    ("lsuv", "iterations"): ((1,), (0,), WHOLE + "1"),
    ("variance_scaling", "mode"): (("fan_out",), ("fan",), "one of fan_avg, fan_in, fan_out"),
    ("variance_scaling", "distribution"): (("normal",), ("cauchy",), "one of normal, truncated_normal"),
}


@pytest.mark.parametrize(("init", "option"), LIMITS)
def test_options_are_allowed_up_to_their_limits(init, option):
    allowed, refused, words = LIMITS[init, option]
    for value in allowed:
        assert dict(Init(init, ((option, value),)).options)[option] == value
    for value in refused:
        with pytest.raises(
            ConfigError, match=rf"^init\.{option} = {re.escape(str(value))}: expected {words}"
        ):
            Init(init, ((option, value),))


def test_biases_are_drawn_after_all_weights() -> None:
    """Networks with and without them have the same weights; their standard deviation is the setting."""
    plain, biased = (start(Experiment(seed=5, bias_std=std), 20, 9) for std in (0.0, 0.5))
    assert all(torch.equal(a, b) for a, b in zip(plain.W, biased.W, strict=True))
    assert not any(b.any() for b in plain.b)
    assert torch.cat(biased.b).std().item() == pytest.approx(0.5, rel=0.05)
    assert abs(torch.cat(biased.b).mean().item()) < 0.03
