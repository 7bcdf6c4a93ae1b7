"""C12 to C16: the paper's data with something changed."""

import pandas as pd
import pytest

from repro.evidence.claims.before_training import figure6, figure6_and_text, figure7, figure8, stated_averages
from repro.evidence.claims.rule import RULES
from repro.evidence.verdict import Verdict

READS = {
    "C12": (figure6, "fig06", "variances"),
    "C13": (figure7, "fig07", "variances"),
    "C14": (figure8, "fig08", "variances"),
    "C15": (stated_averages, "jacobian", "averages"),
    "C16": (figure6_and_text, "jacobian", "points"),
}


def judged(claim: str, rows: pd.DataFrame) -> Verdict:
    _, exhibit, table = READS[claim]
    return RULES[claim].verdict({exhibit: {table: rows}})


def papers(claim: str) -> pd.DataFrame:
    (rows,) = READS[claim][0]()
    return rows


@pytest.mark.parametrize("claim", ["C12", "C13", "C14", "C15"])
def test_the_papers_data_pass(claim: str) -> None:
    found = judged(claim, papers(claim))
    assert found.outcome == "reproduced"
    assert all(m.value == m.paper for m in found.measures if m.holds is not None)


def scaled(rows: pd.DataFrame, init: str, **layers: float) -> pd.DataFrame:
    """The variances with those of some layers multiplied: l3=2.0."""
    factor = rows["layer"].map({int(name[1:]): by for name, by in layers.items()}).fillna(1.0)
    return rows.assign(value=rows["value"] * factor.where(rows["init"] == init, 1.0))


def test_a_layer_that_does_not_fade_refutes_a_part_of_c12() -> None:
    found = judged("C12", scaled(papers("C12"), "standard", l3=2.0))
    assert (found.outcome, [m.holds for m in found.measures]) == ("partly", [True, False, False, True])
    assert judged("C12", papers("C12").assign(value=1.0)).outcome == "not reproduced"


def test_a_drift_that_hides_in_neighbours_refutes_c13() -> None:
    """25 % per layer are within 25 %, and 2.4-fold together."""
    drift = {f"l{layer}": 0.698 * 1.25 ** (layer - 1) for layer in range(1, 6)}
    flat = papers("C13").assign(value=lambda rows: rows["value"].where(rows["init"] == "standard", 1.0))
    found = judged("C13", scaled(flat, "normalized", **drift))
    assert (found.outcome, [m.holds for m in found.measures]) == ("partly", [True, False])
    assert found.measures[1].value == pytest.approx(1.25**4)
    swapped = papers("C13").replace({"init": {"standard": "normalized", "normalized": "standard"}})
    assert judged("C13", swapped).outcome == "not reproduced"


def test_the_third_initialization_is_shown_and_not_judged() -> None:
    for claim in ("C13", "C14"):
        third = papers(claim).query("init == 'normalized'").assign(init="normalized_hidden", value=7.0)
        third = scaled(third, "normalized_hidden", l1=100.0)
        found = judged(claim, pd.concat([papers(claim), third], ignore_index=True))
        assert found.outcome == "reproduced"
        assert {m.holds for m in found.measures if m.of["init"] == "normalized_hidden"} == {None}


def test_one_layer_that_is_off_refutes_c14() -> None:
    """In the paper's Figure 9 layer 1 is: there only layers 2 to 5 are alike."""
    found = judged("C14", scaled(papers("C14"), "normalized", l1=3.0))
    assert (found.outcome, [m.holds for m in found.measures]) == ("partly", [True, True, True, False])
    apart = {"l2": 0.1, "l5": 10.0}
    both = scaled(scaled(papers("C14"), "normalized", **apart), "standard", **apart)
    assert judged("C14", both).outcome == "not reproduced"


def test_variances_have_an_interval_over_seeds() -> None:
    one = papers("C13")
    other = scaled(one, "standard", l5=1.1).assign(run=1)
    measure = judged("C13", pd.concat([one, other])).measures[0]
    assert measure.n == 2
    assert measure.high - measure.value == pytest.approx(12.706 * 0.05 * one_growth(one), rel=1e-3)


def one_growth(rows: pd.DataFrame) -> float:
    own = rows[rows["init"] == "standard"].set_index("layer")["value"]
    return float(own[5] / own[1])


def test_averages_are_judged_at_the_papers_digit() -> None:
    for means, outcome in (
        ((0.46, 0.84), "reproduced"),
        ((0.44, 0.8), "partly"),
        ((0.6, 0.7), "not reproduced"),
    ):
        assert judged("C15", papers("C15").assign(mean=means)).outcome == outcome


def test_the_papers_own_numbers_refute_c16() -> None:
    found = judged("C16", papers("C16"))
    assert (found.outcome, found.papers) == ("not reproduced", "not reproduced")
    assert found.contradiction.startswith("The paper's own numbers")


def test_agreement_at_the_crossing_alone_is_no_reproduction_of_c16() -> None:
    """.72 beside .72 at one scale of weights, a third beside .49 at the other; both would do."""
    rows = papers("C16")
    crossing = rows["init"] == "normalized"
    one = rows.assign(variance_ratio=rows["mean"].where(crossing, 1 / 3))
    assert judged("C16", one).outcome == "not reproduced"
    assert judged("C16", rows.assign(variance_ratio=1.05 * rows["mean"])).outcome == "reproduced"
    assert judged("C16", rows[crossing].assign(variance_ratio=rows["mean"])).outcome == "not tested"
