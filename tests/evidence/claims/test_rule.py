"""The frame of all rules: ours and the paper's by the same function, caps, order, what is missing."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd
import pytest

from repro import paper
from repro.evidence import claims
from repro.evidence.claims.rule import RULES, UNDECIDED, Finding, Rule, rule, statement
from repro.evidence.conditions import Conditions
from repro.evidence.verdict import Measure


class Found(NamedTuple):
    tables: dict[str, pd.DataFrame]
    conditions: Conditions = Conditions("paper", 1, seeds_each=3, rates_each=3, share=1.0)
    runs: tuple[str, ...] = ("a-run",)


ROWS = pd.DataFrame({"source": ["ours", "ours", "paper"], "layer": [1, 2, 1], "value": [1.0, 3.0, 1.5]})


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Rule]]:
    """An empty registry."""
    monkeypatch.setattr("repro.evidence.claims.rule.RULES", own := {})
    monkeypatch.setattr(claims, "RULES", own)
    yield own


def register(**more: Any) -> None:
    def judge(rows: pd.DataFrame, t: Any) -> Finding:
        below = [(row["layer"], row["value"], row["value"] < 2) for row in rows.to_dict("records")]
        return Finding(tuple(Measure({"layer": layer}, value, holds=held) for layer, value, held in below))

    rule("C1", reads=("some.rows",), quantity="value", **more)(judge)


def test_ours_and_the_papers_go_through_the_same_function(known: dict[str, Rule]) -> None:
    register(papers=lambda: (pd.DataFrame({"layer": [1], "value": [1.5]}),))
    (verdict,) = claims.of_exhibit("some", {"rows": ROWS})
    assert next((m.value, m.paper, m.holds) for m in verdict.measures) == (1.0, 1.5, True)
    assert math.isnan(verdict.measures[1].paper) and verdict.measures[1].holds is False
    assert (verdict.outcome, verdict.papers) == ("partly", "reproduced")
    assert verdict.rule == paper.claims()["C1"].words


def test_conditions_are_those_of_the_exhibits(known: dict[str, Rule]) -> None:
    register()
    tables = {"rows": ROWS[ROWS["layer"] == 1]}
    assert claims.judge({"some": Found(tables)})["C1"].outcome == "reproduced"
    one = Found(tables, Conditions("quick", 1, seeds_each=1, rates_each=1))
    found = claims.judge({"some": one})["C1"]
    assert (found.outcome, found.lacks, found.runs) == ("holds so far", ("1 of 3 seeds",), ("a-run",))


def test_every_statement_has_a_verdict_in_order(known: dict[str, Rule]) -> None:
    register(papers=lambda: (pd.DataFrame({"layer": [1], "value": [1.5]}),))
    found = claims.judge({})
    assert list(found) == [f"C{i}" for i in range(1, 33)] + [f"D{i}" for i in range(1, 7)]
    assert {verdict.outcome for verdict in found.values()} == {"not tested"}
    assert all(verdict.reason for verdict in found.values())
    assert (found["C1"].reason, found["C1"].papers) == ("its evidence is missing: some", "reproduced")
    assert {found[f"D{i}"].kind for i in range(1, 7)} == {"ours"}


def test_a_rule_that_reads_several_exhibits_stands_on_no_page_alone(known: dict[str, Rule]) -> None:
    def judge(first: pd.DataFrame, second: pd.DataFrame, t: Any) -> Finding:
        return Finding((Measure({}, float(len(first) + len(second)), holds=True),))

    rule("C8", reads=("one.rows", "two.rows"), quantity="rows")(judge)
    tables = {"rows": ROWS}
    assert claims.of_exhibit("one", tables) == []
    assert claims.judge({"one": Found(tables)})["C8"].reason == "its evidence is missing: two"
    found = claims.judge({"one": Found(tables), "two": Found(tables, runs=("a-run", "another"))})["C8"]
    assert (found.outcome, found.measures[0].value) == ("reproduced", 4)  # of ours
    assert found.runs == ("a-run", "another")


def test_nothing_decided_is_not_tested(known: dict[str, Rule]) -> None:
    def judge(rows: pd.DataFrame, t: Any) -> Finding:
        return Finding((Measure({}, 1.0, final=False),))

    rule("C1", reads=("some.rows",), quantity="value")(judge)
    (verdict,) = claims.of_exhibit("some", {"rows": ROWS})
    assert (verdict.outcome, verdict.reason) == ("not tested", UNDECIDED)


def test_one_claim_one_rule(known: dict[str, Rule]) -> None:
    register()
    with pytest.raises(ValueError, match="C1 has a rule: judge"):
        register()


ALL = list(RULES.values())


@pytest.mark.parametrize("one", ALL, ids=[one.claim for one in ALL])
def test_the_papers_own_data_pass_or_the_page_says_why_not(one: Rule) -> None:
    theirs = one.of_the_paper()
    if theirs is None:
        assert not statement(one.claim).contradiction
    else:
        best = "supported" if theirs.kind == "ours" else "reproduced"
        assert (theirs.outcome == best) is not bool(statement(one.claim).contradiction)


@pytest.mark.parametrize("one", [one for one in ALL if one.papers], ids=lambda one: one.claim)
def test_every_number_of_the_words_is_read_by_the_code(one: Rule) -> None:
    """A rule asks for its numbers by name: all of them, on the paper's data or on no data at all."""
    asked: set[str] = set()

    class Asked(SimpleNamespace):
        def __getattribute__(self, name: str) -> Any:
            asked.add(name)
            return super().__getattribute__(name)

    assert one.papers is not None
    one.judge(*one.papers(), t=Asked(**statement(one.claim).tolerances))
    assert set(statement(one.claim).tolerances) <= asked


IN_TIME = ("C1", "C2", "C4", "C8", "C26", "C32")


@pytest.mark.parametrize("claim", IN_TIME)
@pytest.mark.parametrize("share", [0.01, 0.03, 0.1, 0.3, 0.6])
def test_the_papers_data_cut_short_are_never_refuted(claim: str, share: float) -> None:
    """What its whole training confirms, a part of it must not deny for good."""
    one = RULES[claim]
    assert one.papers is not None
    cut = []
    for rows in one.papers():
        time = "epoch" if "epoch" in rows else "examples"
        cut.append(rows[rows[time] <= share * {"epoch": 125, "examples": 25_000_000}[time]])
    measures = one.finding(*cut).measures
    assert not any(measure.holds is False and measure.final for measure in measures)
    assert not one.finding(*cut).refuted
