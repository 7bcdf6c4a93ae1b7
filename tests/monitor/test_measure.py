"""The whole measurement through its public call, each number against autograd or numpy."""

import numpy as np
import pytest
import torch

from repro import monitor
from repro.experiment.settings import Experiment
from repro.monitor import gradient_flow, hidden_units, singular_values
from repro.monitor.schedule import Event
from repro.network.stack import Stack

B, D, C, BATCH, SEEN = 12, 10, 9, 4, 2


@pytest.fixture(scope="module")
def measured():
    """A network whose layers differ in width and scale, so that none can be mistaken for another."""
    experiment = Experiment(depth=3, width=(7, 9, 5), init="normalized", activation="tanh", seed=2)
    stack = Stack.initialize([experiment], D, C, dtype=torch.float64)
    for i, (W, b) in enumerate(zip(stack.W, stack.b, strict=True)):
        W *= 1 + 0.3 * i
        b += torch.linspace(-0.5, 1, b.numel(), dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    y = torch.randint(C, (B,), generator=generator)
    rows, histograms = monitor.measure(stack.trace(x, y), BATCH, Event(SEEN, histograms=True))
    values = {(layer, quantity): value for layer, quantity, value in rows}
    assert len(values) == len(rows)
    return stack, x, y, values, histograms


def layers(stack, x):
    """z_0 ... z_3 and s_1 ... s_4, written out as torch.nn would."""
    z, s = [x], []
    for i, (W, b) in enumerate(zip(stack.W, stack.b, strict=True)):
        s.append(torch.nn.functional.linear(z[-1], W[0], b[0]))
        if i < 3:
            z.append(torch.tanh(s[-1]))
    return z, s


def test_activations_belong_to_their_layers(measured):
    stack, x, _, values, _ = measured
    for layer, z in enumerate(layers(stack, x)[0][1:], start=1):
        array = z.numpy().ravel()
        assert values[layer, "z_mean"] == pytest.approx(array.mean())
        assert values[layer, "z_std"] == pytest.approx(array.std())
        for p in hidden_units.PERCENTILES:
            assert values[layer, f"z_p{p}"] == pytest.approx(np.percentile(array, p), abs=1e-6)
        assert values[layer, "z_saturated"] == pytest.approx((1 - array**2 < 0.1).mean())
    assert (4, "z_mean") not in values


def test_gradients_belong_to_their_layers_and_mini_batches(measured):
    stack, x, y, values, _ = measured
    W = [w[0].clone().requires_grad_() for w in stack.W]
    b = [v[0].clone().requires_grad_() for v in stack.b]
    z, s = [x], []
    for i in range(4):
        s.append(torch.nn.functional.linear(z[-1], W[i], b[i]))
        z.append(torch.tanh(s[-1]))
    cost = torch.nn.functional.cross_entropy(s[-1], y, reduction="none")
    ds = torch.autograd.grad(cost.sum(), s, retain_graph=True)
    groups = [torch.autograd.grad(part.sum(), [*W, *b], retain_graph=True) for part in cost.split(BATCH)]
    for i in range(4):
        assert values[i + 1, "ds_std"] == pytest.approx(ds[i].numpy().std())
        dW, db = (np.stack([g[k].numpy() for g in groups]) for k in (i, 4 + i))
        assert values[i + 1, "dW_std"] == pytest.approx(dW.std())
        assert values[i + 1, "ds_batch_std"] == pytest.approx(db.std())  # ∂C/∂b is the sum of ∂C/∂s
        assert values[i + 1, "W_norm"] == pytest.approx(np.linalg.norm(W[i].detach()))
        assert values[i + 1, "b_norm"] == pytest.approx(np.linalg.norm(b[i].detach()))


def test_jacobians_belong_to_their_layers_and_examples(measured):
    stack, x, _, values, _ = measured
    z, _ = layers(stack, x)
    for i in range(3):

        def layer(row, i=i):
            return torch.tanh(torch.nn.functional.linear(row, stack.W[i][0], stack.b[i][0]))

        found = [torch.linalg.svdvals(torch.func.jacrev(layer)(z[i][k])).numpy() for k in range(SEEN)]
        assert values[i + 1, "jacobian_mean"] == pytest.approx(np.mean(found))
        assert values[i + 1, "jacobian_max"] == pytest.approx(np.max(found))
        assert values[i + 1, "jacobian_min"] == pytest.approx(np.min(found), abs=1e-6)
        for p in singular_values.PERCENTILES:
            each = [np.percentile(values_, p) for values_ in found]
            assert values[i + 1, f"jacobian_p{p}"] == pytest.approx(np.mean(each), abs=1e-6)


def test_histograms_belong_to_their_layers(measured):
    stack, x, _, values, histograms = measured
    z, _ = layers(stack, x)
    assert set(histograms) == {f"{name}/{i}" for name in ("z", "ds", "dW") for i in (1, 2, 3)}
    for i in (1, 2, 3):
        wanted, _ = np.histogram(z[i].numpy().astype(np.float32), 200, (-1, 1), density=True)
        np.testing.assert_allclose(histograms[f"z/{i}"][1], wanted, atol=100 / z[i].numel())
        for name, quantity in (("ds", "ds_batch_std"), ("dW", "dW_std")):
            centres, density = histograms[f"{name}/{i}"]
            width = centres[1] - centres[0]
            spread = np.sqrt((density * centres**2).sum() * width - ((density * centres).sum() * width) ** 2)
            assert density.sum() * width == pytest.approx(1)
            assert spread == pytest.approx(values[i, quantity], rel=0.05)
            assert len(centres) == gradient_flow.BINS


def test_what_leaves_the_monitor_knows_no_torch(measured):
    """Rows are written as text, and histograms are added to files of numpy's."""
    *_, values, histograms = measured
    assert {type(value) for value in values.values()} == {float}
    assert {type(array) for array in histograms.values()} == {np.ndarray}


def test_an_event_decides_what_is_measured(measured):
    stack, x, y, values, _ = measured
    cheap, nothing = monitor.measure(stack.trace(x, y), BATCH, Event())
    assert nothing == {}
    assert {quantity for _, quantity, _ in cheap} == {q for _, q in values if not q.startswith("jacobian")}
    one, _ = monitor.measure(stack.trace(x, y), BATCH, Event(1))
    first = dict(((layer, quantity), value) for layer, quantity, value in one)
    assert first[2, "jacobian_mean"] != values[2, "jacobian_mean"]  # one example, not two
    assert first[2, "z_std"] == values[2, "z_std"]


def test_the_mini_batch_counts(measured):
    stack, x, y, values, _ = measured
    rows, _ = monitor.measure(stack.trace(x, y), 1, Event())
    single = {(layer, quantity): value for layer, quantity, value in rows}
    assert single[1, "dW_std"] != pytest.approx(values[1, "dW_std"])
    assert single[1, "ds_batch_std"] == pytest.approx(single[1, "ds_std"])


def test_overflown_weights_are_measured_as_nan():
    stack = Stack.initialize([Experiment(depth=2, width=6)], D, C)
    stack.W[0].fill_(torch.inf)
    x, y = torch.rand(B, D), torch.zeros(B, dtype=torch.int64)
    rows, _ = monitor.measure(stack.trace(x, y), BATCH, Event(1, histograms=True))
    values = {(layer, quantity): value for layer, quantity, value in rows}
    assert np.isnan(values[1, "jacobian_mean"])
    stack.W[1].fill_(torch.nan)
    rows, _ = monitor.measure(stack.trace(x, y), BATCH, Event(0, histograms=True))
    for layer, quantity, value in rows:
        if quantity.endswith("_std") and (layer, quantity) != (1, "z_std"):
            assert np.isnan(value), (layer, quantity)


QUANTITIES = {
    *("z_mean", "z_std", "z_p1", "z_p2", "z_p50", "z_p98", "z_p99", "z_saturated"),
    *("ds_std", "ds_batch_std", "dW_std", "W_norm", "b_norm"),
    *("jacobian_mean", "jacobian_min", "jacobian_max"),
    *("jacobian_p5", "jacobian_p25", "jacobian_p50", "jacobian_p75", "jacobian_p95"),
}


def test_what_is_measured_is_frozen(measured):
    """If this fails on purpose, raise `identity.MONITOR`: old runs must not pass for new ones."""
    assert {quantity for _, quantity in measured[3]} == QUANTITIES
