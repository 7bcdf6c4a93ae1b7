"""Making many runs: skip what is complete, train the rest side by side, show how it goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from repro.data import sets
from repro.experiment.flat import label, varying
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.launch.again import command
from repro.launch.plan import Failures, Plan
from repro.launch.workers import work_off
from repro.runs import Run
from repro.runs.sweeps import Sweep

__all__ = ["Outcome", "command", "make_runs"]

MEASURING = 1000
"""What starting a run and measuring it at both ends takes, in updates: for the estimate of the time left."""


@dataclass(frozen=True)
class Outcome:
    """All runs asked for, in order, what went wrong with some, and the record of the sweep if it was one."""

    runs: list[Run]
    failures: Failures
    sweep: Sweep | None = None


def make_runs(
    experiments: Sequence[Experiment], machine: Machine, console: Console, words: Sequence[str] = ()
) -> Outcome:
    """Have a complete run of every experiment; equal ones are made once.

    words: of the command line, if it is a sweep that is to be recorded. A run that fails is in `failures` and
    doesn't stop the others. Raises ConfigError if the run folders can't be written or the device isn't there.
    """
    identified = [sets.identified(experiment, Path(machine.data)) for experiment in experiments]
    runs = [Run.create(Path(machine.runs), experiment) for experiment in dict.fromkeys(identified)]
    sweep = Sweep.begin(Path(machine.runs), runs, words) if words and len(runs) > 1 else None
    todo = [run for run in runs if not run.complete]
    console.print(f"{len(runs)} runs: {len(runs) - len(todo)} complete, {len(todo)} to do")
    failures = _make(todo, machine, console) if todo else {}
    for run in runs:
        if message := failures.get(run.path.name):
            console.print(f"[red]failed[/] {run.path.name}: {message}", highlight=False, soft_wrap=True)
            again = command(run.experiment, machine)
            console.print(f"  again: {again}", markup=False, highlight=False, soft_wrap=True)
    return Outcome(runs, failures, sweep)


def _make(runs: list[Run], machine: Machine, console: Console) -> Failures:
    failures: Failures = {}
    varies = varying(run.experiment for run in runs)
    with _progress(runs, console) as bar:
        advance = partial(bar.advance, bar.task_ids[0])
        for job, failed in work_off(Plan.of(runs, machine), machine, advance):
            failures |= failed
            advance(MEASURING * len(job))
            for path in job:
                bar.console.print(_summary(Run(path), varies), highlight=False, soft_wrap=True)
    return failures


@contextlib.contextmanager
def _progress(runs: list[Run], console: Console) -> Iterator[Progress]:
    """A bar over the updates of all runs."""
    left = sum(run.experiment.updates - run.status.get("update", 0) + MEASURING for run in runs)
    columns = (TextColumn("training"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("left:"), TimeRemainingColumn(elapsed_when_finished=False))  # fmt: skip
    with Progress(*columns, console=console) as bar:
        bar.add_task("", total=left)
        yield bar


def _summary(run: Run, varies: Sequence[str]) -> str:
    """One line: how a run ended, in what it differs from the others, and its folder."""
    settings = escape(label(run.experiment, varies))
    name = f"{settings}  [dim]{run.path.name}[/]" if settings else run.path.name
    result = run.read_json("result")
    if not result:
        return f"[red]{run.state}[/] {name}"
    if result["diverged_at"] is not None:
        return f"[red]diverged[/] at update {result['diverged_at']} ({result['seconds']:.0f} s)  {name}"
    error = 100 * result.get("test_error", float("nan"))
    return f"{run.state} test error {error:.2f} % ({result['seconds']:.0f} s)  {name}"
