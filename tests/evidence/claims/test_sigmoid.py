"""C1 to C6: the paper's Figures 2 and 11 with something changed."""

import pandas as pd
import pytest

from repro.evidence.claims.rule import RULES
from repro.evidence.claims.sigmoid import figure2, figure2_escape, figure11
from repro.evidence.plateau import CONSTANT
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


def test_a_depth_that_was_not_trained_leaves_the_collapse_open(courses: pd.DataFrame) -> None:
    alone = judged("C1", courses[courses["depth"] == 4].assign(n=1))
    assert (alone.outcome, alone.holds) == ("holds so far", (2, 2))
    assert [m.of["depth"] for m in alone.measures if m.holds is None] == [5]


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


def escape_at(epoch: float, last: float = 139) -> pd.DataFrame:
    """Test errors of a network that leaves the plateau at this epoch."""
    return pd.DataFrame({"epoch": [0, epoch, last], "error": [CONSTANT, 60.0, 40.0]})


def comeback(courses: pd.DataFrame, errors: pd.DataFrame) -> Verdict:
    return RULES["C3"].verdict({"fig02": {"courses": courses.assign(source="ours"), "errors": errors}})


def test_the_papers_escape_is_one(courses: pd.DataFrame) -> None:
    _, errors = figure2_escape()
    found = comeback(courses, errors)
    assert (found.outcome, found.measures[0].value) == ("reproduced", 20_000_000)
    assert found.measures[1].value == pytest.approx(0.204 / 0.085, abs=0.02)


def test_no_escape_at_full_length_refutes(courses: pd.DataFrame) -> None:
    stuck = pd.DataFrame({"epoch": [1.0, 125.0], "error": CONSTANT})
    assert comeback(courses, stuck).outcome == "not reproduced"
    assert comeback(courses, stuck.assign(epoch=[1.0, 12.5])).outcome == "not tested"


def test_an_escape_too_early_or_without_saturation_refutes_a_part(courses: pd.DataFrame) -> None:
    early = comeback(courses, escape_at(10))
    assert (early.measures[0].holds, early.measures[1].holds) == (False, False)
    flat = courses.assign(value=courses["value"].mask(courses["quantity"] == "std", 0.1))
    found = comeback(flat, escape_at(100))
    assert (found.outcome, found.holds) == ("partly", (1, 3))


def test_what_follows_the_escape_is_open_until_then(courses: pd.DataFrame) -> None:
    found = comeback(courses[courses["epoch"] <= 101], escape_at(100, last=101))
    assert (found.outcome, found.holds) == ("holds so far", (2, 2))


def stuck(seeds: pd.DataFrame) -> Verdict:
    return RULES["C4"].verdict({"fig11": {"seeds": seeds}})


def test_depth_5_stays_or_refutes_at_any_length() -> None:
    (theirs,) = figure11()
    assert stuck(theirs).outcome == "reproduced"
    short = theirs[theirs["examples"] <= 10_000_000]
    assert stuck(short).outcome == "holds so far"
    assert stuck(theirs[theirs["examples"] <= 200_000]).outcome == "not tested"
    one = (short["examples"] == 300_000) & (short["model"] == "Sigmoid depth 5")
    early = short.assign(error=short["error"].mask(one, 70.0))
    assert stuck(early[early["examples"] <= 400_000]).outcome == "not reproduced"


def test_one_seed_that_escapes_refutes() -> None:
    (theirs,) = figure11()
    other = theirs.assign(seed=1, error=60.0)
    found = stuck(pd.concat([theirs, other]))
    assert (found.outcome, found.refuted, found.holds) == ("not reproduced", True, (1, 2))


def pretrained(courses: pd.DataFrame, **values: float) -> Verdict:
    rows = courses.assign(pretrained=False)
    other = courses.assign(pretrained=True, **values)
    return RULES["C5"].verdict({"pretraining": {"courses": pd.concat([rows, other]).assign(source="ours")}})


def test_pre_training_keeps_the_top_layer_or_not(courses: pd.DataFrame) -> None:
    assert pretrained(courses, value=0.4).outcome == "reproduced"
    assert pretrained(courses).outcome == "not reproduced"
    early = courses[courses["epoch"] <= 1]
    assert pretrained(early, value=0.4).outcome == "not tested"
    assert pretrained(early).outcome == "not reproduced"  # .145 at epoch 1 already


def first(courses: pd.DataFrame, known: float, share: list[float]) -> Verdict:
    """A network whose answers are the classes' frequencies from this epoch on."""
    errors = pd.DataFrame({"epoch": [0.25, known], "excess": [0.5, 0.001]})
    tables = {"courses": courses.assign(source="ours"), "errors": errors}
    return RULES["C6"].verdict({"fig02": {**tables, "biases": pd.DataFrame({"share": share})}})


def test_the_constant_answer_comes_first_and_by_biases(courses: pd.DataFrame) -> None:
    """In the paper's figure the top layer's mean is below .05 from epoch 6 on."""
    assert first(courses, 1, [0.7, 0.8]).outcome == "reproduced"
    late = first(courses, 20, [0.7])
    assert (late.outcome, [m.holds for m in late.measures]) == ("partly", [False, None, True])
    weights = first(courses, 1, [0.05])
    assert (weights.outcome, weights.holds) == ("partly", (1, 2))
    assert "W h" in weights.rule


def test_too_short_for_the_mechanism(courses: pd.DataFrame) -> None:
    early = courses[courses["epoch"] <= 0]
    tables = {
        "courses": early.assign(source="ours"),
        "errors": pd.DataFrame({"epoch": [0.25], "excess": [0.5]}),
        "biases": pd.DataFrame({"share": [float("nan")]}),
    }
    assert RULES["C6"].verdict({"fig02": tables}).outcome == "not tested"
