"""Under which conditions runs were made: what stands beside every number and verdict drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from repro import paper
from repro.data import sets
from repro.evidence.selection import diverged, inputs, unlike_paper, validation_errors
from repro.experiment.settings import Experiment
from repro.runs.folder import Run


@dataclass(frozen=True)
class Conditions:
    """Of all runs of an exhibit together; ranges are (smallest, largest)."""

    scale: str
    runs: int
    seeds: tuple[int, ...] = ()
    rates: tuple[float, ...] = ()
    seeds_each: int = 0  # fewest seeds of a network
    rates_each: int = 0  # fewest learning rates at which a network was trained
    updates: tuple[int, int] = (0, 0)
    share: float = 0.0  # of the paper's training, that of the shortest; 0 if none was trained
    inputs: tuple[str, ...] = ()
    monitored: tuple[int, int] = (0, 0)  # examples
    tested: tuple[int, int] = (0, 0)  # examples
    diverged: int = 0  # runs
    datasets: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()  # titles of data sets that stand in for the paper's
    unlike: tuple[str, ...] = ()  # settings that differ from the paper's

    @property
    def rate_searched(self) -> bool:
        """Whether every network was trained at several learning rates."""
        return self.rates_each > 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def together(parts: Sequence[Conditions]) -> Conditions:
    """Conditions of several exhibits as one: what a claim rests on that reads all of them."""
    known = [part for part in parts if part.runs]
    if len(known) < 2:
        return known[0] if known else Conditions(parts[0].scale if parts else "", 0)
    merged: dict[str, Any] = {}
    for field in fields(Conditions):
        values = [getattr(part, field.name) for part in known]
        merged[field.name] = _JOINED.get(field.name, _union)(values)
    return Conditions(**merged)


def _union(values: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(value for several in values for value in several))


def _span(values: Iterable[tuple[int, int]]) -> tuple[int, int]:
    lows, highs = zip(*values, strict=True)
    return min(lows), max(highs)


_JOINED: dict[str, Callable[[Any], Any]] = {
    "scale": lambda scales: ", ".join(dict.fromkeys(scales)),
    **dict.fromkeys(("runs", "diverged"), sum),
    **dict.fromkeys(("seeds_each", "rates_each", "share"), min),
    **dict.fromkeys(("updates", "monitored", "tested"), _span),
}
"""How fields become one; the others are listed without repetition."""


def conditions(runs: Sequence[Run], scale: str, exhibit: str = "") -> Conditions:
    """Those of the runs of an exhibit."""
    if not runs:
        return Conditions(scale, 0)
    experiments = [run.experiment for run in runs if run.experiment.network] or [r.experiment for r in runs]
    updates = [e.updates for e in experiments]
    names = dict.fromkeys(e.dataset.name for e in experiments)
    trained = [count for count in updates if count]
    return Conditions(
        scale=scale,
        runs=len(runs),
        seeds=tuple(sorted({e.seed for e in experiments})),
        rates=tuple(sorted({e.lr for e in experiments})),
        seeds_each=_seeds_each(runs),
        rates_each=int(validation_errors(runs).notna().sum(axis=1).min()) if trained else 0,
        updates=(min(updates), max(updates)),
        share=min(trained, default=0) / paper.numbers()["table1"]["updates"],
        inputs=tuple(sorted(set(map(inputs, runs)))),
        monitored=_range(e.monitor.examples for e in experiments),
        tested=_range(e.n_test for e in experiments),
        diverged=sum(map(diverged, runs)),
        datasets=tuple(names),
        stand_ins=tuple(sets.title(name).partition(" (")[0] for name in names if sets.stands_in(name)),
        unlike=tuple(unlike_paper(runs, exhibit)),
    )


def _seeds_each(runs: Sequence[Run]) -> int:
    """Fewest seeds of a network, each at that of its learning rates that has the most."""
    seeds: dict[Experiment, dict[float, set[int]]] = {}
    for run in runs:
        network = replace(run.experiment, lr=0.0, seed=0, data_seed=None)
        seeds.setdefault(network, {}).setdefault(run.experiment.lr, set()).add(run.experiment.seed)
    return min(max(map(len, by_rate.values())) for by_rate in seeds.values())


def _range(values: Iterable[int]) -> tuple[int, int]:
    known = list(values)
    return min(known), max(known)
