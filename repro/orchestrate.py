"""Making many runs: skip what is complete, train the rest side by side, show how it goes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing.context import SpawnContext
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from repro.config import Experiment, Machine
from repro.runs import Run

_queue: SimpleQueue[int] | None = None  # of a worker process: updates done


@dataclass(frozen=True)
class Outcome:
    """All runs asked for, in order, and what went wrong with some."""

    runs: list[Run]
    failures: dict[str, str]  # run_id → message


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
    """The command line that makes this one run."""
    words: list[str] = []
    default = Experiment(data_seed=experiment.seed)
    for key, value in asdict(experiment).items():
        theirs = asdict(default)[key]
        if isinstance(value, dict):
            words += [f"{key}.{k}={v}" for k, v in value.items() if v != theirs[k]]
        elif value != theirs:
            words.append(f"{key}={list(value) if isinstance(value, tuple) else value}".replace(" ", ""))
    return " ".join(["python -m repro", *words]).replace("dataset.name=", "dataset=")


def _work_off(runs: list[Run], machine: Machine, console: Console) -> dict[str, str]:
    jobs, best = _plan(runs, machine)
    workers = min(machine.workers or best, len(jobs))
    cores = len(os.sched_getaffinity(0))
    machine = replace(machine, threads=machine.threads or max(1, cores // workers))
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    failures: dict[str, str] = {}
    with _progress(runs, queue, console) as bar:
        for job, failed in _results(jobs, workers, machine, context, queue):
            failures |= failed
            for path in job:
                bar.console.print(_summary(Run(path)), highlight=False, soft_wrap=True)
    return failures


def _plan(runs: list[Run], machine: Machine) -> tuple[list[list[Path]], int]:
    """Runs to train together, longest first, and how many jobs at once.

    On a CPU a network and a thread per core is fastest (`repro.bench`); a GPU takes whole stacks, one by one.
    """
    from repro.training.train import find_device

    ordered = sorted(runs, key=lambda run: -run.experiment.updates * run.experiment.depth)
    if find_device(machine.device).type == "cpu":
        return [[run.path] for run in ordered], len(os.sched_getaffinity(0))
    stacks: dict[Any, list[Path]] = {}
    for run in ordered:
        stacks.setdefault(run.experiment.stack_key(), []).append(run.path)
    return list(stacks.values()), 1


def _results(
    jobs: list[list[Path]], workers: int, machine: Machine, context: SpawnContext, queue: SimpleQueue[int]
) -> Iterator[tuple[list[Path], dict[str, str]]]:
    """Each job with its failures, as they end; one worker works in this process."""
    if workers == 1:
        _start_worker(queue)
        for job in jobs:
            yield job, _train(job, machine)
        return
    pool = ProcessPoolExecutor(workers, context, _start_worker, (queue, True))
    try:
        futures = {pool.submit(_train, job, machine): job for job in jobs}
        for future in as_completed(futures):
            job = futures[future]
            try:
                yield job, future.result()
            except BrokenProcessPool:
                killed = "its process was killed (out of memory?); it resumes from its checkpoint"
                yield job, {path.name: killed for path in job}
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(queue: SimpleQueue[int], own_process: bool = False) -> None:
    global _queue
    _queue = queue
    if own_process:  # Ctrl-C reaches the whole group: leave at once, the last checkpoint is good
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _train(paths: list[Path], machine: Machine) -> dict[str, str]:
    """Train one stack; returns what went wrong, by run_id."""
    from repro.training.train import train

    assert _queue is not None
    queue = _queue
    try:
        train([Run(path) for path in paths], machine, lambda done: queue.put(done * len(paths)))
    except Exception as error:  # the run's status.json has the traceback
        return {path.name: f"{type(error).__name__}: {error}" for path in paths}
    return {}


@contextmanager
def _progress(runs: list[Run], queue: SimpleQueue[int], console: Console) -> Iterator[Progress]:
    """A bar over the updates of all runs, fed from `queue`."""
    left = sum(run.experiment.updates - run.read_json("status").get("update", 0) for run in runs)
    columns = (TextColumn("training"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("left:"), TimeRemainingColumn(elapsed_when_finished=False))  # fmt: skip
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=max(left, 1))

        def feed() -> None:
            while (done := queue.get()) >= 0:
                bar.advance(task, done)

        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        try:
            yield bar
        finally:
            queue.put(-1)
            feeder.join()


def _summary(run: Run) -> str:
    result = run.read_json("result")
    if not result:
        return f"[red]{run.state}[/] {run.path.name}"
    text = f"{run.state} {run.path.name}  test error {100 * result.get('test_error', float('nan')):.2f} %"
    if result["diverged_at"] is not None:
        text += f"; cost not finite at update {result['diverged_at']}"
    return text + f"  ({result['seconds']:.0f} s)"
