"""Words for verdicts and conditions: the only place where their numbers become sentences."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

from repro import paper
from repro.data.files.catalog import TITLES
from repro.evidence.conditions import Conditions
from repro.evidence.verdict import Key, Verdict


def row(verdict: Verdict) -> dict[str, str]:
    """A verdict as a row of the page's table: claim, outcome, measured, paper, why."""
    measured, printed = (
        _listed(verdict, [(m.of, getattr(m, field)) for m in verdict.measures])
        for field in ("value", "paper")
    )
    n = min((measure.n for measure in verdict.measures), default=0)
    return {
        "claim": name(verdict),
        "outcome": f"**{verdict.outcome}**",
        "measured": f"{verdict.quantity}: {measured or 'no value'}" + (f" (n = {n})" if n else ""),
        "paper": "; ".join(text for text in (verdict.paper, printed) if text),
        "why": why(verdict),
    }


def name(verdict: Verdict) -> str:
    """What was judged: the claim with its id, or the statement, and of what."""
    claims = paper.claims()
    subject = ", ".join(str(value) for value in verdict.subject.values())
    if verdict.claim in claims:
        text = f"**{verdict.claim}** {claims[verdict.claim].claim}"
        return f"{text} ({subject})" if subject else text
    return verdict.statement + (f": {subject}" if subject else "")


def why(verdict: Verdict) -> str:
    """The rule with how many numbers meet it, or the reason why it was not applied."""
    if verdict.outcome == "not tested":
        return verdict.reason
    held, of = verdict.holds
    return f"{held} of {of}: {verdict.rule}"


def _listed(verdict: Verdict, values: list[tuple[Key, float]]) -> str:
    """`standard 1.2, 1.3; normalized 0.9, 1.1`: numbers that differ in their last column are listed together."""
    known = [(of, value) for of, value in values if not math.isnan(value)]
    groups = itertools.groupby(known, key=lambda item: tuple(str(v) for v in list(item[0].values())[:-1]))
    parts = []
    for labels, members in groups:
        own = list(members)
        last = [list(of.items())[-1] if of else ("", "") for of, _ in own]
        texts = [number(value, verdict) for _, value in own]
        if not all(key in ("layer", "seed", "") for key, _ in last):
            texts = [f"{label} {text}" for (_, label), text in zip(last, texts, strict=True)]
        parts.append(" ".join([*labels, ", ".join(texts)]))
    return "; ".join(parts)


def number(value: float, verdict: Verdict) -> str:
    """A value with its unit: `3.56`, `27.2 %`, `20,000 updates`."""
    if not math.isfinite(value):
        return "none" if math.isnan(value) else "∞"
    decimals = max(0, verdict.figures - 1 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{decimals}f}" + (f" {verdict.unit}" if verdict.unit else "")


def conditions(found: Conditions) -> str:
    """One line: scale, seeds, learning rates, length, data, what diverged and what is unlike the paper."""
    parts = [f"scale {found.scale}"]
    if not found.runs:
        return parts[0] + " · no training"
    parts.append(f"seed{'s' if len(found.seeds) > 1 else ''} {_span(found.seeds)}")
    parts.append(f"ε {_span(found.rates)}")
    parts.append(f"{_span(found.updates)} updates")
    parts.append(f"inputs in {' and '.join(found.inputs)}")
    parts.append(f"{_span(found.monitored)} monitored, {_span(found.tested)} test examples")
    parts += [f"{found.diverged} of {found.runs} runs diverged"] if found.diverged else []
    parts += [TITLES[which].partition(" (")[0] for which in found.datasets if which.endswith("_holdout")]
    return " · ".join([*parts, *found.unlike])


def _span(values: Iterable[float]) -> str:
    """20,000, or 0-2 for several."""
    known = list(values)
    low, high = min(known), max(known)
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"
