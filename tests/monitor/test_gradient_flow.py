import math

import pytest
import torch

from repro.monitor import gradient_flow
from repro.network.trace import Trace


@pytest.fixture
def layer():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(30, 7, generator=generator), torch.randn(30, 5, generator=generator) + 0.3


def weight_gradients(z, ds, batch):
    """∂C/∂W of each mini-batch, formed: [batches, fan_out, fan_in]."""
    return torch.stack([D.T @ Z for Z, D in zip(z.split(batch), ds.split(batch), strict=True)]).double()


@pytest.mark.parametrize("batch", [1, 10, 30])
def test_std_without_forming_the_gradient(layer, batch):
    expected = weight_gradients(*layer, batch).std(correction=0).item()
    assert gradient_flow.weight_gradient_std(*layer, batch) == pytest.approx(expected, rel=1e-6)


def test_histogram_is_that_of_the_formed_gradients(layer):
    formed = weight_gradients(*layer, 10)
    std = formed.std(correction=0).item()
    centres, density = gradient_flow.weight_gradient_histogram(*layer, 10, std)
    width = (centres[1] - centres[0]).item()
    expected, _ = torch.histogram(formed.float(), gradient_flow.BINS, range=(-10 * std, 10 * std))
    assert density.sum().item() * width == pytest.approx(1)
    torch.testing.assert_close(density * formed.numel() * width, expected.double(), atol=1.5, rtol=0)


def test_gradients_are_summed_over_the_mini_batch(layer):
    z, ds = layer
    sums = gradient_flow.batch_sums(ds, 10)
    torch.testing.assert_close(sums, torch.stack([part.sum(0) for part in ds.split(10)]))
    rows = {
        quantity: value
        for _, quantity, value in gradient_flow.measure(Trace([z], [], [ds], [ds], [], 1.0, [], [], None), 10)
    }
    assert rows["ds_batch_std"] == pytest.approx(sums.double().std(correction=0).item())
    assert rows["ds_std"] == pytest.approx(ds.double().std(correction=0).item())


def test_weight_gradient_is_that_of_autograd(layer):
    z, ds = layer
    W = torch.zeros(5, 7, requires_grad=True)
    (z[:10] @ W.T * ds[:10]).sum().backward()
    torch.testing.assert_close(
        W.grad.double(), weight_gradients(z[:10], ds[:10], 10)[0], rtol=1e-5, atol=1e-5
    )


def test_a_small_spread_around_a_large_mean_is_not_lost():
    """Var = E[g²] - E[g]² cancels eight digits here, which float32 hasn't got."""
    generator = torch.Generator().manual_seed(0)
    z, ds = (1 + 1e-4 * torch.randn(20, n, generator=generator) for n in (7, 5))
    formed = torch.stack([D.T @ Z for Z, D in zip(z.double().split(10), ds.double().split(10), strict=True)])
    expected = formed.std(correction=0).item()
    assert gradient_flow.weight_gradient_std(z, ds, 10) == pytest.approx(expected, rel=1e-4)


def test_gradients_that_overflowed_have_no_spread():
    """Not 0: that would be drawn, and averaged with other seeds; what isn't finite is left out."""
    z, ds = torch.ones(20, 3), torch.ones(20, 2)
    ds[3, 1] = torch.nan
    assert math.isnan(gradient_flow.weight_gradient_std(z, ds, 10))
    ds[3, 1] = torch.inf
    assert not math.isfinite(gradient_flow.weight_gradient_std(z, ds, 10))
    assert gradient_flow.weight_gradient_histogram(z, ds.nan_to_num(posinf=1), 10, math.inf).isfinite().all()


def test_histograms_reach_ten_standard_deviations_however_small_these_are(layer):
    z, ds = (part / 1000 for part in layer)
    std = gradient_flow.weight_gradient_std(z, ds, 10)
    centres, _ = gradient_flow.weight_gradient_histogram(z, ds, 10, std)
    half_a_cell = (centres[1] - centres[0]).item() / 2
    assert centres[-1].item() + half_a_cell == pytest.approx(10 * std)
    values = torch.tensor([-0.002, 0.0, 0.001])  # narrower than that where no value is larger
    centres, density = gradient_flow.histogram(values, std=0.001)
    assert centres[-1].item() * 401 / 400 == pytest.approx(0.002)
    assert density.argmax() in (0, 200, 300)


def test_zero_has_a_cell_of_its_own():
    centres, density = gradient_flow.histogram(torch.tensor([-1.0, 0.0, 0.0, 0.0, 1.0]), std=1.0)
    assert centres[density.argmax()].item() == pytest.approx(0, abs=1e-12)
    assert (density[[0, 200, -1]] / density.sum()).tolist() == pytest.approx([0.2, 0.6, 0.2])


def test_all_gradients_zero():
    zero = torch.zeros(20, 3)
    assert gradient_flow.weight_gradient_std(zero, zero, 10) == 0
    assert torch.isfinite(gradient_flow.weight_gradient_histogram(zero, zero, 10, 0.0)).all()
    assert torch.isfinite(gradient_flow.histogram(zero, 0.0)).all()
