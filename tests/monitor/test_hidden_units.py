import numpy as np
import pytest
import torch

from repro.experiment.components import Activation
from repro.monitor import hidden_units
from repro.network.trace import Trace


@pytest.fixture
def layer():
    return torch.randn(300, 40, generator=torch.Generator().manual_seed(0)) * 2


def test_rows_agree_with_numpy(layer):
    z = torch.tanh(layer)
    rows = hidden_units.measure(trace_of("tanh", layer))
    values = {quantity: value for _, quantity, value in rows}
    array = z.numpy().ravel().astype(np.float64)
    assert {row[0] for row in rows} == {1}
    assert values["z_mean"] == pytest.approx(array.mean())
    assert values["z_std"] == pytest.approx(array.std())
    for p in hidden_units.PERCENTILES:
        assert values[f"z_p{p}"] == pytest.approx(np.percentile(array, p), abs=1e-6)


def trace_of(name, s):
    """The trace of a network with one hidden layer, as far as it is looked at here."""
    activation = Activation(name).make()
    z = activation.f(s)
    return Trace([s, z], [s], [], [], [activation.slope(s, z)], activation.max_slope, [], [], None)


@pytest.mark.parametrize(
    ("name", "edge"),
    [("tanh", 0.9**0.5), ("sigmoid", 0.5 + (0.25 - 0.025) ** 0.5), ("softsign", 1 - 0.1**0.5)],
)
def test_saturated_means_a_slope_below_a_tenth_of_the_largest(name, edge, layer):
    activation = Activation(name).make()
    z = activation.f(layer)
    share = (z > edge).double().mean() + (z < (1 - edge if name == "sigmoid" else -edge)).double().mean()
    rows = hidden_units.measure(trace_of(name, layer))
    assert dict(row[1:] for row in rows)["z_saturated"] == pytest.approx(share.item())


def test_density_integrates_to_the_share_inside():
    values = torch.tensor([-3.0, -0.5, 0.25, 0.25, 7.0])
    centres, density = hidden_units.density(values, bound=1.0, bins=4)
    assert centres.tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert density.tolist() == [0.0, 0.4, 0.8, 0.0]  # counts 0, 1, 2, 0 of 5 values, width 0.5: 3/5 inside


def test_histogram_of_the_paper_has_bins_of_a_hundredth():
    centres, density = hidden_units.histogram(torch.rand(100_000) * 2 - 1)
    assert len(centres) == 200
    assert density.sum().item() * 0.01 == pytest.approx(1)
