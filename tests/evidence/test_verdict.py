import json
import math

import numpy as np
import pytest

from repro.evidence.conditions import Conditions
from repro.evidence.verdict import Measure, Verdict, judged, not_tested, outcome, under


def verdict(*holds: bool | None) -> Verdict:
    measures = tuple(Measure({"layer": i}, float(i), holds=held) for i, held in enumerate(holds))
    return Verdict("C4", "not tested", "error", "%", "stays above 80 %", measures)


def test_outcome_by_share_of_agreement() -> None:
    assert outcome(1) == "reproduced"
    assert outcome(0.5) == "partly"
    assert outcome(0.49) == "not reproduced"


def test_a_short_run_reproduces_in_part_at_best() -> None:
    assert outcome(1, complete=False) == "partly"
    assert outcome(0, complete=False) == "not reproduced"


@pytest.mark.parametrize(
    ("holds", "wanted"),
    [
        ((True, True), "reproduced"),
        ((True, False), "partly"),
        ((True, False, False), "not reproduced"),
        ((True, None, None), "reproduced"),  # numbers that are shown only don't count
        ((None,), "not reproduced"),
        ((), "not reproduced"),
    ],
)
def test_judged_by_the_numbers_that_the_rule_is_for(holds: tuple[bool | None, ...], wanted: str) -> None:
    assert judged(verdict(*holds)).outcome == wanted


def test_what_is_not_said_of_a_number_and_a_verdict() -> None:
    """One seed and three digits, no interval, nothing of the paper's, no judgement."""
    shown = Measure({}, 0.5)
    assert (shown.n, shown.holds) == (1, None)
    assert all(math.isnan(number) for number in (shown.paper, shown.low, shown.high, shown.p))
    said = verdict().to_dict()
    assert said["figures"] == 3
    assert {said[key] for key in ("statement", "paper", "reason")} == {""}


def test_judged_with_a_short_training() -> None:
    assert judged(verdict(True, True), complete=False).outcome == "partly"
    assert verdict(True, False, None).holds == (1, 2)


def test_not_tested_keeps_what_was_measured() -> None:
    before = judged(verdict(True))
    after = not_tested(before, "too short")
    assert (after.outcome, after.reason) == ("not tested", "too short")
    assert after.measures == before.measures


def test_under_conditions_unlike_the_papers_nothing_is_tested() -> None:
    like, unlike = Conditions("quick", 1), Conditions("smoke", 1, unlike=("width 50", "dropout 0.1"))
    (kept,), (lost,) = under([judged(verdict(True))], like, ["a"]), under([judged(verdict(True))], unlike, [])
    assert (kept.outcome, kept.conditions, kept.runs) == ("reproduced", like, ("a",))
    assert (lost.outcome, lost.reason) == ("not tested", "width 50; dropout 0.1")
    assert under([not_tested(verdict(), "too short")], like, [])[0].reason == "too short"


def test_as_json_without_nan() -> None:
    odd = Measure(
        of={"layer": np.int64(2), "scale": math.nan},  # type: ignore[dict-item]
        value=np.float64(0.25),
        low=np.float32("nan"),  # type: ignore[arg-type]
        high=-math.inf,
        n=np.int64(3),  # type: ignore[arg-type]
        holds=np.bool_(True),  # type: ignore[arg-type]
    )
    one = Verdict("fig07.peaks", "partly", "peak", "", "near", (odd,), subject={"init": "standard"})
    (whole,) = under([one], Conditions("quick", 1, seeds=(0, 1)), ["a-run"])
    text = json.dumps(whole.to_dict(), allow_nan=False)
    found = json.loads(text)
    assert found["measures"] == [
        {
            "of": {"layer": 2, "scale": None},
            "value": 0.25,
            "paper": None,
            "low": None,
            "high": None,
            "n": 3,
            "holds": True,
            "p": None,
        }
    ]
    assert (found["claim"], found["subject"], found["runs"]) == (
        "fig07.peaks",
        {"init": "standard"},
        ["a-run"],
    )
    assert found["conditions"]["seeds"] == [0, 1]
    assert whole.to_dict() == found  # lists already, no tuples
