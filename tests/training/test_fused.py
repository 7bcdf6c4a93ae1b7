"""The written-out update against autograd, and against the definition of the derivative."""

import pytest
import torch
from torch.nn import functional

from repro.config import Experiment
from repro.network.mlp import Stack
from repro.training.fused import FusedSGD

D, C, B = 20, 9, 10
WIDTHS = (16, 11, 14)


def stack_of(activations, dtype):
    experiments = [
        Experiment(activation=a, init=("standard", "normalized")[r % 2], depth=3, width=WIDTHS, seed=r)
        for r, a in enumerate(activations)
    ]
    return Stack.initialize(experiments, D, C, dtype=dtype)


def examples(n, dtype):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(n, B, D, generator=generator, dtype=torch.float64)
    return x.to(dtype), torch.randint(C, (n, B), generator=generator)


def by_autograd(stack, lr, x, y):
    """The same training by autograd and torch.optim.SGD, network by network; final parameters."""
    final = []
    for r in range(len(stack)):
        network = stack.member(r)
        parameters = [p.clone().requires_grad_() for p in network.W + network.b]
        half = len(parameters) // 2
        copy = Stack(parameters[:half], parameters[half:], network.activations)
        optimizer = torch.optim.SGD(parameters, lr=lr[r].item())
        for x_u, y_u in zip(x, y, strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(copy.forward(x_u)[1][-1][0], y_u).backward()
            optimizer.step()
        final.append([p.detach() for p in parameters])
    return final


@pytest.mark.parametrize(
    "activations", [("sigmoid",), ("tanh",), ("softsign",), ("tanh", "softsign", "softsign", "sigmoid")]
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_fifty_updates_equal_those_of_autograd(activations, dtype, tolerance):
    stack = stack_of(activations, dtype)
    lr = torch.linspace(0.1, 0.5, len(stack), dtype=dtype)
    x, y = examples(50, dtype)
    expected = by_autograd(stack, lr, x, y)
    with torch.inference_mode():
        outputs = FusedSGD(stack, lr).updates(x, y)
    assert outputs.shape == (len(stack), 50, B, C)
    for r, parameters in enumerate(expected):
        mine = [p[r] for p in stack.W + stack.b]
        for one, other in zip(mine, parameters, strict=True):
            torch.testing.assert_close(one, other[0], rtol=0, atol=tolerance)


def test_one_update_is_minus_the_rate_times_the_derivative():
    """Central differences of the mean cost by each weight and bias: independent of back-propagation."""
    stack = stack_of(["tanh"], torch.float64)
    x, y = examples(1, torch.float64)
    before = [p.clone() for p in stack.W + stack.b]
    FusedSGD(stack, torch.tensor([0.3], dtype=torch.float64)).updates(x, y)
    after = [p.clone() for p in stack.W + stack.b]

    def cost():
        return functional.cross_entropy(stack.forward(x[0])[1][-1][0], y[0]).item()

    for p, old in zip(stack.W + stack.b, before, strict=True):
        p.copy_(old)
    for p, old, new in zip(stack.W + stack.b, before, after, strict=True):
        for index in torch.randint(p.numel(), (15,), generator=torch.Generator().manual_seed(1)).tolist():
            flat, step = p.view(-1), 1e-6
            flat[index] += step
            above = cost()
            flat[index] -= 2 * step
            below = cost()
            flat[index] += step
            change = (new - old).view(-1)[index].item()
            assert change == pytest.approx(-0.3 * (above - below) / (2 * step), abs=1e-8)


def test_outputs_are_those_before_the_update():
    stack = stack_of(["softsign"], torch.float64)
    x, y = examples(1, torch.float64)
    expected = stack.forward(x[0])[1][-1]
    outputs = FusedSGD(stack, torch.tensor([0.1], dtype=torch.float64)).updates(x, y)
    torch.testing.assert_close(outputs[:, 0], expected)


def test_a_rate_of_zero_changes_nothing():
    stack = stack_of(["tanh"], torch.float32)
    before = [p.clone() for p in stack.W + stack.b]
    FusedSGD(stack, torch.tensor([0.0])).updates(*examples(3, torch.float32))
    assert all(torch.equal(p, q) for p, q in zip(stack.W + stack.b, before, strict=True))
