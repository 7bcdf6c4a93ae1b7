"""C1, C2: the paper's Figure 2 with something changed."""

import pandas as pd
import pytest

from repro.evidence.claims.rule import RULES
from repro.evidence.claims.sigmoid import figure2
from repro.evidence.verdict import Verdict


@pytest.fixture
def courses() -> pd.DataFrame:
    """The paper's, and depth 5 as a copy whose top layer is that of depth 4."""
    (rows,) = figure2()
    top = rows[rows["layer"] == 4].assign(depth=5, layer=5)
    return pd.concat([rows, top], ignore_index=True)


def judged(claim: str, courses: pd.DataFrame) -> Verdict:
    return RULES[claim].verdict({"fig02": {"courses": courses.assign(source="ours")}})


def test_the_papers_curve_collapses_at_both_depths(courses: pd.DataFrame) -> None:
    found = judged("C1", courses)
    assert (found.outcome, found.holds) == ("reproduced", (4, 4))
    assert all(m.value == m.paper for m in found.measures if m.of["depth"] == 4)


def test_a_top_layer_that_stays_refutes_the_collapse(courses: pd.DataFrame) -> None:
    """.24 by epoch 2 is not 0, nor is .1 later."""
    deep = courses["depth"] == 5
    later = courses["epoch"] > 2
    assert judged("C1", courses.assign(value=0.24)).outcome == "not reproduced"
    assert judged("C1", courses.assign(value=courses["value"].mask(deep, 0.24))).outcome == "partly"
    late = judged("C1", courses.assign(value=courses["value"].mask(later, 0.1)))
    assert (late.outcome, late.holds) == ("partly", (2, 4))


def test_a_collapse_is_open_until_its_time(courses: pd.DataFrame) -> None:
    assert judged("C1", courses[courses["epoch"] <= 0]).outcome == "not tested"
    early = judged("C1", courses[courses["epoch"] <= 1])  # .145 already
    assert (early.outcome, early.holds) == ("holds so far", (2, 2))
    slow = courses.assign(value=0.24)
    assert judged("C1", slow[slow["epoch"] <= 5]).outcome == "fails so far"


def test_layers_are_in_order_on_the_plateau(courses: pd.DataFrame) -> None:
    assert judged("C2", courses).outcome == "reproduced"
    assert judged("C2", courses[courses["epoch"] <= 5]).outcome == "holds so far"
    assert judged("C2", courses[courses["epoch"] <= 0]).outcome == "not tested"


def test_what_comes_after_the_plateau_does_not_count(courses: pd.DataFrame) -> None:
    """At the end the paper's layers are at .38, .39, .36."""
    after = courses["epoch"] > 100
    assert judged("C2", courses.assign(value=courses["value"].mask(after, 0.4))).outcome == "reproduced"


def test_layers_out_of_order_refute_a_part(courses: pd.DataFrame) -> None:
    swapped = judged("C2", courses.assign(layer=courses["layer"].replace({1: 2, 2: 1})))
    assert (swapped.outcome, swapped.holds) == ("partly", (4, 5))
    low = judged("C2", courses.assign(value=courses["value"] - 0.3))
    assert (low.outcome, low.holds) == ("partly", (2, 5))  # the steps are what they were
