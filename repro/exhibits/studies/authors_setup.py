"""What did the authors do?

The paper doesn't state the range of its inputs, the learning rate of any network, how its normalized panels
were initialized, or whether its gradients are sums over a mini-batch. Its own curves know. For every unknown
the picture shows how well each candidate accounts for them: large dots for all curves together, small ones
for each curve that speaks, as the log likelihood over that of the candidate that does best on all together.
Left of the dashed line a candidate is 20 times less likely than that one, or worse. Small dots to the right
of 0 are evidence against the leader, those to the left evidence for it: both stand in the same row.

Implementation details
- Rule, written before the likelihoods were computed. Settled: all other candidates are behind by 3 (natural
  logarithm) or more, no curve is by 3 or more for another than the leader, and the leader's median misfit is
  at most 3 σ. Contradictory: a curve is by 3 or more for another candidate than the leader. None fits: there
  is a clear leader, but the curves are further than that from all candidates. Otherwise open.
- A misfit is the root mean square of the differences at equal x between the paper's curve and ours, in units
  of σ: the error of reading the paper's picture, its own scatter from point to point, and twice (it is one
  draw, ours is another) the variance between our seeds, pooled over networks that have several. σ is the same
  for all candidates.
- One curve is one measurement, because its points and its layers go wrong together, and its likelihood is
  that of Student's t with 4 degrees of freedom, because our program is not the authors'. So no single curve
  can decide by small differences among many points, and between two bad candidates neither wins by much.
- Curves of the same quantity of the same network, all before or all in training (Figure 6 and the start of
  Figure 10; Figure 8 and the start of Figure 9), together weigh as much as one. This was added after a first
  look, at which seven such curves settled by small differences what curves in training left open.
- Settled means among the candidates shown: nobody knows what else might fit.
- Where a curve depends on several unknowns, each candidate has the others at the values that suit it best,
  for every figure by itself: they may have had different ones. Only values that were tried with all
  candidates take part, and candidates whose runs diverged are out: the paper's did not.
- "hidden c": standard initialization (eq. 1) in the first and the output layer, n Var[W] = c in between.
  "top eq. 1": eq. 16 in all layers but the output layer, the one start at hand that fits Figure 8's layer 1.
- Peaks of Figures 6 to 8, Section 4.2.2's two singular values and the first points of Figures 3, 9 and 10
  need no training. Figures 2, 3, 9, 10 and 11 go as far as our networks were trained.
- Sum or mean: what Figures 7 to 9 show. In training, a sum of gradients over a mini-batch of 10 is the mean
  with ten times the learning rate; no curve can tell the two, and rates here are for means.
- Epoch: the paper says 20,000 updates. Another length with another rate gives nearly the same curve, as small
  steps add up: each length has the rate that suits it.
- The cheapest next experiment, costed by how fast these very runs were trained: learning rates of the grid
  that nobody has tried, where no candidate fits or the curves disagree; or else those in doubt for ten times
  as long.
- Not judged: Figure 4 (its curves end where only full-length runs do), Figure 12 and Table 1 (rates on other
  data sets).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import support as drawing
from repro.evidence import EvidenceError, candidates, likelihood, undecided
from repro.evidence.candidates import NETWORKS, TRAINING
from repro.evidence.likelihood import DECISIVE, DIMENSIONS, POINT
from repro.evidence.selection import Runs
from repro.evidence.verdict import Measure, Verdict, finding, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

_UNTRAINED = "activation=tanh dataset.low=0.0,-1.0 seed=0,1,2 updates=0 n_valid=300 n_test=300"
_SHORT = "updates=20000 valid_every=20000"
_GRID = "dataset.low=0.0,-1.0 lr=0.003,0.01,0.03,0.1"
_SIGMOID = "activation=sigmoid init=standard depth=4"
_TRAINED = (
    f"activation=tanh,softsign init=standard,normalized depth=5 {_GRID}",
    f"activation=tanh init=normalized_hidden depth=5 {_GRID}",
    f"{_SIGMOID} {_GRID}",
)


def _runs(length: str) -> tuple[str, ...]:
    return (
        f"{_UNTRAINED} init=standard,normalized,normalized_below_top",
        f"{_UNTRAINED} init=normalized_hidden init.scale=1.0,1.1,1.3,1.5",
        f"activation=tanh init=standard,normalized depth=5 lr=0.01 seed=0,1,2 {length}",
        f"activation=tanh init=standard,normalized depth=5 dataset.low=-1.0 lr=0.01 seed=0 {length}",
        f"activation=tanh init=normalized_hidden depth=5 dataset.low=0.0,-1.0 lr=0.01 seed=0 {length}",
        f"activation=softsign init=standard depth=5 dataset.low=0.0,-1.0 lr=0.01,0.03 seed=0 {length}",
        f"activation=softsign init=normalized depth=5 dataset.low=0.0,-1.0 lr=0.01 seed=0 {length}",
        f"{_SIGMOID} dataset.low=-1.0 lr=0.01 seed=0 {length}",
        f"{_SIGMOID} lr=0.01,0.03 monitor.every=5000 seed=0 {length}",
    )


RUNS = _runs(_SHORT)
"""For one epoch at any scale: who has trained for longer adds those runs."""
AT = {"smoke": _runs("")}
ALSO = {
    "quick": _TRAINED,
    **dict.fromkeys(("lab", "paper"), (*_TRAINED, *(f"{entry} {_SHORT}" for entry in _TRAINED))),
}
"""Any other rate, seed, range or length that somebody has trained."""


class Question(NamedTuple):
    """One unknown of one network; only: "" for all curves, or those before or in training."""

    unknown: str
    network: str
    only: str = ""


TITLES = {
    "inputs": "Range of the inputs",
    "lr": "Learning rate ε",
    "init": "Initialization of the normalized panels",
    "gradients": "Gradients over a mini-batch, as drawn",
    "epoch": "Updates in an epoch of the time axes",
}
QUESTIONS = (
    *(Question("inputs", network) for network in NETWORKS),
    *(Question("lr", network) for network in NETWORKS),
    Question("init", "Tanh N", candidates.START),
    Question("init", "Tanh N", TRAINING),
    Question("gradients", "Tanh"),
    Question("gradients", "Tanh N"),
    *(Question("epoch", network) for network in ("Tanh", "Tanh N", "Sigmoid depth 4")),
)


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: unknown, network, only, candidate, curve, misfit (σ), likelihood (log), points, weight, leader,
    lead (over it, on this curve).

    answers: a row for each question: unknown, network, only, leader, ahead (of the next, nats), outcome,
    against (curves), misfit (the leader's median), doubt (candidates), next, minutes (of one core).
    residuals: as `likelihood.residuals`. costs: network, seconds for an update.
    """
    known = [run for run in runs if run.complete]
    ours = candidates.measured(known)
    if ours.empty:
        raise EvidenceError(f"none of the {len(runs)} runs given is of a network in the paper's figures")
    rows = likelihood.residuals(ours, candidates.papers())
    costs = undecided.seconds_per_update(known)
    details, answers = [], []
    for question in QUESTIONS:
        found = likelihood.support(_rows(rows, question), question.unknown)
        if len(found):
            found = likelihood.leads(found).assign(**question._asdict())
            details.append(found)
            answers.append({**question._asdict(), **_answer(found), **_next(found, question, known, costs)})
    if not details:
        raise EvidenceError(f"the {len(runs)} runs given have no two candidates for anything")
    columns = [
        *Question._fields,
        "candidate",
        "curve",
        "misfit",
        "likelihood",
        "points",
        "weight",
        "leader",
        "lead",
    ]
    return {
        "points": pd.concat(details, ignore_index=True)[columns],
        "answers": pd.DataFrame(answers),
        "residuals": rows.sort_values(["network", *POINT, *DIMENSIONS], ignore_index=True),
        "costs": pd.DataFrame(costs.items(), columns=["network", "seconds"]),
    }


def _rows(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    own = rows[rows["network"] == question.network]
    if not question.only:
        return own
    trained = own["lr"] != ""
    return own[trained == (question.only == TRAINING)]


def _answer(found: pd.DataFrame) -> dict[str, object]:
    leader = found["leader"].iloc[0]
    others = [lead for name, lead in likelihood.total_leads(found).items() if name != leader]
    return {
        "leader": leader,
        "ahead": -max(others),
        "outcome": likelihood.outcome(found),
        "against": ", ".join(dict.fromkeys(found.loc[found["lead"] >= DECISIVE, "curve"])),
        "misfit": float(found.loc[found["candidate"] == leader, "misfit"].median()),
        "doubt": ", ".join(likelihood.in_doubt(found)),
    }


def _next(found: pd.DataFrame, question: Question, runs: Runs, costs: Mapping[str, float]) -> dict[str, Any]:
    """next, minutes: the cheapest experiment that could decide, on one core."""
    if likelihood.outcome(found) == "settled":
        return {"next": "", "minutes": np.nan}
    if question.only == candidates.START or question.unknown == "gradients":
        return {"next": "another candidate, before training: seconds", "minutes": np.nan}
    text, updates = undecided.cheapest(found, question.unknown, question.network, runs)
    return {"next": text, "minutes": updates * costs.get(question.network, np.nan) / 60}


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    rows = tables["answers"]
    settled = rows[rows["outcome"] == "settled"]
    known = [f"{_short(row)} {_candidate(row)}" for row in settled.to_dict("records")]
    parts = [f"Of {len(rows)} questions the paper's own curves settle {len(settled)}"]
    parts[0] += f" ({'; '.join(known)})" if known else ""
    for kind in ("contradictory", "none fits", "open"):
        own = rows[rows["outcome"] == kind]
        if len(own):
            parts.append(f"{_WORDS[kind]} {'; '.join(map(_short, own.to_dict('records')))}")
    return ". ".join(parts) + "."


_WORDS = {
    "contradictory": "They contradict each other on",
    "none fits": "No candidate fits for",
    "open": "Open are",
}
_NAMES = {"inputs": "inputs", "lr": "ε", "init": "start", "gradients": "gradients", "epoch": "epoch"}


def _short(row: Mapping[Any, Any]) -> str:
    return f"{_NAMES[row['unknown']]} of {_of(row)}"


def _of(row: Mapping[Any, Any]) -> str:
    return " ".join(filter(None, (row["network"], row["only"])))


def _candidate(row: Mapping[Any, Any]) -> str:
    return f"{row['leader']} updates" if row["unknown"] == "epoch" else str(row["leader"])


def summary(tables: Tables) -> pd.DataFrame:
    """A row for each question: every candidate, who leads, what is against it, what would decide."""
    keys = list(Question._fields)
    points = tables["points"]
    totals = (points["lead"] * points["weight"]).groupby([points[key] for key in (*keys, "candidate")]).sum()
    rows = []
    for row in tables["answers"].to_dict("records"):
        own = totals.loc[tuple(row[key] for key in keys)]
        each = own.sort_values(ascending=False).items()
        minutes = row["minutes"]
        cost = f" ({minutes:,.0f} core-minutes)" if minutes > 0 else ""
        rows.append(
            {
                "unknown": TITLES[row["unknown"]],
                "of": _of(row),
                "outcome": row["outcome"],
                "log likelihood, relative": ", ".join(f"{name}: {lead:+.1f}" for name, lead in each),
                "curves decisively for another": row["against"],
                "leader's misfit, σ": f"{row['misfit']:.1f}",
                "cheapest next experiment": row["next"] + cost,
            }
        )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    """For each unknown, whether the paper's curves settle it."""
    found = []
    for unknown, title in TITLES.items():
        rows = tables["answers"].query("unknown == @unknown")
        measures = tuple(
            Measure(
                of={
                    "network": _of(row),
                    "leader": row["leader"],
                },
                value=row["ahead"],
                holds=row["outcome"] == "settled",
            )
            for row in rows.to_dict("records")
        )
        verdict = finding(
            f"authors_setup.{unknown}",
            "lead over the next candidate, log likelihood",
            f"at least {DECISIVE:g}, with no curve as clearly for another, and fits (median misfit "
            f"{likelihood.FITS:g} σ)",
            measures,
            f"the paper's curves settle: {title[0].lower()}{title[1:]}",
            "20,000 updates" if unknown == "epoch" else "doesn't say",
            complete=_complete(tables),
        )
        found.append(verdict if len(rows) else not_tested(verdict, "fewer than two candidates were run"))
    return found


def _complete(tables: Tables) -> bool:
    """Whether all curves in training were followed to their ends: more training could change nothing."""
    rows = tables["residuals"]
    errors = rows[rows["quantity"] == "error"]
    return bool(len(errors) and errors.groupby("curve")["x"].max().min() >= 2.4e7)


def draw(tables: Tables) -> Figure:
    """A panel for each unknown, a row for each of its questions."""
    return drawing.panels(tables["points"], tables["answers"], TITLES, DECISIVE)
