"""What an exhibit concludes about a claim of the paper."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Outcome = Literal["reproduced", "partly", "not reproduced", "not tested"]


@dataclass(frozen=True)
class Verdict:
    """One judged statement.

    claim: the id of a claim (`repro.paper.claims`), or a label such as "Figure 7, standard: peaks".
    measured: our number, with its interval over seeds where there are several.
    paper: the paper's value. why: what the outcome rests on, or why the claim was not tested.
    """

    claim: str
    verdict: Outcome
    measured: str
    paper: str
    why: str


def outcome(share: float, complete: bool = True) -> Outcome:
    """The outcome when this share (0 to 1) of what was checked agrees.

    Runs shorter than the paper's (not `complete`) can agree in part at best.
    """
    if share >= 1 and complete:
        return "reproduced"
    return "partly" if share >= 0.5 else "not reproduced"


def not_tested(verdicts: Iterable[Verdict], why: str) -> list[Verdict]:
    """The same statements with their measured values, but with no judgement."""
    return [replace(verdict, verdict="not tested", why=why) for verdict in verdicts]
