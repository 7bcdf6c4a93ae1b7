"""Making many runs: skip what is complete, train the rest side by side, show how it goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
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

from repro.experiment.again import command
from repro.experiment.flat import label, varying
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.launch.check import check
from repro.launch.plan import Failures, Plan
from repro.launch.workers import work_off
from repro.runs import Run, sums
from repro.runs.folder import ForeignError
from repro.runs.lease import Watch
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
    experiments: Sequence[Experiment],
    machine: Machine,
    console: Console,
    words: Sequence[str] = (),
    bar: bool = True,
) -> Outcome:
    """Have a complete run of every experiment; equal ones are made once.

    words: of the command line, if it is a sweep that is to be recorded. bar: show one. A run that fails is in
    `failures` and doesn't stop the others. Raises ConfigError for what `check` refuses, and for folders that
    can't be written.
    """
    runs, failures = _folders(check(experiments, machine), Path(machine.runs))
    sweep = Sweep.begin(Path(machine.runs), runs, words) if words and len(runs) > 1 else None
    todo = [run for run in runs if run.path.name not in failures and not run.sound]
    for run in todo:
        if run.complete:
            damage = ", ".join(sums.damaged(run.path))
            console.print(f"damaged, made again: {run.path.name} ({damage})", highlight=False, soft_wrap=True)
    complete = len(runs) - len(todo) - len(failures)
    count = f"{len(runs)} run{'s' * (len(runs) != 1)}"
    console.print(f"{count}: {complete} complete, {len(todo)} to do")
    if machine.weights and (lacking := sum(run.complete and not run.checkpoint.exists() for run in runs)):
        console.print(
            f"{lacking} complete runs were made without weights: remove them to have them again, with"
        )
    if todo:
        failures |= _make(todo, machine, console, bar)
    for run in runs:
        if message := failures.get(run.path.name):
            text = f"[red]failed[/] {run.path.name}: {escape(message)}"
            console.print(text, highlight=False, soft_wrap=True)
            again = command(run.experiment, machine)
            console.print(f"  again: {again}", markup=False, highlight=False, soft_wrap=True)
    return Outcome(runs, failures, sweep)


def _folders(experiments: Iterable[Experiment], root: Path) -> tuple[list[Run], Failures]:
    """A run for each; a folder that holds something else stops only its own."""
    runs, failures = [], Failures()
    for experiment in experiments:
        try:
            runs.append(Run.create(root, experiment))
        except ForeignError as error:
            runs.append(Run.find(root, experiment))
            failures[runs[-1].path.name] = str(error)
    return runs, failures


def _make(runs: list[Run], machine: Machine, console: Console, bar: bool) -> Failures:
    failures: Failures = {}
    known = {run.path: run for run in runs}
    varies = varying(run.experiment for run in runs)
    with _progress(runs, console, bar) as shown:
        advance = partial(shown.advance, shown.task_ids[0])
        for end in work_off(Plan.of(runs, machine), machine, advance, _Waiting(shown.console)):
            failures |= end.failures
            advance(MEASURING * len(end.done))
            for path in end.done:
                shown.console.print(_summary(known[path], varies), highlight=False, soft_wrap=True)
    return failures


class _Waiting:
    """Says once what is waited for; waits as long as it takes."""

    def __init__(self, console: Console) -> None:
        self._console, self._told = console, 0

    def __call__(self, others: list[Watch]) -> bool:
        if len(others) > self._told:
            holders = ", ".join(dict.fromkeys(watch.holder() for watch in others))
            text = f"waiting: {len(others)} runs are being made elsewhere ({holders})"
            self._console.print(text, highlight=False, soft_wrap=True)
            self._told = len(others)
        return True


@contextlib.contextmanager
def _progress(runs: list[Run], console: Console, bar: bool) -> Iterator[Progress]:
    """A bar over the updates of all runs, or none."""
    left = sum(run.experiment.updates - run.status.get("update", 0) + MEASURING for run in runs)
    columns = (TextColumn("training"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("left:"), TimeRemainingColumn(elapsed_when_finished=False))  # fmt: skip
    with Progress(*columns, console=console, disable=not bar) as shown:
        shown.add_task("", total=left)
        yield shown


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
    return f"{run.state}, test error {error:.2f} % ({result['seconds']:.0f} s)  {name}"
