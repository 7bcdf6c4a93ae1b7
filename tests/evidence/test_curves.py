from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.evidence import EvidenceError, curves
from repro.evidence.statistics import binomial_interval
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_one_seed_has_an_interval_over_test_examples(fake: Fake) -> None:
    end = curves.points([fake()]).iloc[-1]
    assert (end["examples"], end["error"], end["n"]) == (200_000, pytest.approx(74), 1)
    assert end["high"] - end["low"] == pytest.approx(2 * 1.92, abs=0.05)  # 2 · 1.96 √(.74 · .26 / 2000)
    assert [end["low"] / 100, end["high"] / 100] == pytest.approx(binomial_interval(0.74, 2000))


def test_several_have_one_over_seeds(fake: Fake) -> None:
    end = curves.points([fake(seed=0, last=0.7), fake(seed=1, last=0.72)]).iloc[-1]
    assert end["high"] - end["low"] == pytest.approx(
        2 * 12.706, rel=1e-3
    )  # Student's t, one degree of freedom


def test_where_a_seed_diverged_there_is_no_mean(fake: Fake, tmp_path: Path) -> None:
    rows = curves.points([fake(), fake(root=tmp_path, seed=1, diverged_at=7000)])
    assert rows["n"].tolist() == [2]


def test_what_the_papers_axes_cut_off_is_left_out() -> None:
    rows = curves.papers("fig12_mnist")
    assert rows["error"].max() < 3 and rows["examples"].min() > 200_000
    assert len(curves.papers("fig11")) == len(paper.curve("fig11"))  # nothing is cut off there


OURS = pd.DataFrame({"model": ["a", "a", "b"], "examples": [10, 20, 10], "error": [3.0, 2.0, 5.0]})
PAPERS = pd.DataFrame({"model": ["a", "a", "b"], "examples": [8, 12, 11], "error": [4.0, 2.0, 1.0]})
ROWS = pd.concat([OURS.assign(source="ours"), PAPERS.assign(source="paper")])


def ended(**diverged: list[bool]) -> pd.DataFrame:
    """How the runs of each model ended."""
    rows = [
        (model, f"{model}{i}", 0.1, flag) for model, own in diverged.items() for i, flag in enumerate(own)
    ]
    return pd.DataFrame(rows, columns=["model", "run", "lr", "diverged"])


def test_last_points_are_common_and_the_papers_curve_is_interpolated() -> None:
    last = curves.last_points(ROWS, ended(a=[False], b=[False])).set_index("model")
    assert last["examples"].tolist() == [10, 10]
    assert last["error"].tolist() == [3, 5]
    assert last.loc["a", "paper"] == 3.0
    assert np.isnan(last.loc["b", "paper"])  # before the paper's first point


def test_what_diverged_does_not_shorten_the_others() -> None:
    for lost in ([True], [True, False]):
        last = curves.last_points(ROWS, ended(a=[False, False], b=lost)).set_index("model")
        assert last["examples"].tolist() == [20, 20]
        assert last.loc["a", "error"] == 2 and np.isnan(last.loc["b", "error"])
        assert last["runs"].tolist() == [2, len(lost)] and last["diverged"].tolist() == [0, 1]


def test_nothing_left_is_no_evidence() -> None:
    with pytest.raises(EvidenceError, match="all runs diverged: a0, b0"):
        curves.last_points(ROWS, ended(a=[True], b=[True]))
    with pytest.raises(EvidenceError, match="c: no test error after the first update"):
        curves.last_points(ROWS, ended(a=[False], c=[False]))


def test_agreement_with_the_papers_curve() -> None:
    """Near, too far, diverged, and before the paper's first point."""
    ends = pd.DataFrame(
        {
            "model": ["a", "b", "c", "d"],
            "error": [3.0, 5.0, np.nan, 3.0],
            "paper": [3.2, 3.2, 3.2, np.nan],
            "low": 2.0,
            "high": 6.0,
            "runs": [1, 3, 1, 1],
            "diverged": [0, 1, 1, 0],
        }
    )
    found = curves.agreement(ends, 0.5)
    assert [m.holds for m in found] == [True, False, False, None]
    assert [m.n for m in found] == [1, 2, 0, 1]
    assert [m.of for m in found] == [{"model": name} for name in "abcd"]
    assert [(m.value, m.paper) for m in found[:2]] == [(3.0, 3.2), (5.0, 3.2)]
    assert [(m.low, m.high) for m in found if m.n > 1] == [(2, 6)]
    assert np.isnan(found[0].low)  # of one seed: an interval over test examples, not over seeds


def test_the_papers_points_may_come_in_any_order_and_end_early() -> None:
    rows = pd.concat([OURS.assign(source="ours"), PAPERS.iloc[::-1].assign(source="paper")])
    last = curves.last_points(rows, ended(a=[False], b=[False])).set_index("model")
    assert last.loc["a", "paper"] == 3.0
    last = curves.last_points(rows, ended(a=[False], b=[True])).set_index("model")
    assert np.isnan(last.loc["a", "paper"])  # at 20, behind its last point


def test_models_keep_their_order() -> None:
    last = curves.last_points(ROWS, ended(b=[False], a=[False]))
    assert last["model"].tolist() == ["b", "a"]


def test_better_than_the_paper_is_no_agreement_either() -> None:
    ends = pd.DataFrame({"model": ["a"], "error": [1.0], "paper": [3.0], "low": 0.5, "high": 2.0, "runs": 1})
    assert [m.holds for m in curves.agreement(ends.assign(diverged=0), 0.5)] == [False]


def test_tables_of_several_models_are_one(fake: Fake) -> None:
    table = curves.ours({"b": [fake()], "a": [fake(seed=1)]})
    assert list(table) == curves.COLUMNS
    assert table["model"].tolist() == ["b"] * 4 + ["a"] * 4
    assert table.index.tolist() == list(range(8)) and set(table["source"]) == {"ours"}
