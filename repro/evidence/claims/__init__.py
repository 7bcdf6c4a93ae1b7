"""One rule for each claim of the paper, in one place: modules by theme, registered in `rule.RULES`.

An exhibit shows the tables that a rule reads; what follows from them is decided here. `of_exhibit` judges
the claims whose rules read no other exhibit, for its page; `judge` judges them all, for the report.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from repro import paper
from repro.evidence.claims.rule import RULES, Rule, Tables, blank, statement
from repro.evidence.conditions import Conditions, together
from repro.evidence.verdict import Verdict, not_tested, under

for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")


class Found(Protocol):
    """What `repro.exhibits.evidence` returns, as far as claims need it."""

    @property
    def tables(self) -> Tables: ...
    @property
    def conditions(self) -> Conditions: ...
    @property
    def runs(self) -> tuple[str, ...]: ...


def of_exhibit(name: str, tables: Tables) -> list[Verdict]:
    """The claims that the tables of this exhibit alone decide, in the paper's order, under no conditions."""
    own = [claim for claim in _ids() if claim in RULES and RULES[claim].exhibits == (name,)]
    return [_on(RULES[claim], {name: tables}) for claim in own]


def in_part(name: str) -> list[str]:
    """The claims that the tables of this exhibit decide together with those of others."""
    return [claim for claim in _ids() if claim in RULES and name in RULES[claim].exhibits != (name,)]


def judge(found: Mapping[str, Found]) -> dict[str, Verdict]:
    """A verdict on each claim (C1 to C32) and contradiction (D1 to D6), by id, in order.

    found: evidence by exhibit, of all exhibits or some. What can't be tested with it says why.
    """
    return {claim: _judged(claim, found) for claim in _ids()}


def _judged(claim: str, found: Mapping[str, Found]) -> Verdict:
    reason, rule = statement(claim).pending, RULES.get(claim)
    if rule is None:
        return not_tested(blank(claim), reason or "it has no rule yet")
    own = [found[name] for name in rule.exhibits if name in found]
    verdict = _on(rule, {name: found[name].tables for name in rule.exhibits if name in found})
    runs = tuple(dict.fromkeys(run for one in own for run in one.runs))
    return under([verdict], together([one.conditions for one in own]), runs)[0]


def _on(rule: Rule, found: Mapping[str, Tables]) -> Verdict:
    """The verdict on these tables, or that one of them is missing."""
    if missing := rule.missing(found):
        reason = statement(rule.claim).pending
        return not_tested(rule.blank, reason or f"its evidence is missing: {', '.join(missing)}")
    return rule.verdict(found)


def _ids() -> list[str]:
    return [*paper.claims(), *paper.contradictions()]
