"""Making many runs: skip what is complete, train the rest side by side, show how it goes."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shlex
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from repro.experiment.machine import Machine, cores
from repro.experiment.settings import Experiment
from repro.runs.folder import Run

MEASURING = 1000
"""What starting a run and measuring it at both ends takes, in updates: for the estimate of the time left."""

Job = list[Path]
"""Run folders to train as one stack."""
Failures = dict[str, str]
"""run_id → what went wrong."""
Advance = Callable[[int], None]
"""Told of updates that are done."""


@dataclass(frozen=True)
class Outcome:
    """All runs asked for, in order, and what went wrong with some."""

    runs: list[Run]
    failures: Failures


def make_runs(experiments: Sequence[Experiment], machine: Machine, console: Console) -> Outcome:
    """Have a complete run of every experiment; equal ones are made once.

    A run that fails is in `failures` and doesn't stop the others. Raises ConfigError if the run folders
    can't be written or the device isn't there.
    """
    runs = [Run.create(Path(machine.runs), e) for e in dict.fromkeys(experiments)]
    todo = [run for run in runs if not run.complete]
    console.print(f"{len(runs)} runs: {len(runs) - len(todo)} complete, {len(todo)} to do")
    failures = _work_off(todo, machine, console) if todo else {}
    for run_id, message in failures.items():
        console.print(f"[red]failed[/] {run_id}: {message}", highlight=False, soft_wrap=True)
        run = next(run for run in runs if run.path.name == run_id)
        console.print(f"  again: {command(run.experiment)}", highlight=False, soft_wrap=True)
    return Outcome(runs, failures)


def command(experiment: Experiment) -> str:
    """The command line that makes this one run, ready for a shell."""
    default = Experiment().to_dict()
    words = []
    for key, value in experiment.to_dict().items():
        if isinstance(value, dict):
            words += [f"{key}={value.pop('name')}"] if "name" in value else []
            words += [f"{key}.{name}={_written(item)}" for name, item in value.items() if item != ""]
        elif value != default[key]:
            words.append(f"{key}={_written(value)}")
    return " ".join(["python -m repro", *map(shlex.quote, words)])


def _written(value: Any) -> str:
    """A value in Hydra's grammar."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _work_off(runs: list[Run], machine: Machine, console: Console) -> Failures:
    jobs, best = _plan(runs, machine)
    workers = min(machine.workers or best, len(jobs))
    available = cores()
    machine = replace(machine, threads=machine.threads or max(1, available // workers))
    failures: Failures = {}
    with _progress(runs, console) as bar:
        advance = partial(bar.advance, bar.task_ids[0])
        results = (
            _in_turn(jobs, machine, advance)
            if workers == 1
            else _side_by_side(jobs, workers, machine, advance)
        )
        for job, failed in results:
            failures |= failed
            advance(MEASURING * len(job))
            for path in job:
                bar.console.print(_summary(Run(path)), highlight=False, soft_wrap=True)
    return failures


def _plan(runs: list[Run], machine: Machine) -> tuple[list[Job], int]:
    """Runs to train together, longest first, and how many jobs at once.

    On a CPU a network and a thread per core is fastest (`repro.bench`); a GPU takes whole stacks, one by one.
    """
    from repro.training.trainer import find_device

    ordered = sorted(runs, key=lambda run: -run.experiment.updates * run.experiment.depth)
    if find_device(machine.device).type == "cpu":
        return [[run.path] for run in ordered], cores()
    stacks: dict[Any, Job] = {}
    for run in ordered:
        stacks.setdefault(run.experiment.stack_key(), []).append(run.path)
    return list(stacks.values()), 1


def _in_turn(jobs: list[Job], machine: Machine, advance: Advance) -> Iterator[tuple[Job, Failures]]:
    """Each job with its failures, made in this process."""
    for job in jobs:
        yield job, _train(job, machine, advance)


def _side_by_side(
    jobs: list[Job], workers: int, machine: Machine, advance: Advance
) -> Iterator[tuple[Job, Failures]]:
    """Each job with its failures, as they end, made by so many processes.

    Each process talks over a pipe of its own, so that one that is killed takes nothing with it but its job.
    """
    waiting, busy = deque(jobs), dict[Connection, Job]()
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                connection = _start_worker(machine)
                busy[connection] = waiting.popleft()
                connection.send(busy[connection])
            for connection in cast(list[Connection], wait(list(busy))):
                try:
                    message = connection.recv()
                except EOFError:
                    killed = "its process was killed (out of memory?); it resumes from its checkpoint"
                    message = {path.name: killed for path in busy[connection]}
                    yield busy.pop(connection), message
                    continue
                if isinstance(message, int):
                    advance(message)
                    continue
                yield busy.pop(connection), message
                if waiting:
                    busy[connection] = waiting.popleft()
                    connection.send(busy[connection])
                else:
                    connection.close()
    finally:
        for connection in busy:
            connection.close()


def _start_worker(machine: Machine) -> Connection:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=_work, args=(theirs, machine), daemon=True).start()
    theirs.close()
    return ours


def _work(connection: Connection, machine: Machine) -> None:
    """A worker: trains what it is sent, until the pipe is closed."""

    def advance(updates: int) -> None:
        try:
            connection.send(updates)
        except OSError:  # nobody is there any more
            os._exit(1)

    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # Ctrl-C: the last checkpoint is good
    with contextlib.suppress(EOFError):
        while True:
            connection.send(_train(connection.recv(), machine, advance))


def _train(job: Job, machine: Machine, advance: Advance) -> Failures:
    """Train one stack; returns what went wrong, by run_id."""
    from repro.training.trainer import train

    try:
        train([Run(path) for path in job], machine, lambda done: advance(done * len(job)))
    except Exception as error:  # the run's status.json has the traceback
        return {path.name: f"{type(error).__name__}: {error}" for path in job}
    return {}


@contextlib.contextmanager
def _progress(runs: list[Run], console: Console) -> Iterator[Progress]:
    """A bar over the updates of all runs."""
    left = sum(run.experiment.updates - run.read_json("status").get("update", 0) + MEASURING for run in runs)
    columns = (TextColumn("training"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("left:"), TimeRemainingColumn(elapsed_when_finished=False))  # fmt: skip
    with Progress(*columns, console=console) as bar:
        bar.add_task("", total=left)
        yield bar


def _summary(run: Run) -> str:
    result = run.read_json("result")
    if not result:
        return f"[red]{run.state}[/] {run.path.name}"
    text = f"{run.state} {run.path.name}  test error {100 * result.get('test_error', float('nan')):.2f} %"
    if result["diverged_at"] is not None:
        text += f"; cost not finite at update {result['diverged_at']}"
    return text + f"  ({result['seconds']:.0f} s)"
