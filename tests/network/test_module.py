"""Networks by autograd: on plain ones they are the stack's, beyond these each part is what it says."""

import pytest
import torch
from torch.nn import functional

from repro import monitor
from repro.experiment.settings import Experiment
from repro.monitor.schedule import Event
from repro.network.module import Network
from repro.network.stack import Stack
from repro.network.start import start

B, D, C = 20, 12, 9
FULL = Event(jacobian_examples=3, histograms=True)


def experiment(**changes):
    return Experiment(**{"depth": 3, "width": (8, 8, 7), "init": "normalized", "seed": 4, **changes})


def network(e):
    weights = start(e, D, C)
    for r, b in enumerate(weights.b):  # zero biases would hide errors in them
        b += torch.linspace(-1, 1, len(b)) / (r + 2)
    return Network(e, weights).double(), Stack.of([e], [weights], dtype=torch.float64)


@pytest.fixture
def examples():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    return x, torch.randint(C, (B,), generator=generator)


@pytest.mark.parametrize("cost", ["nll", "quadratic"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign", "relu", "gelu", "softplus"])
def test_on_a_plain_network_it_measures_what_the_stack_does(activation, cost, examples):
    """Rows, histograms and Jacobians to 1e-10: two independent computations of the same quantities."""
    module, stack = network(experiment(activation=activation, cost=cost))
    mine, theirs = module.trace(*examples, batch=5), stack.trace(*examples)
    for one, other in (("z", "z"), ("s", "s"), ("ds", "ds"), ("da", "ds"), ("slope", "slope")):
        for a, b in zip(getattr(mine, one), getattr(theirs, other), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-12)
    (rows, histograms), (rows_, histograms_) = (monitor.measure(t, 5, FULL) for t in (mine, theirs))
    assert [row[:2] for row in rows] == [row[:2] for row in rows_]
    # a singular value of 0 is known to the square root of the precision of its square
    assert [row[2] for row in rows] == pytest.approx([row[2] for row in rows_], rel=1e-10, abs=1e-7)
    for (_, quantity, value), (*_, other) in zip(rows, rows_, strict=True):
        assert value == pytest.approx(other, abs=1e-7 if quantity.endswith(("_min", "_p5")) else 1e-10)
    assert histograms.keys() == histograms_.keys()
    for key, (centres, density) in histograms.items():
        torch.testing.assert_close(torch.tensor(centres), torch.tensor(histograms_[key][0]))
        moved = abs(density - histograms_[key][1]).sum() / density.sum()
        assert moved < 0.05, key  # a value on the edge of two bins may fall to either side


def test_a_network_has_weights_of_its_own():
    e = experiment(normalization="batch")
    weights = start(e, D, C)
    module = Network(e, weights)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(7)
    assert not any((part == 7).any() for part in [*weights.W, *weights.b])


def test_parameters_by_layer():
    """Each once, a normalization's with those of its layer: what `lr_factors` is about."""
    module, _ = network(experiment(normalization="batch"))
    groups = [[tuple(p.shape) for p in layer] for layer in module.layers()]
    assert groups == [
        [(8, D), (8,), (8,), (8,)],
        [(8, 8), (8,), (8,), (8,)],
        [(7, 8), (7,), (7,), (7,)],
        [(C, 7), (C,)],
    ]
    found = [id(p) for layer in module.layers() for p in layer]
    assert len(found) == len(set(found)) and set(found) == {id(p) for p in module.parameters()}
    assert module.layers()[1][0] is module.W[1] and module.layers()[3][1] is module.b[3]


def test_normalizations_remember_in_training_and_use_it_in_evaluation(examples):
    module, _ = network(experiment(normalization="batch"))
    part = module.normalize[0]
    before = part.running_mean.clone()
    module.outputs(examples[0])
    assert torch.equal(part.running_mean, before)
    trained = module.train_outputs(examples[0], 0)
    assert not torch.equal(part.running_mean, before)
    evaluated = module.outputs(examples[0])
    assert not torch.allclose(trained, evaluated)
    torch.testing.assert_close(module.outputs(examples[0][:3]), evaluated[:, :3])  # of whom it is one of
    module.eval()
    torch.testing.assert_close(module.train_outputs(examples[0], 1), trained)  # statistics of the mini-batch


def test_a_state_is_a_copy_with_what_normalizations_remember(examples):
    module, _ = network(experiment(normalization="batch"))
    module.train_outputs(examples[0], 0)
    state, outputs = module.state(), module.outputs(examples[0])
    module.train_outputs(examples[0] * 2, 1)
    with torch.no_grad():
        module.W[0].zero_()
    other, _ = network(experiment(normalization="batch", seed=9))
    other.load(state)
    assert torch.equal(other.outputs(examples[0]), outputs)


def test_a_trace_is_of_training_whatever_was_done_before(examples):
    module, _ = network(experiment(normalization="batch"))
    one = module.train().trace(*examples, batch=10)
    other = module.eval().trace(*examples, batch=10)
    torch.testing.assert_close(one.s, other.s)
    assert not module.training  # and stays what it was
    assert not any(t.requires_grad for part in (one.z, one.s, one.ds, one.da, one.W, one.b) for t in part)


def test_jacobians_beyond_the_first_mini_batch_are_of_their_own(examples):
    module, _ = network(experiment(normalization="batch"))
    whole, own = module.trace(*examples, batch=5), module.trace(*(part[5:] for part in examples), batch=5)
    torch.testing.assert_close(whole.jacobian(2, 7)[5:], own.jacobian(2, 2))
    assert (
        module.float().trace(examples[0].float(), examples[1], batch=5).jacobian(1, 2).dtype == torch.float64
    )


def test_plain_outputs_are_the_stacks(examples):
    module, stack = network(experiment())
    torch.testing.assert_close(module.outputs(examples[0]), stack.outputs(examples[0]))
    torch.testing.assert_close(module.train_outputs(examples[0], 3), stack.outputs(examples[0]))


def test_normalized_units_have_mean_0_and_variance_1_over_the_mini_batch(examples):
    module, _ = network(experiment(normalization="batch"))
    trace = module.trace(*examples, batch=10)
    for s in trace.s[:-1]:
        for group in s.split(10):
            torch.testing.assert_close(group.mean(0), torch.zeros_like(group[0]), rtol=0, atol=1e-7)
            assert (group.var(0, correction=0) - 1).abs().max() < 0.1  # eps


def test_traced_gradients_are_those_of_training(examples):
    """Σ over the mini-batch of ∂C/∂a z^T is the gradient that training follows, statistics included."""
    module, _ = network(experiment(normalization="batch", residual=True))
    trace = module.trace(*examples, batch=B)
    s = module.train_outputs(examples[0], 0)[0]
    functional.cross_entropy(s, examples[1], reduction="sum").backward()
    for i, W in enumerate(module.W):
        torch.testing.assert_close(trace.da[i].T @ trace.z[i], W.grad, rtol=1e-8, atol=1e-10)
        torch.testing.assert_close(trace.da[i].sum(0), module.b[i].grad, rtol=1e-8, atol=1e-10)
    shift = module.normalize[0].bias.grad  # ∂C/∂β is the sum of ∂C/∂s
    torch.testing.assert_close(trace.ds[0].sum(0), shift, rtol=1e-8, atol=1e-10)


def test_tracing_changes_nothing(examples):
    module, _ = network(experiment(normalization="batch"))
    module.train_outputs(examples[0], 0)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    monitor.measure(module.trace(*examples, batch=5), 5, FULL)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_the_jacobian_of_a_normalized_layer_by_finite_differences(examples):
    module, _ = network(experiment(normalization="batch", residual=True))
    trace, step = module.trace(*examples, batch=B), 1e-6
    for example, k in ((0, 0), (0, 5), (3, 5)):
        J = trace.jacobian(2, 4)[example]
        ends = []
        for sign in (1, -1):
            z = trace.z[1].clone()
            z[example, k] += sign * step
            ends.append(module.train().hidden(2, module.linear(2, z), z)[1][example])
        difference = (ends[0] - ends[1]) / (2 * step)
        torch.testing.assert_close(J[:, k], difference.detach(), rtol=1e-5, atol=1e-7)


def test_residual_layers_add_their_input_where_it_fits(examples):
    module, stack = network(experiment(residual=True))
    trace = module.trace(*examples, batch=B)
    f = module.activation.f
    torch.testing.assert_close(trace.z[1], f(trace.s[0]))  # 12 inputs, 8 units
    torch.testing.assert_close(trace.z[2], f(trace.s[1]) + trace.z[1])
    torch.testing.assert_close(trace.z[3], f(trace.s[2]))  # 8 to 7 units
    assert not torch.allclose(module.outputs(examples[0]), stack.outputs(examples[0]))


def test_the_draws_of_dropout_are_frozen():
    """If this fails, networks with dropout are others than before: raise `identity.PROTOCOL`."""
    module, _ = network(experiment(dropout=0.5))
    kept = [(module._kept(torch.ones(12), 7, layer) > 0).int().tolist() for layer in (1, 2)]
    assert kept == [[1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0], [1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0]]


def test_dropout_is_a_function_of_seed_and_update(examples):
    x = examples[0].repeat(50, 1)
    module, plain = network(experiment(dropout=0.25))
    first, again, later = (module.train_outputs(x, update) for update in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, later)
    other, _ = network(experiment(dropout=0.25, seed=5))
    assert not torch.equal(other._kept(x, 3, 1), module._kept(x, 3, 1))
    assert not torch.equal(module._kept(x, 3, 2), module._kept(x, 3, 1))
    kept = module._kept(torch.ones(1000, 50), 0, 1)
    assert kept.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (kept == 0).double().mean().item() == pytest.approx(0.25, abs=0.01)
    z = torch.rand(1000, 8, dtype=torch.float64)  # of layer 2, which is to be kept as it is or dropped
    ratio = module.hidden(2, module.linear(2, z), z, 3)[1] / module.hidden(2, module.linear(2, z), z)[1]
    torch.testing.assert_close(ratio, module._kept(ratio, 3, 2))
    assert module._kept(torch.ones(2, 2), 0, 1).dtype == torch.float32
    torch.testing.assert_close(module.outputs(x), plain.outputs(x))  # nothing is dropped in evaluation
    torch.testing.assert_close(module.trace(*examples, batch=5).s[-1], plain.outputs(examples[0])[0])
