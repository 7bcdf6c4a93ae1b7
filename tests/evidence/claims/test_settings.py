"""C29 to C31."""

import pandas as pd

from repro.evidence.claims.rule import RULES
from repro.evidence.claims.settings import elsewhere
from repro.evidence.verdict import Verdict

from .test_contrasts import LONG, SHORT, curve, judged


def depths(best: dict[str, int], tried: range = range(1, 6), examples: int = LONG) -> Verdict:
    """Validation errors that rise by two points per layer away from the best depth."""
    rows = [
        {
            "model": model,
            "depth": depth,
            "seed": seed,
            "examples": examples,
            "valid": 20 + 2 * abs(depth - at),
        }
        for model, at in best.items()
        for depth in tried
        for seed in (0, 1, 2)
    ]
    return judged("C29", depths=pd.DataFrame(rows))


GOOD = {"Tanh": 5, "Tanh N": 5, "Softsign": 5, "Softsign N": 5, "Sigmoid": 4}


def test_the_best_depth() -> None:
    assert depths(GOOD).outcome == "reproduced"
    assert (depths({**GOOD, "Sigmoid": 2}).outcome, depths({**GOOD, "Sigmoid": 2}).holds) == (
        "partly",
        (4, 5),
    )
    assert depths(dict.fromkeys(GOOD, 1)).outcome == "not reproduced"
    assert depths(GOOD, examples=SHORT).outcome == "holds so far"


def test_depths_that_are_missing() -> None:
    """Two depths can refute, but not confirm."""
    two = range(4, 6)
    assert depths(GOOD, two).outcome == "not tested"
    found = depths({**GOOD, "Tanh": 4}, two)
    assert (found.outcome, found.holds) == ("fails so far", (0, 1))
    assert depths({"Tanh": 5}).outcome == "holds so far"


def other(points: pd.DataFrame, courses: pd.DataFrame) -> Verdict:
    tables = {"points": points, "courses": courses.assign(source="ours")}
    return RULES["C30"].verdict({"other_data": tables})


def test_other_data() -> None:
    points, courses = elsewhere()
    mnist = [rows.assign(dataset="mnist") for rows in (points, courses)]
    assert other(pd.concat([points, mnist[0]]), pd.concat([courses, mnist[1]])).holds == (8, 8)
    even = other(points, courses.assign(value=0.5))
    assert (even.outcome, even.holds) == ("partly", (3, 4))
    none = other(points.assign(value=points["init"].map({"standard": 1.0, "normalized": 50.0})),
                 courses.assign(value=0.5))  # fmt: skip
    assert none.outcome == "not reproduced"
    assert other(points, courses[courses["epoch"] <= 0]).outcome == "holds so far"


def one_object(single: float, last: int = LONG) -> Verdict:
    rows = [
        curve(level, last, network=f"{init}, {objects}", objects=objects, init=init)
        for init in ("standard", "normalized")
        for objects, level in (("one", single), ("one or two", 20.0))
    ]
    return judged("C31", curves=pd.concat(rows))


def test_one_object() -> None:
    assert one_object(3.0).outcome == "reproduced"
    assert one_object(15.0).outcome == "not reproduced"
    assert one_object(3.0, SHORT).outcome == "holds so far"
