"""What follows for one statement: numbers beside the paper's, whether each meets a rule, and the outcome.

Nothing here is prose but the rule: `repro.report.prose` writes the sentences of a page from these values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from repro.evidence.conditions import Conditions

Outcome = Literal["reproduced", "partly", "not reproduced", "not tested"]
Key = Mapping[str, str | int | float]
"""What a number belongs to, as columns of a table: {"init": "standard", "layer": 2}."""


@dataclass(frozen=True)
class Measure:
    """One number: what it is of, its 95 % interval over `n` seeds, the paper's, whether it meets the rule.

    Interval, paper's number and p (of the test that a rule asks for) are nan where there are none. `n` is 0
    for what has no seed. `holds` is None for a number that is shown and not judged.
    """

    of: Key
    value: float
    paper: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: int = 1
    holds: bool | None = None
    p: float = math.nan


@dataclass(frozen=True)
class Verdict:
    """One judged statement.

    claim: the id of a claim (`repro.paper.claims`), or a key of its own such as "fig07.peaks".
    statement: in words, for what isn't a claim of the paper. subject: which part of it, as columns.
    quantity, unit: of the measures. rule: when a measure holds, in words, with its tolerance.
    paper: what the paper says where it gives no number beside each of ours.
    reason: why it was not tested. figures: significant digits for a reader.
    """

    claim: str
    outcome: Outcome
    quantity: str
    unit: str
    rule: str
    measures: tuple[Measure, ...]
    statement: str = ""
    subject: Key = field(default_factory=dict)
    paper: str = ""
    reason: str = ""
    figures: int = 3
    conditions: Conditions | None = None
    runs: tuple[str, ...] = ()

    @property
    def holds(self) -> tuple[int, int]:
        """How many of the judged numbers meet the rule, and how many there are."""
        judged = [measure.holds for measure in self.measures if measure.holds is not None]
        return sum(judged), len(judged)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, which has neither nan nor infinity: they become null."""
        plain = {key: value for key, value in vars(self).items() if key not in ("measures", "conditions")}
        measures = [{**vars(measure), "of": dict(measure.of)} for measure in self.measures]
        conditions = self.conditions.to_dict() if self.conditions else None
        return _finite({**plain, "measures": measures, "conditions": conditions})


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    plain = value.item() if hasattr(value, "item") else value  # numpy's numbers as Python's
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def outcome(share: float, complete: bool = True) -> Outcome:
    """The outcome when this share (0 to 1) of what was checked agrees.

    Runs shorter than the paper's (not `complete`) can agree in part at best.
    """
    if share >= 1 and complete:
        return "reproduced"
    return "partly" if share >= 0.5 else "not reproduced"


def judged(verdict: Verdict, complete: bool = True) -> Verdict:
    """The verdict with the outcome that its measures give by `outcome`."""
    held, of = verdict.holds
    return replace(verdict, outcome=outcome(held / of if of else 0.0, complete))


def not_tested(verdict: Verdict, reason: str) -> Verdict:
    """The same statement with its numbers, but with no judgement."""
    return replace(verdict, outcome="not tested", reason=reason)


def under(verdicts: Iterable[Verdict], conditions: Conditions, runs: Sequence[str]) -> tuple[Verdict, ...]:
    """The verdicts with the conditions and runs they rest on; none is tested under unlike conditions."""
    reason = "; ".join(conditions.unlike)
    return tuple(
        replace(not_tested(v, reason) if reason else v, conditions=conditions, runs=tuple(runs))
        for v in verdicts
    )
