"""Words for verdicts and conditions: the only place where their numbers become sentences."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from repro import paper
from repro.evidence.claims import in_part
from repro.evidence.conditions import Conditions
from repro.evidence.verdict import Measure, Verdict

_WORDS = {
    "depth": "depth {}",
    "epoch": "epoch {}",
    "examples": "{} examples",
    "inputs": "inputs in {}",
    "layer": "layer {}",
    "lr": "ε {}",
    "seed": "seed {}",
    "update": "update {}",
    "w1": "W1 = {}",
    "w2": "W2 = {}",
    "worse": "{} less",
}
"""How the values of these columns are written; those of others stand for themselves."""

_BARE = ("layer", "seed", "")
"""Numbers that differ in one of these columns stand one after the other, without its values."""


def row(verdict: Verdict) -> dict[str, str]:
    """A verdict as a row of the page's table: claim, outcome, measured, paper, why."""
    seeds = {measure.of["seed"] for measure in verdict.measures if "seed" in measure.of}
    if len(seeds) == 1:  # needs no name
        verdict = _without_seeds(verdict)
    measured, printed = (_listed(verdict, column) for column in ("value", "paper"))
    n = len(seeds) or min((measure.n for measure in verdict.measures), default=0)
    return {
        "claim": name(verdict),
        "outcome": f"**{verdict.outcome}**",
        "measured": f"{verdict.quantity}: {measured or 'no value'}" + (f" (n = {n})" if n else ""),
        "paper": "; ".join(text for text in (verdict.paper, printed, _own_data(verdict)) if text),
        "why": why(verdict),
    }


def _own_data(verdict: Verdict) -> str:
    """What the paper's own data come to by the rule, where it has some."""
    return f"its own data: {verdict.papers}" if verdict.papers and verdict.kind == "paper" else ""


def _without_seeds(verdict: Verdict) -> Verdict:
    """The same numbers, not told apart by seed."""
    keys = ({key: value for key, value in m.of.items() if key != "seed"} for m in verdict.measures)
    pairs = zip(verdict.measures, keys, strict=True)
    return replace(verdict, measures=tuple(replace(measure, of=key) for measure, key in pairs))


_COUNTS = {
    "reproduced": ("is reproduced", "are reproduced"),
    "partly": ("is reproduced in part", "are reproduced in part"),
    "not reproduced": ("is not reproduced", "are not reproduced"),
    "supported": ("is supported", "are supported"),
    "not supported": ("is not supported", "are not supported"),
    "fitted": ("is a fit", "are fits"),
    "not fitted": ("is no fit", "are no fits"),
    "holds so far": ("holds so far", "hold so far"),
    "fails so far": ("fails so far", "fail so far"),
    "not tested": ("is not tested", "are not tested"),
}
"""What each outcome says of one statement, and of several."""


def silent(exhibit: str) -> str:
    """What stands on a page without statements of its own."""
    if ids := in_part(exhibit):
        return f"Evidence for {', '.join(ids)}, together with other pages: see the table of all claims."
    return "The paper says nothing on this."


def sentence(verdicts: Sequence[Verdict], exhibit: str = "") -> str:
    """What a page comes to: how many of its statements have which outcome, and what they lack."""
    if not verdicts:
        return silent(exhibit)
    counts = Counter(verdict.outcome for verdict in verdicts)
    parts = [f"{n} {_COUNTS[outcome][n > 1]}" for outcome in _COUNTS if (n := counts[outcome])]  # type: ignore[index]
    lacks = dict.fromkeys(lack for v in verdicts if v.outcome != "not tested" for lack in v.lacks)
    text = f"Of {len(verdicts)} statement{'s' if len(verdicts) > 1 else ''} {', '.join(parts)}"
    return f"{text} ({', '.join(lacks)})." if lacks else f"{text}."


def name(verdict: Verdict) -> str:
    """What was judged: the claim with its id, or the statement, and of what."""
    claims = {**paper.claims(), **paper.contradictions()}
    subject = ", ".join(_word(key, value) for key, value in verdict.subject.items())
    text = verdict.statement
    if verdict.claim in claims:
        text = f"**{verdict.claim}** {claims[verdict.claim].claim}"
    return f"{text} ({subject})" if subject else text


def why(verdict: Verdict) -> str:
    """What is lacking, and the rule with how many numbers meet it; or why it was not applied."""
    if verdict.outcome == "not tested":
        return verdict.reason
    held, of = verdict.holds
    lacks = f" ({', '.join(verdict.lacks)})" if verdict.lacks and not verdict.refuted else ""
    text = f"{held} of {of}{lacks}: {verdict.rule}" if of else verdict.rule
    return f"{text} {verdict.contradiction}".strip()


def label(measure: Measure) -> str:
    """What a number is of, in words: `standard, layer 2`."""
    return ", ".join(_word(key, value) for key, value in measure.of.items())


def _listed(verdict: Verdict, column: str) -> str:
    """`standard 1.2, 1.3; normalized 0.9, 1.1`: numbers that differ in their last column go together.

    column: "value", with what else is known of it where it stands alone, or "paper", equal ones as one.
    """
    known = [measure for measure in verdict.measures if not math.isnan(getattr(measure, column))]
    parts = []
    for labels, members in itertools.groupby(known, key=_group):
        own = list(members)
        bare = all(_last(measure)[0] in _BARE for measure in own)
        texts = [number(getattr(measure, column), verdict) for measure in own]
        if column == "value" and (not bare or len(own) == 1):
            texts = [text + _known(measure, verdict) for text, measure in zip(texts, own, strict=True)]
        if column == "value":
            texts = [text + _mark(measure) for text, measure in zip(texts, own, strict=True)]
        if column == "paper" and len(set(texts)) == 1 and bare:
            texts = texts[:1]
        if not bare:
            texts = [_labelled(measure, text) for text, measure in zip(texts, own, strict=True)]
        parts.append(" ".join([*labels, ", ".join(texts)]))
    return "; ".join(parts)


def _mark(measure: Measure) -> str:
    """What stands behind a number that fails, or that more training has to decide."""
    still = measure.holds is None and not measure.final
    return " (still open)" if still else " ✗" if measure.holds is False else ""


def _last(measure: Measure) -> tuple[str, str | int | float]:
    """The last column that a number belongs to, with its value."""
    return list(measure.of.items())[-1] if measure.of else ("", "")


def _labelled(measure: Measure, text: str) -> str:
    """`tanh 27.2 %`, `epoch 2: 0.12`: with a colon after a label that is a number itself."""
    key, value = _last(measure)
    return f"{_word(key, value)}{'' if isinstance(value, str) else ':'} {text}".strip()


def _group(measure: Measure) -> tuple[str, ...]:
    """The other columns, in words."""
    return tuple(_word(key, value) for key, value in list(measure.of.items())[:-1])


def _known(measure: Measure, verdict: Verdict) -> str:
    """Interval and p of a number, after it: ` (26.9 to 27.5, p = 4e-05)`; nothing where there are none."""
    notes = []
    if math.isfinite(measure.low) and math.isfinite(measure.high):
        bounds = (_digits(bound, measure.value, verdict) for bound in (measure.low, measure.high))
        notes.append(" to ".join(bounds))
    if not math.isnan(measure.p):
        notes.append(f"p = {measure.p:.1g}")
    return f" ({', '.join(notes)})" if notes else ""


def _word(key: str, value: str | int | float) -> str:
    """A part of a key for a reader: `depth 4`, `inputs in [0, 1]`, `tanh`."""
    return _WORDS.get(key, "{}").format(f"{value:g}" if isinstance(value, float) else value)


def number(value: float, verdict: Verdict) -> str:
    """A value with its unit: `3.56`, `27.2 %`, `20,000 updates`."""
    if not math.isfinite(value):
        return "none" if math.isnan(value) else f"{'-' if value < 0 else ''}∞"
    return _digits(value, value, verdict) + (f" {verdict.unit}" if verdict.unit else "")


def _digits(value: float, like: float, verdict: Verdict) -> str:
    """The value with as many decimals as `like` has at the verdict's number of significant digits."""
    if not like or not math.isfinite(like):
        return f"{value:,.{verdict.figures - 1}g}"
    if abs(like) < 1e-4:
        return f"{value:.{verdict.figures - 1}e}"
    rounded = float(f"{like:.{verdict.figures - 1}e}")  # 9.996 has the decimals of 10.0
    return f"{value:,.{max(0, verdict.figures - 1 - math.floor(math.log10(abs(rounded))))}f}"


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
    return " · ".join([*parts, *found.stand_ins, *found.unlike])


def _span(values: Iterable[float]) -> str:
    """20,000, or 0-2 for several."""
    known = list(values)
    low, high = min(known), max(known)
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"
