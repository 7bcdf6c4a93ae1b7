"""All claims of the paper at a glance: one row each, from verdicts to words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro import paper
from repro.evidence.claims import judge
from repro.evidence.claims.rule import RULES, statement
from repro.evidence.verdict import Measure, Outcome, Verdict
from repro.report import prose
from repro.report.parts import Drawn, by_exhibit, short_title

RANKS: tuple[Outcome, ...] = (
    "reproduced",
    "supported",
    "fitted",
    "holds so far",
    "partly",
    "fails so far",
    "not reproduced",
    "not supported",
    "not fitted",
    "not tested",
)
"""Outcomes from the best to none."""
SHOWN = 3
"""Numbers of a claim in the table at most; all are one click away."""


@dataclass(frozen=True)
class Row:
    """One claim: its verdict, and the drawn exhibits that it rests on, the longest training of each."""

    claim: paper.Claim
    verdict: Verdict
    drawn: tuple[Drawn, ...]


def rows(drawn: Sequence[Drawn]) -> list[Row]:
    """A row for each claim and contradiction, in order, judged on the longest training of every exhibit."""
    longest = {name: parts[0] for name, parts in by_exhibit(drawn).items()}
    verdicts = judge({name: one.evidence for name, one in longest.items()})
    found = []
    for claim, verdict in verdicts.items():
        known = RULES[claim].exhibits if claim in RULES else ()
        own = tuple(longest[name] for name in known if name in longest)
        found.append(Row(statement(claim), verdict, own))
    return found


def of_paper(judged: Sequence[Row]) -> list[Row]:
    """The paper's claims, without its contradictions."""
    return [row for row in judged if row.verdict.kind == "paper"]


def tally(judged: Sequence[Row]) -> list[tuple[Outcome, int]]:
    """How many of the paper's claims have which outcome, the best first."""
    outcomes = [row.verdict.outcome for row in of_paper(judged)]
    return [(outcome, outcomes.count(outcome)) for outcome in RANKS if outcome in outcomes]


def as_text(row: Row) -> dict[str, Any]:
    """A row in words, for tables."""
    verdict = row.verdict
    known = [measure for measure in verdict.measures if not math.isnan(measure.value)]
    conditions = verdict.conditions
    return {
        "id": row.claim.id,
        "order": f"{row.claim.id[0]}{int(row.claim.id[1:]):02d}",
        "claim": row.claim.claim,
        "section": row.claim.section,
        "outcome": verdict.outcome,
        "rank": RANKS.index(verdict.outcome),
        "ours": ours(verdict, known),
        "paper": papers(row, known),
        "conditions": _conditions(verdict),
        "share": conditions.share if conditions else -1,
        "rule": verdict.rule,
        "lacks": ", ".join(verdict.lacks),
        "reason": verdict.reason,
        "papers": verdict.papers,
        "contradiction": verdict.contradiction,
        "quantity": verdict.quantity,
        "measures": [_measure(measure, verdict) for measure in verdict.measures],
        "links": [
            {"anchor": one.part.exhibit, "key": one.part.key, "text": short_title(one)} for one in row.drawn
        ],
    }


def ours(verdict: Verdict, known: Sequence[Measure]) -> str:
    """The first few numbers with their intervals: `tanh 27.2 % (26.9 to 27.5)`; or why there are none."""
    if verdict.outcome == "not tested" and not known:
        return verdict.reason
    texts = [
        _named(measure, prose.number(measure.value, verdict) + _interval(measure, verdict))
        for measure in known
    ]
    rest = len(texts) - SHOWN
    more = [f"and {rest} more"] if rest > 0 else []
    return f"{verdict.quantity}: {'; '.join([*texts[:SHOWN], *more])}"


def papers(row: Row, known: Sequence[Measure]) -> str:
    """The paper's numbers beside the same, or what it leads one to expect."""
    texts = [
        _named(measure, prose.number(measure.paper, row.verdict))
        for measure in known[:SHOWN]
        if not math.isnan(measure.paper)
    ]
    return "; ".join(texts) or row.claim.expected


def _named(measure: Measure, text: str) -> str:
    return f"{prose.label(measure)} {text}".strip()


def _interval(measure: Measure, verdict: Verdict) -> str:
    bounds = interval(measure, verdict)
    return f" ({bounds})" if bounds else ""


def interval(measure: Measure, verdict: Verdict) -> str:
    """Its 95 % interval over seeds, without units; empty where there is none."""
    if not (math.isfinite(measure.low) and math.isfinite(measure.high)):
        return ""
    plain = (f"{bound:,.{max(2, verdict.figures)}g}" for bound in (measure.low, measure.high))
    return " to ".join(plain)


def _measure(measure: Measure, verdict: Verdict) -> dict[str, str]:
    return {
        "of": prose.label(measure),
        "value": prose.number(measure.value, verdict),
        "interval": interval(measure, verdict),
        "paper": "" if math.isnan(measure.paper) else prose.number(measure.paper, verdict),
        "holds": {True: "yes", False: "no", None: "" if measure.final else "open"}[measure.holds],
    }


def _conditions(verdict: Verdict) -> str:
    """Share of the training, seeds, whether the rate was searched; what is unlike the paper."""
    known = verdict.conditions
    if known is None or not known.runs:
        return ""
    parts = [f"{known.seeds_each} seed{'s' if known.seeds_each > 1 else ''}"]
    if known.updates[1]:
        length = f"{100 * known.share:.2g} % of the paper's training" if known.share < 1 else "full length"
        parts = [length, *parts, "rate searched" if known.rate_searched else "rate not searched"]
    return ", ".join([*parts, *known.stand_ins, *known.unlike])


def to_json(judged: Sequence[Row]) -> bytes:
    """claims.json: one object per claim, floats to six digits."""
    content = [
        {
            "id": row.claim.id,
            "section": row.claim.section,
            "claim": row.claim.claim,
            "expected": row.claim.expected,
            "evidence": [f"{one.part.key}/README.md" for one in row.drawn],
            **{key: _rounded(value) for key, value in row.verdict.to_dict().items() if key != "claim"},
        }
        for row in judged
    ]
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
