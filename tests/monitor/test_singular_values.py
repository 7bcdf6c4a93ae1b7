import math

import pytest
import torch

from repro.monitor.singular_values import measure, singular_values
from repro.network.trace import Trace


@pytest.mark.parametrize(("fan_in", "fan_out"), [(20, 20), (30, 20), (20, 30)])
def test_singular_values_are_those_of_the_svd(fan_in, fan_out):
    J = torch.randn(4, fan_out, fan_in).double()
    expected = torch.linalg.svdvals(J).flip(-1)
    torch.testing.assert_close(singular_values(J), expected, rtol=1e-6, atol=1e-7)


def test_mean_singular_value_of_a_random_matrix():
    """Var[W] = 1/n: quarter-circle law on [0, 2], whose mean is 16 / (3 · 2π) ≈ .849 (eq. 16, f' = 1)."""
    n = 300
    W = (torch.rand(n, n, generator=torch.Generator().manual_seed(0)) * 2 - 1) * math.sqrt(3 / n)
    trace = Trace([W, W], [], [], [], [], 1.0, [], [], lambda i, n: W[None].double())
    rows = dict(row[1:] for row in measure(trace, 1))
    assert rows["jacobian_mean"] == pytest.approx(16 / (6 * math.pi), rel=0.01)
    assert rows["jacobian_max"] == pytest.approx(2, rel=0.05)
    assert rows["jacobian_min"] < rows["jacobian_p5"] < rows["jacobian_p50"] < rows["jacobian_p95"]


def test_no_values_below_zero():
    values = singular_values(torch.ones(1, 8, 8).double())  # rank 1
    assert values.min().item() >= 0
    assert values.max().item() == pytest.approx(8)


def test_a_jacobian_that_overflowed_in_part_has_no_singular_values():
    J = torch.ones(2, 4, 3).double()
    J[1, 2, 0] = torch.inf
    trace = Trace([J, J], [], [], [], [], 1.0, [], [], lambda i, n: J)
    assert all(math.isnan(value) for _, _, value in measure(trace, 2))


def test_extremes_are_over_all_examples_the_rest_are_averages_of_each():
    """Singular values 1, 2, 3 and 2, 4, 6."""
    J = torch.stack([torch.diag(torch.tensor([3.0, 1, 2])), torch.diag(torch.tensor([2.0, 6, 4]))]).double()
    trace = Trace([J, J], [], [], [], [], 1.0, [], [], lambda i, n: J)
    rows = dict(row[1:] for row in measure(trace, 2))
    assert (rows["jacobian_min"], rows["jacobian_max"]) == pytest.approx((1, 6))
    assert (rows["jacobian_mean"], rows["jacobian_p50"]) == pytest.approx((3, 3))
    assert (rows["jacobian_p25"], rows["jacobian_p95"]) == pytest.approx((2.25, (2.9 + 5.8) / 2))
