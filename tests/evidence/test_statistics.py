"""Intervals and tests, against values worked out by hand or by another formula."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from repro.evidence.statistics import (
    Interval,
    binomial_interval,
    by_chance,
    decimals,
    holm,
    interval,
    intervals,
    kappa,
    mcnemar,
    unpaired,
)


def test_interval_over_three_seeds() -> None:
    found = interval([1, 2, 3])
    assert found.mean == 2
    assert found.half == pytest.approx(4.30265 / math.sqrt(3), rel=1e-5)  # t(0.975, 2) = 4.30265
    assert found.n == 3
    assert (found.low, found.high) == (found.mean - found.half, found.mean + found.half)


def test_interval_covers_the_mean_95_times_in_100() -> None:
    samples = np.random.default_rng(0).normal(5, 2, (2000, 4))
    covered = [found.low < 5 < found.high for found in map(interval, samples)]
    assert 0.935 < np.mean(covered) < 0.965


def test_one_seed_has_no_interval() -> None:
    mean, half, n = interval([[7.0]])
    assert (mean, n) == (7, 1)
    assert math.isnan(half)
    assert interval([7.0]).text(1) == "7.0"


def test_intervals_are_plain_numbers() -> None:
    """They are written into JSON."""
    for values in ([7], [1, 2, 3]):
        found = interval(np.array(values, dtype=np.float32))
        assert [type(part) for part in found] == [float, float, int]


def test_no_values() -> None:
    with pytest.raises(ValueError, match="no values"):
        interval([])


def test_text() -> None:
    assert Interval(70.213, 0.351, 3).text() == "70.21 ± 0.35"
    assert Interval(0.48694, 0.00031, 5).text(3) == "0.4869 ± 0.0003"
    assert Interval(0.5, 0.0, 5).text(3) == "0.500 ± 0.000"
    assert Interval(0.48694, 0.0006, 5).text(3) == "0.487 ± 0.001"


def test_intervals_of_groups_equal_interval() -> None:
    frame = pd.DataFrame({"layer": [1, 1, 1, 2], "value": [1.0, 2.0, 4.0, 5.0]})
    table = intervals(frame, ["layer"], "value")
    assert list(table.columns) == ["layer", "mean", "half", "n"]
    assert tuple(table.loc[0, ["mean", "half", "n"]]) == pytest.approx(interval([1, 2, 4]))
    assert math.isnan(table.loc[1, "half"])


@pytest.mark.parametrize(("value", "places"), [(272.6, 0), (75.41, 1), (7.42, 2), (0.0123, 4), (1234.0, 0)])
def test_decimals_for_three_figures(value: float, places: int) -> None:
    assert decimals(value) == places


def test_wilson_interval() -> None:
    low, high = binomial_interval(0.1, 100)
    z = stats.norm.ppf(0.975)
    middle, half = (0.1 + z**2 / 200) / (1 + z**2 / 100), z * math.sqrt(0.09 / 100 + z**2 / 40_000)
    assert low == pytest.approx(middle - half / (1 + z**2 / 100))
    assert high == pytest.approx(middle + half / (1 + z**2 / 100))


def test_a_share_is_a_count_of_examples_in_spite_of_rounding() -> None:
    """0.29 · 100 is a little less than 29."""
    found = stats.binomtest(29, 100).proportion_ci(0.95, method="wilson")
    assert binomial_interval(0.29, 100) == (found.low, found.high)


def test_wilson_interval_stays_inside_0_and_1() -> None:
    assert binomial_interval(0, 10)[0] == 0
    assert binomial_interval(1, 10)[1] == 1


def test_mcnemar_counts_only_disagreement() -> None:
    wrong_a = np.array([True] * 10 + [True] * 50 + [False] * 40)
    wrong_b = np.array([False] * 10 + [True] * 50 + [False] * 40)
    assert mcnemar(wrong_a, wrong_b) == pytest.approx(2 * 0.5**10)
    assert mcnemar(wrong_a, wrong_b) == mcnemar(wrong_b, wrong_a)


def test_mcnemar_of_equal_runs() -> None:
    assert mcnemar([True, False], [True, False]) == 1
    assert mcnemar([True, False], [False, True]) == 1


def test_mcnemar_agrees_with_the_asymptotic_test_on_many_examples() -> None:
    only_a, only_b = 1050, 950
    wrong_a = np.repeat([True, False], [only_a, only_b])
    chi2 = (abs(only_a - only_b) - 1) ** 2 / (only_a + only_b)
    assert mcnemar(wrong_a, ~wrong_a) == pytest.approx(stats.chi2.sf(chi2, 1), rel=0.02)


def test_mcnemar_needs_the_same_examples() -> None:
    with pytest.raises(ValueError, match="same examples"):
        mcnemar([True], [True, False])


def test_holm_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_of_equal_p_is_the_same_and_leaves_them_as_they_are() -> None:
    p = np.array([0.02, 0.5, 0.02])
    assert holm(p) == pytest.approx([0.06, 0.5, 0.06])
    assert p.tolist() == [0.02, 0.5, 0.02]


def test_holm_stays_at_most_1_and_keeps_a_single_p() -> None:
    assert holm([0.6, 0.7]).max() == 1
    assert holm([0.04]) == pytest.approx([0.04])


def test_kappa_is_1_for_the_same_pattern_and_0_for_marks_in_random_places() -> None:
    marks = np.array([True, True, False, False, True])
    assert kappa(marks, marks) == 1
    assert kappa(marks, ~marks) < 0
    random = np.random.default_rng(0)
    found = [kappa(random.permutation(marks), marks) for _ in range(4000)]
    assert np.mean(found) == pytest.approx(0, abs=0.03)


def test_kappa_sees_through_a_lazy_pattern() -> None:
    """Only one mark per column agrees with the paper in most cells, and hardly more often than chance."""
    theirs = np.array([1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 0], dtype=bool)
    lazy = np.tile([0, 0, 0, 1, 0], 3).astype(bool)
    assert (lazy == theirs).mean() == 9 / 15
    assert kappa(lazy, theirs) == pytest.approx(0.286, abs=1e-3)
    assert by_chance(lazy, theirs) > 0.1
    assert by_chance(theirs, theirs) < 0.005


def test_kappa_against_its_definition() -> None:
    """Po = .7, Pe = .5 x .6 + .5 x .4."""
    ours = np.repeat([True, True, False, False], [4, 1, 2, 3])
    theirs = np.repeat([True, False, True, False], [4, 1, 2, 3])
    assert kappa(ours, theirs) == pytest.approx((0.7 - 0.5) / 0.5)


def test_kappa_of_patterns_without_a_choice() -> None:
    assert math.isnan(kappa([True, True], [True, True]))
    assert kappa([True, True], [True, False]) == 0
    with pytest.raises(ValueError, match="same cells"):
        kappa([True], [True, False])


def test_unpaired_test_of_the_papers_mnist_errors() -> None:
    """2.21 % (not bold) can't be told from 1.76 % (bold) at p = .005."""
    assert unpaired(0.0221, 0.0176, 10_000) == pytest.approx(0.022, abs=0.001)
    table = [[221, 9779], [176, 9824]]
    assert unpaired(0.0221, 0.0176, 10_000) == pytest.approx(
        stats.chi2_contingency(table, correction=False).pvalue
    )
    assert unpaired(0, 0, 100) == 1


def test_unpaired_test_misses_what_a_paired_one_sees() -> None:
    wrong_a, wrong_b = np.arange(1000) < 120, np.arange(1000) < 100
    assert mcnemar(wrong_a, wrong_b) < 1e-5
    assert unpaired(0.12, 0.10, 1000) > 0.1
