"""Jobs worked off: in this process, or side by side by others that may die."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from repro.experiment.machine import Machine
from repro.launch.plan import Failures, Job, Plan
from repro.processes import processes
from repro.runs import Run
from repro.runs.lease import Watch

Advance = Callable[[int], None]
"""Told of updates that are done."""

LOOK_SECONDS = 0.5
"""How often to look whether a run that another process holds is free."""


@dataclass(frozen=True)
class Ended:
    """A job's end: what went wrong, and what is left to do, because others hold it, or one by one."""

    job: Job
    failures: Failures = field(default_factory=dict)
    busy: Job = field(default_factory=list)
    left: Job = field(default_factory=list)

    @property
    def done(self) -> Job:
        return [path for path in self.job if path not in (*self.busy, *self.left)]


class Queue:
    """Jobs to do, and runs that other processes hold, which are jobs again when they are free."""

    def __init__(self, jobs: list[Job], waiting: Callable[[list[Watch]], bool]) -> None:
        self._jobs, self._waiting = deque(jobs), waiting
        self._busy: dict[Path, Watch] = {}
        self._looked = time.monotonic()

    def take(self) -> Job | None:
        """The next job, if there is one now."""
        if not self._jobs and time.monotonic() - self._looked >= LOOK_SECONDS:
            free = [path for path, watch in self._busy.items() if watch.free()]
            self._jobs += [[path] for path in free]
            self._busy = {path: watch for path, watch in self._busy.items() if path not in free}
            self._looked = time.monotonic()
        return self._jobs.popleft() if self._jobs else None

    def ended(self, end: Ended) -> None:
        """What is left of the job comes later, one by one."""
        self._jobs += [[path] for path in end.left]
        self._busy |= {path: Watch(path) for path in end.busy}

    def worth_waiting(self) -> bool:
        """Whether more may come: others hold what is left, and `waiting`, which is told, agrees to wait."""
        return bool(self._busy) and self._waiting(list(self._busy.values()))


def work_off(
    plan: Plan, machine: Machine, advance: Advance, waiting: Callable[[list[Watch]], bool] = bool
) -> Iterator[Ended]:
    """Each job's end, as they come. Runs that others hold are tried again while `waiting` says so."""
    queue = Queue(plan.jobs, waiting)
    if plan.workers > 1:
        yield from _side_by_side(queue, plan, machine, advance)
        return
    while True:
        if job := queue.take():
            end = _train(job, machine, plan.share, advance)
            queue.ended(end)
            yield end
        elif queue.worth_waiting():
            time.sleep(LOOK_SECONDS)
        else:
            return


def _train(job: Job, machine: Machine, share: int, advance: Advance) -> Ended:
    """Train one stack, if that pays. If it breaks, its runs are left to be trained one by one."""
    from repro.launch.cost import pays
    from repro.training.trainer import train

    runs = [Run(path) for path in job]
    try:
        if not pays([run.experiment for run in runs], machine, share):
            return Ended(job, left=job)
        busy = train(runs, machine, lambda done: advance(done * len(job)), share)
    except Exception as error:  # the run's status.json has the traceback
        return _broken(job, f"{type(error).__name__}: {error}")
    return Ended(job, busy=[run.path for run in busy])


def _broken(job: Job, why: str) -> Ended:
    return Ended(job, left=job) if len(job) > 1 else Ended(job, {path.name: why for path in job})


def _side_by_side(queue: Queue, plan: Plan, machine: Machine, advance: Advance) -> Iterator[Ended]:
    """A worker that dies takes nothing with it but the job that it has, and another takes its place."""
    idle, busy = list[Worker](), list[Worker]()
    try:
        while True:
            while len(busy) < plan.workers and (job := queue.take()):
                worker = idle.pop() if idle else Worker(machine, plan.share)
                worker.give(job)
                busy.append(worker)
            if not busy:
                if not queue.worth_waiting():
                    return
                time.sleep(LOOK_SECONDS)
                continue
            waiting = len(busy) < plan.workers
            ready = wait([worker.connection for worker in busy], LOOK_SECONDS if waiting else None)
            for worker in [worker for worker in busy if worker.connection in ready]:
                message = worker.message()
                if isinstance(message, int):
                    advance(message)
                    continue
                busy.remove(worker)
                if worker.alive:
                    idle.append(worker)
                else:
                    worker.connection.close()
                queue.ended(message)
                yield message
    finally:
        for worker in (*busy, *idle):
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

    def message(self) -> int | Ended:
        """Updates just done, or the job's end; also when the process died, at any moment."""
        try:
            message: int | Ended = self.connection.recv()
            return message
        except (EOFError, OSError):
            self.alive = False
            return _broken(self.job, self._death())

    def _death(self) -> str:
        self.process.join(timeout=5)
        code = self.process.exitcode or 0
        how = f"was killed by signal {-code} (out of memory?)" if code < 0 else f"ended with exit code {code}"
        return f"its process {how}; the run resumes from its checkpoint"


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
