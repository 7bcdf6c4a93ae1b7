"""Made-up residuals with a known answer: what settles a question, what contradicts, what leaves it open."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from repro.evidence import EvidenceError, likelihood
from repro.evidence.likelihood import DIMENSIONS, leads, outcome, residuals, seed_spread, support

POINTS = pd.DataFrame({"quantity": "std", "layer": 1, "x": [1.0, 2.0, 3.0]})


def rows(curve: str, misfit: float, points: int = 3, **setting: str) -> pd.DataFrame:
    """Residuals of one setting on one curve that are all `misfit`."""
    own = dict.fromkeys(DIMENSIONS, "") | setting
    return POINTS.head(points).assign(curve=curve, kind=curve, residual=misfit, **own)


def judged(*parts: pd.DataFrame, unknown: str = "inputs") -> pd.DataFrame:
    return leads(support(pd.concat(parts), unknown))


def both(curve: str, narrow: float, wide: float) -> pd.DataFrame:
    return pd.concat([rows(curve, narrow, inputs="[0, 1]"), rows(curve, wide, inputs="[-1, 1]")])


def test_likelihood_is_students_t() -> None:
    """Up to a constant."""
    ours = [likelihood.log_likelihood(r) for r in (0.0, 1.0, 7.0)]
    theirs = stats.t.logpdf([0.0, 1.0, 7.0], likelihood.FREEDOM)
    assert np.diff(ours) == pytest.approx(np.diff(theirs))


def test_a_candidate_that_fits_and_leads_settles_it() -> None:
    found = judged(both("a", 1, 8), both("b", 1, 1.2))
    assert found["leader"].unique().tolist() == ["[0, 1]"] and outcome(found) == "settled"
    assert likelihood.in_doubt(found) == ["[0, 1]"]


def test_nearly_as_good_is_open() -> None:
    found = judged(both("a", 1, 2), both("b", 1, 1.2))
    assert outcome(found) == "open" and set(likelihood.in_doubt(found)) == {"[0, 1]", "[-1, 1]"}


def test_a_curve_against_the_leader_counts_however_clear_the_others_are() -> None:
    found = judged(both("a", 1, 50), both("b", 1, 50), both("c", 8, 1))
    assert outcome(found) == "contradictory"
    assert found.loc[found["lead"] >= likelihood.DECISIVE, "curve"].tolist() == ["c"]


def test_the_least_bad_is_no_answer() -> None:
    assert outcome(judged(both("a", 6, 40))) == "none fits"
    assert outcome(judged(both("a", 1, 8))) == "settled"


def test_candidates_change_places_with_their_data() -> None:
    one, other = judged(both("a", 1, 8)), judged(both("a", 8, 1))
    assert (one["leader"].iloc[0], other["leader"].iloc[0]) == ("[0, 1]", "[-1, 1]")
    assert sorted(one["lead"]) == sorted(other["lead"])


def test_one_curve_is_one_measurement() -> None:
    """A hundred points of one curve decide no more than three."""
    long = pd.concat([both("a", 1, 3).assign(x=lambda r, k=k: r["x"] + 10 * k) for k in range(30)])
    short = judged(both("a", 1, 3))
    assert judged(long)["lead"].tolist() == pytest.approx(short["lead"].tolist())
    assert outcome(short) == "open"


def test_curves_of_one_kind_weigh_as_much_as_one() -> None:
    """A second look at the same quantity decides nothing that the first left open."""
    one = judged(both("a", 1, 3))
    again = judged(*(both(name, 1, 3).assign(kind="z") for name in "abcd"))
    assert likelihood.total_leads(again) == pytest.approx(likelihood.total_leads(one))
    assert outcome(judged(*(both(name, 1, 3) for name in "abcd"))) == "settled"
    against = judged(both("a", 1, 50), both("b", 1, 50), both("c", 8, 1).assign(kind="a"))
    assert outcome(against) == "contradictory"  # a curve is heard, however little it weighs


def test_between_two_bad_candidates_neither_wins_by_much() -> None:
    found = judged(both("a", 20, 30))
    assert found["lead"].min() > -likelihood.DECISIVE  # a normal distribution would say -250


def test_other_unknowns_have_the_values_that_suit_each_candidate() -> None:
    def grid(narrow: tuple[float, float], wide: tuple[float, float]) -> list[pd.DataFrame]:
        cells = {("[0, 1]", 0): narrow[0], ("[0, 1]", 1): narrow[1]}
        cells |= {("[-1, 1]", 0): wide[0], ("[-1, 1]", 1): wide[1]}
        return [rows("a", r, inputs=i, lr=("0.01", "0.03")[k]) for (i, k), r in cells.items()]

    found = judged(*grid((9, 1), (2, 30)))
    assert dict(zip(found["candidate"], found["misfit"], strict=True)) == {"[0, 1]": 1, "[-1, 1]": 2}


def test_a_rate_that_only_one_candidate_had_is_no_help_to_it() -> None:
    shared = both("a", 5, 2).assign(lr="0.01")
    found = judged(shared, rows("a", 0.1, inputs="[0, 1]", lr="0.03"))
    assert dict(zip(found["candidate"], found["misfit"], strict=True)) == {"[0, 1]": 5, "[-1, 1]": 2}


def test_candidates_are_compared_at_equal_x() -> None:
    """The one that was trained for longer is not judged where the other has no point."""
    long = rows("a", 1, inputs="[0, 1]").assign(residual=[1.0, 1.0, 90.0])
    found = judged(long, rows("a", 3, points=2, inputs="[-1, 1]"))
    assert found["points"].tolist() == [2, 2]
    assert found.set_index("candidate")["misfit"]["[0, 1]"] == 1


def test_an_epoch_is_the_papers_unless_that_is_the_question() -> None:
    parts = [rows("a", r, inputs="[0, 1]", lr="0.01", epoch=e) for r, e in ((1, "5,000"), (4, "20,000"))]
    parts += [rows("a", 2, inputs="[-1, 1]", lr="0.01", epoch="20,000")]
    assert judged(*parts)["leader"].iloc[0] == "[-1, 1]"
    assert judged(*parts[:2], unknown="epoch")["leader"].iloc[0] == "5,000"


@pytest.mark.parametrize("parts", [[rows("a", 1, inputs="[0, 1]")], [rows("a", 1, lr="0.01")]])
def test_one_candidate_or_a_curve_that_says_nothing_is_no_question(parts: list[pd.DataFrame]) -> None:
    assert support(pd.concat(parts), "inputs").empty


def test_a_curve_without_all_candidates_does_not_speak() -> None:
    third = rows("a", 1, inputs="[0, 2]")
    found = support(pd.concat([both("a", 1, 8), third, both("b", 1, 8)]), "inputs")
    assert found["curve"].unique().tolist() == ["a"]


def ours(values: dict[int, list[float]], **setting: str) -> pd.DataFrame:
    """Of one network, by seed."""
    own = dict.fromkeys(DIMENSIONS, "") | setting
    parts = [POINTS.assign(seed=seed, value=each) for seed, each in values.items()]
    return pd.concat(parts).assign(curve="a", kind="errors", network="Tanh", **own)


def papers(value: list[float], start: bool = False, reading: float = 0.3) -> pd.DataFrame:
    return POINTS.assign(curve="a", value=value, reading=reading, start=start)


def test_sigma_is_reading_error_jitter_and_twice_the_variance_of_seeds() -> None:
    both_seeds = ours({0: [1.0, 1.0, 1.0], 1: [2.0, 2.0, 2.0]}, inputs="[0, 1]")
    alone = ours({0: [5.0, 5.0, 5.0]}, inputs="[-1, 1]")
    found = residuals(pd.concat([both_seeds, alone]), papers([1.0, 1.0, 1.0]))
    expected = math.sqrt(0.3**2 + 2 * 0.5)
    assert found["sigma"].tolist() == pytest.approx([expected] * 6)  # the same for every candidate
    assert found["residual"].tolist() == pytest.approx([0.5 / expected] * 3 + [4 / expected] * 3)
    assert found["n"].tolist() == [2] * 3 + [1] * 3


def test_the_papers_own_scatter_counts_in_training_only() -> None:
    jumps = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    line = pd.DataFrame({"curve": "a", "quantity": "std", "layer": 1, "x": range(6), "value": jumps})
    assert likelihood.papers_jitter(line.assign(start=True)) == {"a": 0.0}
    assert likelihood.papers_jitter(line.assign(start=False))["a"] == pytest.approx(2 / math.sqrt(6))


def test_a_curve_trained_with_one_seed_has_the_spread_of_its_kind() -> None:
    two = ours({0: [1.0, 1.0, 1.0], 1: [2.0, 2.0, 2.0]})
    assert seed_spread(two) == pytest.approx({"errors": math.sqrt(0.5), "a": math.sqrt(0.5)})
    other = ours({0: [1.0, 1.0, 1.0]}).assign(curve="b")
    found = residuals(
        pd.concat([two, other]), pd.concat([papers([1.0] * 3), papers([1.0] * 3).assign(curve="b")])
    )
    assert found["sigma"].nunique() == 1


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(EvidenceError, match="no point in common"):
        residuals(ours({0: [1.0, 1.0, 1.0]}).assign(x=77.0), papers([1.0, 1.0, 1.0]))
