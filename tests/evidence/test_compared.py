import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from repro.evidence.compared import compared, settings_apart, told_apart
from repro.runs import collect

RATES = {"a": 0.1, "b": 0.2}


def runs(side, seeds, errors, state="finished"):
    n = len(seeds)
    return pd.DataFrame(
        {"run_id": [f"{side}{s}" for s in seeds], "path": "", "lr": RATES[side], "depth": 5, "seed": seeds,
         "data_seed": seeds, "state": [state] * n, "update": 9, "test_error": errors}
    )  # fmt: skip


A, B = [0.70, 0.74, 0.78], [0.71, 0.76, 0.79]


def test_runs_with_the_same_seeds_are_compared_in_pairs():
    (row,) = compared(runs("a", [0, 1, 2], A), runs("b", [2, 1, 0], B[::-1]), ["test_error"]).to_dict(
        "records"
    )
    apart = np.subtract(B, A)
    half = stats.t.ppf(0.975, 2) * stats.sem(apart)
    assert row["basis"] == "paired"
    assert (row["difference"], row["difference_half"]) == pytest.approx((apart.mean(), half))
    assert (row["a"], row["a_n"], row["b"]) == pytest.approx((np.mean(A), 3, np.mean(B)))


def test_independent_runs_by_welch():
    (row,) = compared(runs("a", [0, 1, 2], A), runs("b", [7, 8, 9], B), ["test_error"]).to_dict("records")
    found = stats.ttest_ind(B, A, equal_var=False).confidence_interval()
    assert row["basis"] == "Welch"
    low, high = row["difference"] - row["difference_half"], row["difference"] + row["difference_half"]
    assert (low, high) == pytest.approx((found.low, found.high))


def test_several_runs_with_one_seed_are_no_pairs():
    """Such as several rates in one of the sets."""
    doubled = pd.concat([runs("a", [0, 1], A[:2]), runs("a", [0, 1], A[1:])])
    (row,) = compared(doubled, runs("b", [0, 1], B[:2]), ["test_error"]).to_dict("records")
    assert row["basis"] == "Welch"


def test_single_runs_have_a_difference_and_no_interval():
    (row,) = compared(runs("a", [0], [0.7]), runs("b", [1], [0.6]), ["test_error"]).to_dict("records")
    assert row["basis"] == "one run each"
    assert row["difference"] == pytest.approx(-0.1)
    assert math.isnan(row["difference_half"])


def test_what_diverged_has_no_end():
    lost = runs("b", [0, 1], [0.9, 0.9], state="diverged")
    assert compared(runs("a", [0, 1], A[:2]), lost, ["test_error"]).empty


def test_settings_that_are_not_alike():
    both = pd.concat([runs("b", [0], [0.1]), runs("a", [0], [0.1])])
    table = settings_apart(runs("a", [0], [0.1]), both)
    assert table.to_dict("records") == [{"setting": "lr", "a": [0.1], "b": [0.2, 0.1]}]


def test_mcnemar_needs_the_same_test_examples(fake, tmp_path):
    one, other, shorter = (
        fake(root=tmp_path, last=0.5),
        fake(root=tmp_path, last=0.6, seed=1),
        fake(root=tmp_path, n_test=1000, last=0.5, seed=2),
    )
    assert told_apart(one, other) < 1e-10
    assert told_apart(one, one) == 1
    assert math.isnan(told_apart(one, shorter))
    assert len(collect(tmp_path)) == 3
