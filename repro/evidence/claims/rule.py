"""A rule: how one claim is judged from tables of a stated schema, ours and the paper's by the same function.

    @rule("C1", reads=("fig02.courses",), papers=figure2, quantity="mean of the top layer's z")
    def collapse(courses: pd.DataFrame, t: Any) -> Finding:
        \"\"\"courses: depth, layer, quantity ("mean", "std"), epoch, value, half, n.\"\"\"

`t` has the numbers that stand in the rule's words beside the claim (`repro/paper/claims.yaml`) as attributes.
Of the tables that it reads a rule gets our rows, if they have a column `source`. What it returns for the
paper's tables becomes the column "paper" of ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd

from repro import paper
from repro.evidence.verdict import Measure, Verdict, judged, not_tested

Frames = tuple[pd.DataFrame, ...]
Tables = Mapping[str, pd.DataFrame]
"""The tables of one exhibit, by name."""


UNDECIDED = "the training is too short for any part of the rule"


class Finding(NamedTuple):
    """What a rule says of its tables.

    untested: why they allow no judgement, such as too short a training; empty if they do. refuted: by a
    counterexample, which no other conditions could undo.
    """

    measures: tuple[Measure, ...]
    untested: str = ""
    refuted: bool = False


@dataclass(frozen=True)
class Rule:
    """How one claim, or a contradiction of the paper, is judged."""

    claim: str
    judge: Callable[..., Finding]
    reads: tuple[str, ...]  # "<exhibit>.<table>", in the order of judge's arguments; none: the paper's only
    papers: Callable[[], Frames] | None
    quantity: str
    unit: str
    figures: int

    @property
    def exhibits(self) -> tuple[str, ...]:
        """Those whose tables it reads, in order."""
        return tuple(dict.fromkeys(name.partition(".")[0] for name in self.reads))

    def missing(self, found: Mapping[str, Tables]) -> list[str]:
        """The exhibits, or their tables, that it reads and that aren't there."""
        parts = [name.partition(".") for name in self.reads]
        lacking = [exhibit if exhibit not in found else f"{exhibit}.{table}" for exhibit, _, table in parts
                   if table not in found.get(exhibit, {})]  # fmt: skip
        return list(dict.fromkeys(lacking))

    def finding(self, *tables: pd.DataFrame) -> Finding:
        """What the rule says of such tables, ours or the paper's."""
        return self.judge(*tables, t=SimpleNamespace(**statement(self.claim).tolerances))

    def ours(self, found: Mapping[str, Tables]) -> Frames:
        """Our rows of the tables it reads, from those of the exhibits."""
        if not self.reads and self.papers:
            return self.papers()
        parts = (name.partition(".") for name in self.reads)
        return tuple(_ours(found[exhibit][table]) for exhibit, _, table in parts)

    def verdict(self, found: Mapping[str, Tables]) -> Verdict:
        """The verdict on our tables, under no conditions yet."""
        finding, theirs = self.finding(*self.ours(found)), self.of_the_paper()
        verdict = self._judged(finding)
        if theirs is None:
            return verdict
        printed = {_key(measure): measure.value for measure in theirs.measures}
        measures = tuple(
            replace(m, paper=printed.get(_key(m), math.nan)) if math.isnan(m.paper) else m
            for m in verdict.measures
        )
        return replace(verdict, measures=measures, papers=theirs.outcome)

    def of_the_paper(self) -> Verdict | None:
        """The verdict on the paper's own data; None where it prints none."""
        return None if self.papers is None else self._judged(self.finding(*self.papers()))

    @property
    def blank(self) -> Verdict:
        """The verdict before anything is known but what the paper's own data come to."""
        theirs = self.of_the_paper()
        return replace(self._blank(), papers=theirs.outcome if theirs else "")

    def _blank(self) -> Verdict:
        empty = blank(self.claim)
        return replace(empty, quantity=self.quantity, unit=self.unit, figures=self.figures)

    def _judged(self, finding: Finding) -> Verdict:
        verdict = replace(self._blank(), measures=finding.measures, refuted=finding.refuted)
        reason = finding.untested or ("" if verdict.holds[1] else UNDECIDED)
        return not_tested(verdict, reason) if reason else judged(verdict)


def blank(claim: str) -> Verdict:
    """A verdict on a claim, or a contradiction, before anything is known."""
    own, ours = statement(claim), claim in paper.contradictions()
    return Verdict(
        claim=claim,
        outcome="not tested",
        quantity=own.measure,
        unit="",
        rule=own.words,
        measures=(),
        statement=own.claim if ours else "",
        paper=own.expected,
        contradiction=own.contradiction,
        kind="ours" if ours else "paper",
        needs=dict(own.needs),
    )


RULES: dict[str, Rule] = {}
"""By the id of the claim, in the order in which the modules of this package are imported."""


def rule(
    claim: str,
    *,
    reads: Sequence[str],
    quantity: str,
    unit: str = "",
    figures: int = 3,
    papers: Callable[[], Frames] | None = None,
) -> Callable[[Callable[..., Finding]], Callable[..., Finding]]:
    """Register a function as the rule of a claim. Raises ValueError if the claim has one."""

    def register(judge: Callable[..., Finding]) -> Callable[..., Finding]:
        if claim in RULES:
            raise ValueError(f"{claim} has a rule: {RULES[claim].judge.__name__}")
        RULES[claim] = Rule(claim, judge, tuple(reads), papers, quantity, unit, figures)
        return judge

    return register


def statement(claim: str) -> paper.Claim:
    """The claim, or the contradiction, with this id."""
    known = paper.claims()
    return known[claim] if claim in known else paper.contradictions()[claim]


def _ours(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["source"] == "ours"].drop(columns="source") if "source" in rows else rows


def _key(measure: Measure) -> tuple[Any, ...]:
    return tuple(measure.of.items())
