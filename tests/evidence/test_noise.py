"""Estimates of training's scatter, by simulation: coverage, false positives, power, and more seeds."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.evidence import noise
from repro.evidence.noise import Difference, area, contrast, difference, end, jitter

POINTS = 60
Draw = Callable[..., list[list[np.ndarray]]]


@pytest.fixture(scope="module")
def draw() -> Draw:
    """Sets of n curves of differences: smooth course, jitter 1, an effect, and what each seed adds."""
    random = np.random.default_rng(0)
    course = 30 * np.exp(-np.arange(POINTS) / 15)

    def make(n: int, effect: float, between: float = 0.0, sets: int = 600) -> list[list[np.ndarray]]:
        own = effect + between * random.standard_normal((sets, n, 1))
        return list(map(list, course + own + random.standard_normal((sets, n, POINTS))))

    return make


def test_jitter_of_independent_scatter_around_a_line() -> None:
    random = np.random.default_rng(1)
    found = [jitter(3 - 0.5 * np.arange(40) + 2 * random.standard_normal(40)) for _ in range(1500)]
    variances = np.array([j.sd**2 for j in found])
    assert variances.mean() == pytest.approx(4, rel=0.02)
    freedom = 2 * variances.mean() ** 2 / variances.var()  # of a χ² with this mean and variance
    assert found[0].freedom == pytest.approx(freedom, rel=0.12)


def test_jitter_of_a_smooth_curve_is_nothing_and_of_four_points_something() -> None:
    assert jitter(np.linspace(90, 20, 50)).sd == pytest.approx(0, abs=1e-12)
    assert jitter([1, 0, 1, 0]).sd == pytest.approx(math.sqrt(4 / 6))
    assert math.isnan(jitter([3.0, 2.0, 1.0]).sd)


@pytest.mark.parametrize(
    ("model", "sd"), [("Tanh", 0.46), ("Tanh N", 0.26), ("Softsign", 0.34), ("Sigmoid depth 5", 0.12)]
)
def test_the_papers_curves_jump_by_parts_of_a_point_and_each_point_by_itself(model: str, sd: float) -> None:
    """Figure 11: neighbours don't jump together, as both tests here assume."""
    errors = paper.curve("fig11").query("series == @model").sort_values("x")["y"].to_numpy()
    assert jitter(errors).sd == pytest.approx(sd, abs=0.01)
    left = (errors - pd.Series(errors).rolling(15, center=True).mean().to_numpy())[-200:-8]
    assert abs((left[1:] * left[:-1]).mean() / (left**2).mean()) < 0.3


def test_the_end_is_the_mean_of_the_last_ten_points_or_of_the_last_quarter() -> None:
    assert end(np.arange(100.0)) == pytest.approx(94.5)
    assert end([80.0, 60.0, 50.0, 40.0]) == 40
    assert end(np.arange(8.0)) == 6.5
    assert end([7.0]) == 7


def test_the_end_scatters_less_than_the_last_checkpoint() -> None:
    sets = np.random.default_rng(2).standard_normal((2000, POINTS))
    assert np.std([end(curve) for curve in sets]) == pytest.approx(1 / math.sqrt(10), rel=0.05)


def test_area_is_lower_for_what_learns_sooner_and_for_what_ends_lower() -> None:
    course = np.linspace(80, 20, 30)
    assert area(np.append(course[10:], [20.0] * 10)) < area(course)
    assert area(course - 1) == pytest.approx(area(course) - 1)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_intervals_cover_the_difference_95_times_in_100(draw: Draw, n: int) -> None:
    course = np.mean(30 * np.exp(-np.arange(POINTS)[-10:] / 15))  # of the curves' end
    found = [difference(curves) for curves in draw(n, 2.0)]
    assert 0.925 < np.mean([d.low < 2 + course < d.high for d in found]) < 0.975


@pytest.mark.parametrize("n", [3, 5])
def test_seeds_that_differ_by_more_than_checkpoints_widen_the_interval(draw: Draw, n: int) -> None:
    course = np.mean(30 * np.exp(-np.arange(POINTS)[-10:] / 15))
    found = [difference(curves) for curves in draw(n, 0.0, between=1.5)]
    assert {d.by for d in found} == {"seeds"}
    assert 0.925 < np.mean([d.low < course < d.high for d in found]) < 0.975


def flat(draw: Draw, n: int, effect: float, between: float = 0.3) -> list[Difference]:
    """Without the smooth course, so that without an effect there is no difference at all."""
    course = 30 * np.exp(-np.arange(POINTS) / 15)
    return [difference([c - course for c in curves]) for curves in draw(n, effect, between)]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_false_positives_are_as_rare_as_stated(draw: Draw, n: int) -> None:
    """`above` at 2.5 %, p at 5 %."""
    found = flat(draw, n, 0.0, between=0.0)
    assert np.mean([d.above for d in found]) < 0.045
    assert 0.03 < np.mean([d.p < 0.05 for d in found]) < 0.07


def test_more_seeds_never_make_a_true_difference_harder_to_find(draw: Draw) -> None:
    """Nor do they turn it round."""
    power = {n: np.mean([d.above for d in flat(draw, n, 1.0)]) for n in (3, 4, 5, 8)}
    assert power[3] < power[4] < power[5] < power[8] > 0.99
    assert power[3] > 0.5
    assert all(np.mean([d.high < 0 for d in flat(draw, n, 1.0)]) == 0 for n in (1, 2, 3, 5))


def test_a_large_difference_is_found_with_any_number_of_seeds(draw: Draw) -> None:
    assert all(np.mean([d.above for d in flat(draw, n, 4.0)]) > 0.97 for n in (1, 2, 3, 5))


def test_too_few_points_have_a_value_and_no_interval() -> None:
    found = difference([[3.0, 2.0]])
    assert (found.value, found.n, found.by) == (2, 1, "checkpoints")
    assert math.isnan(found.low) and math.isnan(found.p) and not found.above


def test_contrast_pairs_networks_by_seed() -> None:
    """What a seed adds to both cancels."""
    random = np.random.default_rng(3)
    shared = {seed: 5 * random.standard_normal() for seed in range(4)}
    worse = {seed: np.full(40, 30 + add) for seed, add in shared.items()}
    better = {seed: np.full(40, 28 + add) for seed, add in shared.items() if seed != 2}
    found = contrast({"a": worse, "b": better}, {"a": 1, "b": -1})
    assert (found.n, found.value) == (3, pytest.approx(2))
    assert found.high - found.low == pytest.approx(0, abs=1e-9)
    assert found.above


def test_difference_of_differences() -> None:
    curves = {name: {0: np.full(20, level)} for name, level in dict(a=27.0, b=15.6, c=16.3, d=16.1).items()}
    found = contrast(curves, {"a": 1, "b": -1, "c": -1, "d": 1})
    assert found.value == pytest.approx(11.4 - 0.2)


def test_contrast_by_area_or_end() -> None:
    early, late = np.full(40, 20.0), np.append(np.full(20, 80.0), np.full(20, 20.0))
    networks = {"late": {0: late}, "early": {0: early}}
    weights = {"late": 1.0, "early": -1.0}
    assert contrast(networks, weights, of="area").value == pytest.approx(30)
    assert contrast(networks, weights).value == 0


def test_networks_without_a_common_seed() -> None:
    with pytest.raises(ValueError, match="a, b have no seed in common"):
        contrast({"a": {0: np.ones(9)}, "b": {1: np.ones(9)}}, {"a": 1, "b": -1})


def test_no_difference_at_all_has_no_p_below_a_half() -> None:
    found = difference([np.zeros(30)] * 3)
    assert (found.value, found.low, found.high, found.p, found.above) == (0, 0, 0, 0.5, False)


def test_curves_by_model_have_the_points_that_all_of_them_have() -> None:
    rows = pd.DataFrame(
        {
            "model": ["b", "b", "a", "a", "a", "a"],
            "seed": [0, 0, 1, 1, 1, 1],
            "examples": [10, 20, 5, 10, 20, 30],
            "error": [5.0, 4.0, 7.0, 6.0, 5.0, 4.0],
        }
    )
    found = noise.by_model(rows)
    assert {name: {seed: curve.tolist() for seed, curve in own.items()} for name, own in found.items()} == {
        "b": {0: [5, 4]},
        "a": {1: [6, 5]},
    }
