"""The written-out update against autograd, and against the definition of the derivative."""

import pytest
import torch

from repro.experiment.settings import Experiment, Optimizer
from repro.network.stack import Stack, evaluate
from repro.training.autograd import Autograd, StackMember
from repro.training.fused import FusedSGD

D, C, B = 20, 9, 10
WIDTHS = (16, 11, 14)


def stack_of(activations, dtype, cost="nll"):
    experiments = [
        Experiment(
            activation=a, init=("standard", "normalized")[r % 2], depth=3, width=WIDTHS, seed=r, cost=cost
        )
        for r, a in enumerate(activations)
    ]
    return Stack.initialize(experiments, D, C, dtype=dtype)


def examples(n, dtype):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(n, B, D, generator=generator, dtype=torch.float64)
    return x.to(dtype), torch.randint(C, (n, B), generator=generator)


@pytest.mark.parametrize(
    "activations", [("sigmoid",), ("tanh",), ("softsign",), ("tanh", "softsign", "softsign", "sigmoid")]
)
@pytest.mark.parametrize("cost", ["nll", "quadratic"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_fifty_updates_equal_those_of_autograd(activations, cost, dtype, tolerance):
    fused, reference = (stack_of(activations, dtype, cost) for _ in range(2))
    layers, networks = len(fused.W), len(fused)
    lr = torch.linspace(0.1, 0.5, layers * networks, dtype=dtype).view(layers, networks)
    x, y = examples(50, dtype)
    outputs = FusedSGD(fused, lr).updates(0, x, y)
    members = [StackMember(reference.member(r)) for r in range(networks)]
    expected = Autograd(members, lr, Optimizer()).updates(0, x, y)
    assert outputs.shape == (len(fused), 50, B, C)
    for one, other in zip([outputs, *fused.W, *fused.b], [expected, *reference.W, *reference.b], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)
    start = stack_of(activations, dtype, cost)
    assert not any(torch.equal(w, v) for w, v in zip(fused.W, start.W, strict=True))


def rates(value, dtype):
    """The same for each layer of one network."""
    return torch.full((len(WIDTHS) + 1, 1), value, dtype=dtype)


@pytest.mark.parametrize("cost", ["nll", "quadratic"])
def test_one_update_is_minus_the_rate_times_the_derivative(cost):
    """Central differences of the mean cost by weights and biases: independent of back-propagation."""
    stack, fresh = (stack_of(["tanh"], torch.float64, cost) for _ in range(2))
    x, y = examples(1, torch.float64)
    FusedSGD(stack, rates(0.3, torch.float64)).updates(0, x, y)
    chosen, step = torch.Generator().manual_seed(1), 1e-6
    for p, new in zip(fresh.W + fresh.b, stack.W + stack.b, strict=True):
        for index in torch.randint(p.numel(), (15,), generator=chosen).tolist():
            flat = p.view(-1)
            old = flat[index].item()
            costs = []
            for value in (old + step, old - step, old):
                flat[index] = value
                costs.append(evaluate(fresh, x[0], y[0])[0].item() / B)
            change = new.view(-1)[index].item() - old
            assert change == pytest.approx(-0.3 * (costs[0] - costs[1]) / (2 * step), abs=1e-8)


def test_outputs_are_those_before_the_update():
    stack = stack_of(["softsign"], torch.float64)
    x, y = examples(1, torch.float64)
    expected = stack.forward(x[0])[1][-1]
    outputs = FusedSGD(stack, rates(0.1, torch.float64)).updates(0, x, y)
    torch.testing.assert_close(outputs[:, 0], expected)


def test_a_rate_of_zero_changes_nothing():
    stack = stack_of(["tanh"], torch.float32)
    before = [p.clone() for p in stack.W + stack.b]
    FusedSGD(stack, rates(0.0, torch.float32)).updates(0, *examples(3, torch.float32))
    assert all(torch.equal(p, q) for p, q in zip(stack.W + stack.b, before, strict=True))
