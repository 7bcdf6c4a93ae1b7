"""All claims of the paper at a glance: one row each, from verdicts to words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro import paper
from repro.evidence.verdict import Measure, Verdict
from repro.report import prose
from repro.report.parts import Drawn, by_exhibit, short_title

RANKS = (
    "reproduced",
    "supported",
    "holds so far",
    "partly",
    "fails so far",
    "not reproduced",
    "not supported",
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
    """A row for each claim, in the paper's order, judged on the longest training of every exhibit."""
    longest = {name: parts[0] for name, parts in by_exhibit(drawn).items()}
    found = []
    for claim in paper.claims().values():
        own = [(one, v) for one in longest.values() for v in one.evidence.verdicts if v.claim == claim.id]
        tested = [(one, v) for one, v in own if v.outcome != "not tested"] or own
        verdict = tested[0][1] if tested else _untested(claim)
        found.append(Row(claim, verdict, tuple(one for one, _ in own)))
    return found


def _untested(claim: paper.Claim) -> Verdict:
    return Verdict(claim.id, "not tested", "", "", "", (), reason="its experiment is not there yet")


def tally(judged: Sequence[Row]) -> list[tuple[str, int]]:
    """How many claims have which outcome, the best first."""
    outcomes = [row.verdict.outcome for row in judged]
    return [(name, outcomes.count(name)) for name in sorted(set(outcomes), key=rank)]


def rank(outcome: str) -> int:
    return RANKS.index(outcome) if outcome in RANKS else len(RANKS)


def as_text(row: Row) -> dict[str, Any]:
    """A row in words, for tables."""
    verdict = row.verdict
    known = [measure for measure in verdict.measures if not math.isnan(measure.value)]
    conditions = verdict.conditions
    return {
        "id": row.claim.id,
        "order": int(row.claim.id[1:]),
        "claim": row.claim.claim,
        "section": row.claim.section,
        "outcome": verdict.outcome,
        "rank": rank(verdict.outcome),
        "ours": ours(verdict, known),
        "paper": papers(row, known),
        "conditions": _conditions(verdict),
        "share": conditions.share if conditions else -1,
        "why": prose.why(verdict),
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
        "holds": {True: "yes", False: "no", None: ""}[measure.holds],
    }


def _conditions(verdict: Verdict) -> str:
    """Share of the training, seeds, whether the rate was searched; what is unlike the paper."""
    known = verdict.conditions
    if known is None or not known.runs:
        return ""
    seeds = len(known.seeds)
    parts = [f"{seeds} seed{'s' if seeds > 1 else ''}"]
    if known.updates[1]:
        parts.insert(0, f"{100 * known.share:.3g} % of the training" if known.share < 1 else "full length")
        parts.append("rate searched" if known.rate_searched else "rate not searched")
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
            **_rounded({key: value for key, value in row.verdict.to_dict().items() if key != "claim"}),
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
