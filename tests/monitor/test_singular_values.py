import math

import pytest
import torch

from repro.experiment.settings import Experiment
from repro.monitor import singular_values as jacobian
from repro.network.stack import Stack


@pytest.mark.parametrize(("fan_in", "fan_out"), [(20, 20), (30, 20), (20, 30)])
def test_singular_values_are_those_of_the_svd(fan_in, fan_out):
    W, slope = torch.randn(fan_out, fan_in), torch.rand(4, fan_out)
    expected = torch.linalg.svdvals((slope[:, :, None] * W).double()).flip(-1)
    torch.testing.assert_close(jacobian.singular_values(W, slope), expected, rtol=1e-6, atol=1e-7)


def test_the_jacobian_is_that_of_autograd():
    """J of eq. 17 against the derivative of z_2 by z_1 as autograd finds it."""
    stack = Stack.initialize(
        [Experiment(depth=2, width=(6, 5), init="normalized")], 4, 3, dtype=torch.float64
    )
    z, s = stack.forward(torch.rand(1, 4, dtype=torch.float64))
    by_autograd = torch.autograd.functional.jacobian(lambda z1: torch.tanh(stack.W[1][0] @ z1), z[1][0, 0])
    expected = torch.linalg.svdvals(by_autograd).flip(-1)
    slope = stack.slope(s[1], z[2])[0]
    torch.testing.assert_close(
        jacobian.singular_values(stack.W[1][0], slope)[0], expected, rtol=1e-8, atol=1e-9
    )


def test_mean_singular_value_of_a_random_matrix():
    """Var[W] = 1/n: quarter-circle law on [0, 2], whose mean is 16 / (3 · 2π) ≈ .849 (eq. 16, f' = 1)."""
    n = 300
    W = (torch.rand(n, n, generator=torch.Generator().manual_seed(0)) * 2 - 1) * math.sqrt(3 / n)
    rows = dict(row[1:] for row in jacobian.measure([W], [torch.ones(1, n)]))
    assert rows["jacobian_mean"] == pytest.approx(16 / (6 * math.pi), rel=0.01)
    assert rows["jacobian_max"] == pytest.approx(2, rel=0.05)
    assert rows["jacobian_min"] < rows["jacobian_p5"] < rows["jacobian_p50"] < rows["jacobian_p95"]


def test_no_values_below_zero():
    values = jacobian.singular_values(torch.ones(8, 8), torch.ones(1, 8))  # rank 1
    assert values.min().item() >= 0
    assert values.max().item() == pytest.approx(8)
