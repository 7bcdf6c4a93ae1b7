"""What follows for one statement: numbers beside the paper's, whether each meets a rule, and the outcome.

"partly" means one thing: some of the numbers meet the rule, and the conditions are full. Conditions that are
not, such as short training, stand beside the verdict and cap it at "holds so far" or "fails so far".
Nothing here is prose but the rule: `repro.report.prose` writes the sentences of a page from these values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from repro.evidence.conditions import Conditions

Outcome = Literal[
    "reproduced",
    "partly",
    "not reproduced",
    "supported",
    "not supported",
    "fitted",
    "not fitted",
    "holds so far",
    "fails so far",
    "not tested",
]
Kind = Literal["paper", "ours", "fit"]
"""Whose statement it is: the paper's, a finding of ours, or a number of ours that was fitted to the paper."""
BEST: Mapping[Kind, Outcome] = {"paper": "reproduced", "ours": "supported", "fit": "fitted"}
WORST: Mapping[Kind, Outcome] = {"paper": "not reproduced", "ours": "not supported", "fit": "not fitted"}
Key = Mapping[str, str | int | float]
"""What a number belongs to, as columns of a table: {"init": "standard", "layer": 2}."""


@dataclass(frozen=True)
class Measure:
    """One number: what it is of, its 95 % interval over `n` seeds, the paper's, whether it meets the rule.

    Interval, paper's number and p (of the test that a rule asks for) are nan where there are none. `n` is 0
    for what has no seed. `holds` is None for a number that is shown and not judged. `final`: whether longer
    training of the same networks could not change what it says; one that is neither judged nor final is
    still open.
    """

    of: Key
    value: float
    paper: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: int = 1
    holds: bool | None = None
    p: float = math.nan
    final: bool = True


@dataclass(frozen=True)
class Verdict:
    """One judged statement.

    claim: the id of a claim (`repro.paper.claims`) or of a contradiction, or a key of its own such as
    "fig07.peaks". statement: in words, for what isn't a claim of the paper. subject: which part of it, as
    columns. quantity, unit: of the measures. rule: when a measure holds, in words, with its tolerance.
    paper: what the paper says where it gives no number beside each of ours. papers: the outcome of the
    paper's own data by the same rule, empty where it prints none; contradiction: what to know where that is
    not "reproduced". reason: why it was not tested. refuted: by a counterexample, which neither more seeds
    nor other rates could undo. needs: seeds and rate, of a final verdict. lacks: what keeps the verdict from
    being final. figures: significant digits for a reader.
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
    papers: Outcome | Literal[""] = ""
    contradiction: str = ""
    kind: Kind = "paper"
    reason: str = ""
    refuted: bool = False
    needs: Mapping[str, int | bool] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    figures: int = 3
    conditions: Conditions | None = None
    runs: tuple[str, ...] = ()

    @property
    def holds(self) -> tuple[int, int]:
        """How many of the judged numbers meet the rule, and how many there are."""
        judged = [measure.holds for measure in self.measures if measure.holds is not None]
        return sum(judged), len(judged)

    @property
    def complete(self) -> bool:
        """Whether no longer training could change it."""
        return all(measure.final for measure in self.measures)

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


def outcome(verdict: Verdict) -> Outcome:
    """What follows from the measures, under what the verdict lacks.

    All hold: reproduced; some: partly; none: not reproduced. With anything lacking (training, seeds, a
    search of the learning rate) a verdict can be no more than "holds so far" or "fails so far". A
    counterexample refutes under any conditions. Findings of ours and fits know no "partly".
    """
    held, of = verdict.holds
    if verdict.refuted:
        return WORST[verdict.kind]
    if not of:
        return "not tested"
    if verdict.lacks or not verdict.complete:
        return "holds so far" if held == of else "fails so far"
    if held == of:
        return BEST[verdict.kind]
    return "partly" if held and verdict.kind == "paper" else WORST[verdict.kind]


def judged(verdict: Verdict, complete: bool = True) -> Verdict:
    """The verdict with the outcome of its measures; if not `complete`, more training could change them."""
    if not complete:
        verdict = replace(verdict, measures=tuple(replace(m, final=False) for m in verdict.measures))
    return replace(verdict, outcome=outcome(verdict))


def finding(
    claim: str,
    quantity: str,
    rule: str,
    measures: Iterable[Measure],
    statement: str,
    paper: str,
    complete: bool = True,
) -> Verdict:
    """A judged statement of ours, of numbers without a unit; `complete` as in `judged`."""
    verdict = Verdict(
        claim=claim,
        outcome="not tested",
        kind="ours",
        quantity=quantity,
        unit="",
        rule=rule,
        measures=tuple(measures),
        statement=f"Our finding: {statement}",
        paper=paper,
    )
    return judged(verdict, complete)


def near_one(of: Key, row: Mapping[Any, Any], tolerance: float) -> Measure:
    """A ratio that is to be 1: `row` has ratio, half (of its 95 % interval) and n."""
    return Measure(
        of=of,
        value=row["ratio"],
        low=row["ratio"] - row["half"],
        high=row["ratio"] + row["half"],
        n=row["n"],
        holds=bool(abs(row["ratio"] - 1) <= tolerance),
    )


def not_tested(verdict: Verdict, reason: str) -> Verdict:
    """The same statement with its numbers, but with no judgement."""
    return replace(verdict, outcome="not tested", reason=reason)


def under(verdicts: Iterable[Verdict], conditions: Conditions, runs: Sequence[str]) -> tuple[Verdict, ...]:
    """The verdicts under the conditions of the runs they rest on; none is tested under unlike conditions."""
    reason = "; ".join(conditions.unlike)
    known = [
        replace(v, conditions=conditions, runs=tuple(runs), lacks=lacking(v, conditions)) for v in verdicts
    ]
    return tuple(
        not_tested(v, reason) if reason else v if v.outcome == "not tested" else judged(v) for v in known
    )


def lacking(verdict: Verdict, conditions: Conditions) -> tuple[str, ...]:
    """What keeps a verdict under these conditions from being final, in words."""
    found = []
    if not verdict.complete:
        share = f"{100 * conditions.share:.2g} % of the paper's training"
        found.append(share if conditions.share < 1 else "part of it open at full length")
    if conditions.runs and conditions.seeds_each < verdict.needs.get("seeds", 0):
        found.append(f"{conditions.seeds_each} of {verdict.needs['seeds']} seeds")
    if conditions.runs and verdict.needs.get("rate") and conditions.rates_each < 2:
        found.append("rate not searched")
    if verdict.kind == "paper":
        found += [f"{title} instead of the paper's data" for title in conditions.stand_ins]
    return tuple(found)
