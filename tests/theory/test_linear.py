"""Eqs. 5 to 7 and 13 to 15 against linear networks drawn many times."""

import numpy as np
import pytest

from repro.theory import linear as theory

WIDTHS = (30, 40, 25, 35)
VAR_W = (0.02, 0.05, 0.03)
DRAWS = 4000


@pytest.fixture(scope="module")
def sampled() -> dict[str, np.ndarray]:
    """Mean squares over all units and DRAWS networks: z_0 ... z_3, ds_1 ... ds_3, dW_1 ... dW_3."""
    rng = np.random.default_rng(0)
    z = [rng.normal(0, 1.5, (DRAWS, WIDTHS[0]))]
    W = []
    for n_in, n_out, variance in zip(WIDTHS[:-1], WIDTHS[1:], VAR_W, strict=True):
        bound = np.sqrt(3 * variance)
        W.append(rng.uniform(-bound, bound, (DRAWS, n_out, n_in)))
        z.append(np.einsum("bij,bj->bi", W[-1], z[-1]))
    ds = [rng.normal(0, 0.2, (DRAWS, WIDTHS[-1]))]
    for w in W[:0:-1]:
        ds.insert(0, np.einsum("bij,bi->bj", w, ds[0]))
    dW = [np.einsum("bi,bj->bij", d, below) for d, below in zip(ds, z[:-1], strict=True)]
    return {k: np.array([np.mean(v**2) for v in vs]) for k, vs in {"z": z, "ds": ds, "dW": dW}.items()}


def test_eq5(sampled: dict[str, np.ndarray]) -> None:
    assert theory.activation_variances(WIDTHS, VAR_W, 1.5**2) == pytest.approx(sampled["z"], rel=0.03)


def test_eq6(sampled: dict[str, np.ndarray]) -> None:
    assert theory.gradient_variances(WIDTHS, VAR_W, 0.2**2) == pytest.approx(sampled["ds"], rel=0.03)


def test_eq7(sampled: dict[str, np.ndarray]) -> None:
    found = theory.weight_gradient_variances(WIDTHS, VAR_W, 1.5**2, 0.2**2)
    assert found == pytest.approx(sampled["dW"], rel=0.05)


def test_eqs_13_and_14_are_eqs_6_and_7_with_equal_widths() -> None:
    widths, gain = (50,) * 5, 1 / 3
    var_W = [gain / 50] * 4
    gradients = theory.gradient_variances(widths, var_W, 2.0)
    assert theory.equal_gradient_variances(gain, 4, 2.0) == pytest.approx(gradients)
    weights = theory.weight_gradient_variances(widths, var_W, 3.0, 2.0)
    assert weights == pytest.approx([theory.equal_weight_gradient_variance(gain, 4, 3.0, 2.0)] * 4)


def test_eq15_standard_initialization_loses_two_thirds_per_layer() -> None:
    gain = theory.uniform_gain(1 / np.sqrt(1000), 1000)
    assert gain == pytest.approx(1 / 3)
    assert theory.equal_gradient_variances(gain, 3, 9.0) == pytest.approx([1, 3, 9])


def test_a_network_of_one_layer() -> None:
    assert theory.gradient_variances((4, 3), [0.5], 7.0).tolist() == [7.0]
    assert theory.activation_variances((4, 3), [0.5], 1.0).tolist() == [1.0, 2.0]
