"""Constant and varying parts of s against numpy, and outputs beside the frequencies of the classes."""

import numpy as np
import pytest
import torch

from repro import monitor
from repro.data.shapeset.facts import CLASS_PRIOR
from repro.data.source import load
from repro.experiment.settings import Dataset, Experiment
from repro.monitor import constant_part
from repro.monitor.schedule import Event
from repro.network.module import Network
from repro.network.stack import Stack
from repro.network.start import start

B, D, C = 12, 10, 3
PRIOR = np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def measured():
    experiment = Experiment(depth=2, width=(7, 8), activation="sigmoid", seed=2, bias_std=0.3)
    stack = Stack.initialize([experiment], D, C, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    trace = stack.trace(x, torch.randint(C, (B,), generator=generator))
    rows, _ = monitor.measure(trace, 4, Event(mechanisms=True), torch.from_numpy(PRIOR))
    values = {(layer, quantity): value for layer, quantity, value in rows}
    assert len(values) == len(rows)
    weights = [(W[0].numpy(), b[0].numpy()) for W, b in zip(stack.W, stack.b, strict=True)]
    return weights, x.numpy(), values


def inputs(weights, x):
    """z_0, z_1, z_2 and s_3, written out."""
    z = [x]
    for W, b in weights:
        s = z[-1] @ W.T + b
        z.append(1 / (1 + np.exp(-s)))
    return z[:-1], s


def rms(values):
    return np.sqrt(np.mean(values**2))


def test_parts_are_those_of_s(measured):
    weights, x, values = measured
    for layer, ((W, b), z) in enumerate(zip(weights, inputs(weights, x)[0], strict=True), start=1):
        s = z @ W.T + b
        assert values[layer, "s_constant"] == pytest.approx(rms(s.mean(0)))
        assert values[layer, "s_of_mean"] == pytest.approx(rms(s.mean(0) - b))
        assert values[layer, "s_varying"] == pytest.approx(rms(s - s.mean(0)))
        assert values[layer, "input_square"] == pytest.approx((z.mean(0) ** 2).sum())
        squares = [values[layer, f"s_{part}"] ** 2 for part in ("constant", "varying")]
        assert sum(squares) == pytest.approx(rms(s) ** 2)


def test_outputs_beside_the_frequencies_of_the_classes(measured):
    weights, x, values = measured
    z, s = inputs(weights, x)
    P = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    constant = np.exp(s.mean(0)) / np.exp(s.mean(0)).sum()
    assert values[3, "prior_kl"] == pytest.approx((PRIOR * np.log(PRIOR / P.mean(0))).sum())
    assert values[3, "prior_kl_constant"] == pytest.approx((PRIOR * np.log(PRIOR / constant)).sum())
    goal = np.log(PRIOR) - np.log(PRIOR).mean()
    W, b = weights[-1]
    assert values[3, "prior_of_bias"] == pytest.approx(b @ goal / (goal @ goal))
    assert values[3, "prior_of_mean"] == pytest.approx(W @ z[-1].mean(0) @ goal / (goal @ goal))
    assert (2, "prior_kl") not in values


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_shares_add_up_where_the_constant_part_is_the_prior(share: float):
    goal = torch.from_numpy(np.log(PRIOR))
    b, of_mean = share * goal + 5, (1 - share) * goal - 2  # what softmax doesn't see
    found = constant_part.beside(torch.from_numpy(PRIOR), (b + of_mean).expand(B, C), b, of_mean)
    assert found["prior_kl"] == pytest.approx(0, abs=1e-12) == found["prior_kl_constant"]
    assert found["prior_of_bias"] == pytest.approx(share)
    assert found["prior_of_mean"] == pytest.approx(1 - share)


def test_equally_frequent_classes_have_no_direction():
    nothing = torch.zeros(C, dtype=torch.float64)
    found = constant_part.beside(torch.full((C,), 1 / C), torch.zeros(B, C), nothing, nothing)
    assert found["prior_kl"] == pytest.approx(0, abs=1e-6)  # the frequencies came in float32
    assert np.isnan(found["prior_of_bias"]) and np.isnan(found["prior_of_mean"])


def test_small_deviations_survive_a_large_mean():
    """In float32, 1e-6 beside 1: the product of the whole would keep a digit or two of it."""
    generator = torch.Generator().manual_seed(0)
    z = 1 + 1e-6 * torch.randn(50, 400, generator=generator)
    W = torch.randn(5, 400, generator=generator)
    expected = z.double() @ W.double().T
    expected -= expected.mean(0)
    varying = constant_part.parts(z, W)[1]
    torch.testing.assert_close(varying.double(), expected, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_with_normalization_it_is_what_enters_that(normalization: str):
    experiment = Experiment(depth=2, width=8, activation="sigmoid", normalization=normalization, batch_size=4)
    weights = start(experiment, D, C)
    x = torch.rand(B, D, generator=torch.Generator().manual_seed(1))
    y = torch.zeros(B, dtype=torch.int64)
    trace = Network(experiment, weights).trace(x, y, 4)
    rows = {(layer, name): value for layer, name, value in constant_part.measure(trace)}
    a = (trace.z[1] @ trace.W[1].T + trace.b[1]).double()
    assert rows[2, "s_varying"] == pytest.approx(rms((a - a.mean(0)).numpy()), rel=1e-4)
    assert not any(name.startswith("prior") for _, name in rows)


def test_prior_of_shapeset_is_the_exact_one_but_for_chance():
    experiment = Experiment(n_valid=2000, n_test=2000)
    prior, exact = load(experiment).prior.numpy(), np.array([float(share) for share in CLASS_PRIOR])
    assert prior.sum() == pytest.approx(1) and len(prior) == 9
    assert (exact * np.log(exact / prior)).sum() < 3 * 8 / (2 * 4000)


def test_a_class_that_is_not_there_has_a_frequency_above_0():
    experiment = Experiment(dataset=Dataset("shapeset_one_object"), n_valid=20, n_test=20)
    prior = load(experiment).prior
    assert prior.tolist()[3:] == [1 / 49] * 6
