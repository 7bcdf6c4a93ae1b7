import numpy as np
import pandas as pd
import pytest
from scipy import stats

from repro.evidence.finals import finals

NAN = float("nan")


def runs(**columns):
    """As `collect` gives it, with what these tests need."""
    table = pd.DataFrame(columns)
    n = len(table)
    return table.assign(run_id=[f"r{i}" for i in range(n)], path="", update=1, data_seed=table["seed"])


def test_mean_and_interval_over_seeds_by_scipy():
    errors = [0.70, 0.72, 0.77]
    table = finals(runs(lr=[0.1] * 3, seed=[0, 1, 2], state=["finished"] * 3, test_error=errors))
    low, high = stats.t.interval(0.95, 2, np.mean(errors), stats.sem(errors))
    (row,) = table.to_dict("records")
    assert row["test_error"] == pytest.approx(np.mean(errors))
    assert row["test_error_half"] == pytest.approx((high - low) / 2)
    assert (row["runs"], row["n"]) == (3, 3)


def test_nothing_is_averaged_that_differs_in_more_than_seeds():
    """Untrained networks, two ranges of inputs and several rates lie in one folder."""
    table = finals(
        runs(
            updates=[0, 20, 20, 20],
            dataset_low=[0.0, 0.0, -1.0, 0.0],
            lr=[0.1, 0.1, 0.1, 0.2],
            seed=[0, 0, 0, 1],
            state=["finished"] * 4,
            test_error=[0.9, 0.1, 0.2, 0.3],
        )
    )
    assert table["test_error"].tolist() == [0.9, 0.1, 0.2, 0.3]
    assert list(table.columns[:3]) == ["updates", "dataset_low", "lr"]


def test_what_diverged_failed_or_is_not_done_is_counted_and_never_averaged():
    table = finals(
        runs(
            lr=[1, 1, 1, 1, 1, 2, 2],
            seed=[0, 1, 2, 3, 4, 0, 1],
            state=["finished", "diverged", "failed", "running", "absent", "diverged", "diverged"],
            test_error=[0.5, 0.9, NAN, NAN, NAN, 0.9, 0.9],
        )
    )
    first, second = table.to_dict("records")
    assert [first[k] for k in ("runs", "diverged", "failed", "unfinished", "n")] == [5, 1, 1, 2, 1]
    assert first["test_error"] == 0.5
    assert np.isnan(first["test_error_half"])
    assert (second["n"], second["diverged"]) == (0, 2)
    assert np.isnan(second["test_error"])


def test_an_option_that_only_some_runs_have_does_not_drop_the_others():
    table = finals(
        runs(init=["a", "a", "b"], init_scale=[NAN, NAN, 1.2], seed=[0, 1, 0], state="finished",
             test_error=[0.1, 0.3, 0.5])
    )  # fmt: skip
    assert table["test_error"].tolist() == pytest.approx([0.2, 0.5])
    assert table["init"].tolist() == ["a", "b"]


def test_settings_keep_their_order_and_can_be_chosen():
    given = runs(lr=[3, 1, 3], depth=[1, 2, 2], seed=0, state="finished", test_error=[0.1, 0.2, 0.3])
    assert finals(given)[["lr", "depth"]].to_numpy().tolist() == [[3, 1], [1, 2], [3, 2]]
    table = finals(given, by=["lr"], values=["test_error"])
    assert table["test_error"].tolist() == pytest.approx([0.2, 0.2])
    (alone,) = finals(given, by=[]).to_dict("records")
    assert alone["n"] == 3
