"""Under which conditions runs were made: what stands beside every number and verdict drawn from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from repro import paper
from repro.data import sets
from repro.evidence.selection import diverged, inputs, unlike_paper, validation_errors
from repro.runs.folder import Run


@dataclass(frozen=True)
class Conditions:
    """Of all runs of an exhibit together; ranges are (smallest, largest)."""

    scale: str
    runs: int
    seeds: tuple[int, ...] = ()
    rates: tuple[float, ...] = ()
    rate_searched: bool = False  # some network was trained at several learning rates
    updates: tuple[int, int] = (0, 0)
    share: float = 0.0  # of the paper's training, that of the shortest run
    inputs: tuple[str, ...] = ()
    monitored: tuple[int, int] = (0, 0)  # examples
    tested: tuple[int, int] = (0, 0)  # examples
    diverged: int = 0  # runs
    datasets: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()  # titles of data sets that stand in for the paper's
    unlike: tuple[str, ...] = ()  # settings that differ from the paper's

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def conditions(runs: Sequence[Run], scale: str, exhibit: str = "") -> Conditions:
    """Those of the runs of an exhibit."""
    if not runs:
        return Conditions(scale, 0)
    experiments = [run.experiment for run in runs if run.experiment.network] or [r.experiment for r in runs]
    updates = [e.updates for e in experiments]
    names = dict.fromkeys(e.dataset.name for e in experiments)
    return Conditions(
        scale=scale,
        runs=len(runs),
        seeds=tuple(sorted({e.seed for e in experiments})),
        rates=tuple(sorted({e.lr for e in experiments})),
        rate_searched=bool((validation_errors(runs).notna().sum(axis=1) > 1).any()),
        updates=(min(updates), max(updates)),
        share=min(updates) / paper.numbers()["table1"]["updates"],
        inputs=tuple(sorted(set(map(inputs, runs)))),
        monitored=_range(e.monitor.examples for e in experiments),
        tested=_range(e.n_test for e in experiments),
        diverged=sum(map(diverged, runs)),
        datasets=tuple(names),
        stand_ins=tuple(sets.title(name).partition(" (")[0] for name in names if sets.stands_in(name)),
        unlike=tuple(unlike_paper(runs, exhibit)),
    )


def _range(values: Iterable[int]) -> tuple[int, int]:
    known = list(values)
    return min(known), max(known)
