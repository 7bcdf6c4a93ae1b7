import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from repro.evidence.conditions import Conditions
from repro.evidence.verdict import Measure, Verdict, judged, not_tested, under


def verdict(*holds: bool | None) -> Verdict:
    measures = tuple(Measure({"layer": i}, float(i), holds=held) for i, held in enumerate(holds))
    return Verdict("C4", "not tested", "error", "%", "stays above 80 %", measures)


def test_partly_means_that_some_hold() -> None:
    assert judged(verdict(True, True)).outcome == "reproduced"
    assert judged(verdict(True, False, False)).outcome == "partly"
    assert judged(verdict(False, False)).outcome == "not reproduced"
    assert judged(verdict(True, None, None)).outcome == "reproduced"  # shown numbers don't count
    assert judged(verdict(None)).outcome == judged(verdict()).outcome == "not tested"


def test_a_short_training_caps_what_it_can_say() -> None:
    assert judged(verdict(True, True), complete=False).outcome == "holds so far"
    assert judged(verdict(True, False), complete=False).outcome == "fails so far"
    assert judged(verdict(False), complete=False).outcome == "fails so far"


def test_a_refutation_that_training_can_not_undo_counts_at_any_length() -> None:
    assert judged(verdict(False)).outcome == "not reproduced"
    still_open = Measure({"layer": 9}, 1.0, final=False)
    half = replace(verdict(False), measures=(*verdict(False).measures, still_open))
    assert judged(half).outcome == "fails so far"


def test_a_counterexample_refutes_under_any_conditions() -> None:
    (found,) = under([replace(verdict(False, None), refuted=True)], Conditions("quick", 1), [])
    assert found.outcome == "not tested"  # under() doesn't judge what wasn't
    short = replace(judged(verdict(True, False), complete=False), refuted=True, needs={"seeds": 3})
    (found,) = under([short], Conditions("quick", 1, seeds_each=1), [])
    assert found.outcome == "not reproduced"


def test_findings_of_ours_and_fits_are_never_reproduced() -> None:
    for kind, best, worst in (("ours", "supported", "not supported"), ("fit", "fitted", "not fitted")):
        assert judged(replace(verdict(True), kind=kind)).outcome == best
        assert judged(replace(verdict(True, False), kind=kind)).outcome == worst
        assert judged(replace(verdict(True), kind=kind), complete=False).outcome == "holds so far"


@pytest.mark.parametrize(
    ("needs", "known", "lacks"),
    [
        ({"seeds": 3}, {"seeds_each": 2}, ("2 of 3 seeds",)),
        ({"seeds": 3}, {"seeds_each": 3}, ()),
        ({"rate": True}, {"rates_each": 1}, ("rate not searched",)),
        ({"rate": True}, {"rates_each": 2}, ()),
        ({}, {"seeds_each": 1}, ()),
        ({}, {"stand_ins": ("CIFAR-10, held out",)}, ("CIFAR-10, held out instead of the paper's data",)),
    ],
)
def test_conditions_cap(needs: dict[str, int], known: dict[str, Any], lacks: tuple[str, ...]) -> None:
    for holds, full, capped in (
        (True, "reproduced", "holds so far"),
        (False, "not reproduced", "fails so far"),
    ):
        one = judged(replace(verdict(holds), needs=needs))
        (found,) = under([one], Conditions("lab", 1, **known), [])
        assert found.lacks == lacks
        assert found.outcome == (capped if lacks else full)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.008, "0.8 % of the paper's training"), (1.0, "part of it open at full length")],
)
def test_what_is_open_says_whether_longer_training_would_tell(share: float, words: str) -> None:
    one = judged(verdict(True), complete=False)
    (found,) = under([one], Conditions("lab", 1, share=share), [])
    assert found.lacks == (words,) and found.outcome == "holds so far"


def test_what_needs_no_run_lacks_no_seed() -> None:
    (found,) = under([judged(replace(verdict(True), needs={"seeds": 3}))], Conditions("quick", 0), [])
    assert found.outcome == "reproduced"


def test_what_is_not_said_of_a_number_and_a_verdict() -> None:
    """One seed and three digits, no interval, nothing of the paper's, no judgement."""
    shown = Measure({}, 0.5)
    assert (shown.n, shown.holds) == (1, None)
    assert all(math.isnan(number) for number in (shown.paper, shown.low, shown.high, shown.p))
    said = verdict().to_dict()
    assert said["figures"] == 3
    assert {said[key] for key in ("statement", "paper", "reason")} == {""}


def test_how_many_hold() -> None:
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
            "final": True,
        }
    ]
    assert (found["claim"], found["subject"], found["runs"]) == (
        "fig07.peaks",
        {"init": "standard"},
        ["a-run"],
    )
    assert found["conditions"]["seeds"] == [0, 1]
    assert whole.to_dict() == found  # lists already, no tuples
