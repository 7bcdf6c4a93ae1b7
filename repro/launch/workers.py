"""Jobs worked off: in this process, or side by side by others that may die."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from repro.experiment.machine import Machine
from repro.launch.plan import Failures, Job, Plan
from repro.runs import Run

Advance = Callable[[int], None]
"""Told of updates that are done."""


def work_off(plan: Plan, machine: Machine, advance: Advance) -> Iterator[tuple[Job, Failures]]:
    """Each job with its failures, as they end."""
    if plan.workers > 1:
        yield from _side_by_side(plan, machine, advance)
    else:
        for job in plan.jobs:
            yield job, _train(job, machine, plan.share, advance)


def _train(job: Job, machine: Machine, share: int, advance: Advance) -> Failures:
    """Train one stack; returns what went wrong, by run_id."""
    from repro.training.trainer import train

    try:
        train([Run(path) for path in job], machine, lambda done: advance(done * len(job)), share)
    except Exception as error:  # the run's status.json has the traceback
        return {path.name: f"{type(error).__name__}: {error}" for path in job}
    return {}


def _side_by_side(plan: Plan, machine: Machine, advance: Advance) -> Iterator[tuple[Job, Failures]]:
    """A worker that dies takes nothing with it but the job that it has, and another takes its place."""
    waiting, busy = deque(plan.jobs), list[Worker]()
    try:
        while waiting or busy:
            while waiting and len(busy) < plan.workers:
                worker = Worker(machine, plan.share)
                worker.give(waiting.popleft())
                busy.append(worker)
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                message = worker.message()
                if isinstance(message, int):
                    advance(message)
                    continue
                job = worker.job
                if waiting and worker.alive:
                    worker.give(waiting.popleft())
                else:
                    worker.connection.close()
                    busy.remove(worker)
                yield job, message
    finally:
        for worker in busy:
            worker.connection.close()


class Worker:
    """A process that trains what it is given. It talks over a pipe of its own."""

    def __init__(self, machine: Machine, share: int) -> None:
        context = processes()
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, machine, share), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Job = []
        self.alive = True

    def give(self, job: Job) -> None:
        self.job = job
        with contextlib.suppress(OSError):  # it is dead, which `message` will say
            self.connection.send(job)

    def message(self) -> int | Failures:
        """Updates just done, or at the job's end its failures; also when the process died, at any moment."""
        try:
            message: int | Failures = self.connection.recv()
            return message
        except (EOFError, OSError):
            self.alive = False
            return dict.fromkeys((path.name for path in self.job), self._death())

    def _death(self) -> str:
        self.process.join(timeout=5)
        code = self.process.exitcode or 0
        how = f"was killed by signal {-code} (out of memory?)" if code < 0 else f"ended with exit code {code}"
        return f"its process {how}; the run resumes from its checkpoint"


def processes() -> Any:
    """How they start: forked from a server that has imported torch once; where there is no fork, spawned."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["repro.launch.workers", "repro.training.trainer"])
    return context


def work(connection: Connection, machine: Machine, share: int) -> None:
    """In a worker: train what is given, until the pipe is closed."""

    def advance(updates: int) -> None:
        try:
            connection.send(updates)
        except OSError:  # nobody is there any more
            os._exit(1)

    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # Ctrl-C: the last checkpoint is good
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(_train(connection.recv(), machine, share, advance))
