"""Signal, rank and Jacobian from input to output, each against autograd or numpy."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from repro import monitor
from repro.experiment.settings import Experiment, Monitor
from repro.monitor import mechanisms
from repro.monitor.schedule import Event, schedule
from repro.network.stack import Stack

B, D, C, SEEN = 12, 10, 9, 2


@pytest.fixture(scope="module")
def measured() -> tuple[Stack, torch.Tensor, torch.Tensor, dict[tuple[int, str], float]]:
    experiment = Experiment(depth=2, width=(7, 8), init="normalized", seed=2, bias_std=0.3)
    stack = Stack.initialize([experiment], D, C, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    y = torch.randint(C, (B,), generator=generator)
    rows, _ = monitor.measure(stack.trace(x, y), 4, Event(SEEN, mechanisms=True))
    return stack, x, y, {(layer, quantity): value for layer, quantity, value in rows}


def outputs(stack: Stack, W: list[torch.Tensor], x: torch.Tensor) -> list[torch.Tensor]:
    z = [x]
    for i, (w, b) in enumerate(zip(W, stack.b, strict=True)):
        s = functional.linear(z[-1], w, b[0])
        z.append(torch.tanh(s) if i < 2 else s)
    return z


def test_signal_is_what_gradients_of_examples_share(measured) -> None:
    stack, x, y, values = measured
    W = [w[0].clone().requires_grad_() for w in stack.W]
    with torch.enable_grad():
        cost = functional.cross_entropy(outputs(stack, W, x)[-1], y, reduction="none")
        own = [torch.autograd.grad(c, W, retain_graph=True) for c in cost]
    for i in range(3):
        g = np.stack([gradients[i].numpy().ravel() for gradients in own])
        square = (g**2).sum(1).mean()
        common = np.mean([g[a] @ g[b] for a in range(B) for b in range(B) if a != b])
        assert values[i + 1, "gradient_square"] == pytest.approx(square)
        assert values[i + 1, "gradient_signal"] == pytest.approx(common / square)


def test_equal_examples_are_all_signal_and_none_is_nothing() -> None:
    one = torch.ones(6, 3)
    assert mechanisms.gradient_signal(one, one)[1] == pytest.approx(1)
    assert mechanisms.gradient_signal(one, 0 * one) == (0.0, 0.0)
    assert mechanisms.rank(one) == 0
    assert mechanisms.gradient_signal(one[:1], one[:1])[1] == 0  # one example says nothing about others


def test_random_gradients_have_no_signal() -> None:
    generator = torch.Generator().manual_seed(0)
    z, da = torch.randn(200, 50, generator=generator), torch.randn(200, 40, generator=generator)
    assert abs(mechanisms.gradient_signal(z, da)[1]) < 1e-3


def test_rank_counts_directions(measured) -> None:
    stack, x, _, values = measured
    z = outputs(stack, [w[0] for w in stack.W], x)
    for layer in (1, 2):
        eigenvalues = np.linalg.eigvalsh(np.cov(z[layer].numpy().T))
        assert values[layer, "z_rank"] == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())
    corners = torch.cat([torch.eye(4), -torch.eye(4)])
    assert mechanisms.rank(corners) == pytest.approx(4)
    assert mechanisms.rank(corners[:, :1] * torch.ones(1, 9)) == pytest.approx(1)


@pytest.mark.parametrize(("layer", "place"), [(2, 2), (3, 3)])
def test_jacobian_from_input_to_output(measured, layer: int, place: int) -> None:
    stack, x, _, values = measured
    W = [w[0] for w in stack.W]
    J = [torch.autograd.functional.jacobian(lambda v: outputs(stack, W, v)[place], one) for one in x[:SEEN]]
    found = np.stack([np.linalg.svd(j.numpy(), compute_uv=False) for j in J])
    expected = {
        "mean": found.mean(),
        "rms": np.sqrt((found**2).mean()),
        "min": found.min(),
        "max": found.max(),
        "p50": np.median(found, 1).mean(),
    }
    for name, value in expected.items():
        assert values[layer, f"end_to_end_{name}"] == pytest.approx(value)


def test_overflown_weights_have_no_singular_values() -> None:
    stack = Stack.initialize([Experiment(depth=1, width=4)], D, C)
    stack.W[0].fill_(torch.inf)
    rows = mechanisms.measure(stack.trace(torch.ones(2, D), torch.zeros(2, dtype=torch.int64)), 1)
    assert all(np.isnan(value) for _, name, value in rows if name.startswith("end_to_end"))


def test_only_where_asked_for() -> None:
    assert not any(event.mechanisms for event in schedule(100, Monitor(every=50)).values())
    found = schedule(100, Monitor(every=50, mechanisms=True))
    assert all(event.mechanisms for event in found.values())
    assert [found[u].jacobian_examples for u in (0, 1, 50, 100)] == [3, 0, 1, 3]
