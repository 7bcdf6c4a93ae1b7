"""A sweep on a cluster: one job array of workers that share its run folders, submitted and left alone.

Each worker takes the next run that nobody holds (`repro.runs.lease`), until none is left. One that is
preempted saves its networks and is queued again, by SLURM or by its own `checkpoint`, and goes on from there;
so does the same command, submitted again. Nobody asks the scheduler how it goes: `repro.runs.watch` reads the
folders.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError, choice, require
from repro.files import write_atomically
from repro.launch.check import check
from repro.launch.plan import Failures, Job, Plan
from repro.launch.workers import work_off
from repro.runs import Run
from repro.runs.lease import LEASE, Watch
from repro.runs.sweeps import Sweep

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission


@dataclass(frozen=True)
class Cluster:
    """What to ask the scheduler for; each worker gets as much.

    executor: slurm, or local: on this machine, to try it out. memory: gigabytes; None leaves it to the
    scheduler. hours: after them a worker is queued again. slurm: options of sbatch, such as partition.
    """

    workers: int = 1
    executor: str = "slurm"
    cpus: int = 1
    gpus: int = 0
    memory: float | None = None
    hours: float = 24.0
    slurm: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        choice("executor", self.executor, ("local", "slurm"))
        for key, least in (("workers", 1), ("cpus", 1), ("gpus", 0)):
            require(key, getattr(self, key), getattr(self, key) >= least, f"a whole number, at least {least}")
        require("hours", self.hours, self.hours > 0, "more than 0")
        require("memory", self.memory, self.memory is None or self.memory > 0, "gigabytes, more than 0")


def submit(
    experiments: Sequence[Experiment], machine: Machine, cluster: Cluster, words: Sequence[str]
) -> tuple[Sweep, int, str]:
    """Have these experiments trained by workers; returns at once: the sweep, how many, and the jobs' number.

    No workers where nothing is left to do. Raises ConfigError, with nothing left behind, for what `check` or
    the scheduler refuses.
    """
    _available(cluster)
    machine = replace(
        machine,
        device="cuda" if cluster.gpus else "cpu" if machine.device == "auto" else machine.device,
        threads=machine.threads or cluster.cpus,
        workers=1,
        runs=str(Path(machine.runs).absolute()),
        data=str(Path(machine.data).absolute()),
    )
    identified = check(experiments, machine, here=False)
    root = Path(machine.runs)
    with _nothing_left_behind(root):
        runs = [Run.create(root, experiment) for experiment in identified]
        sweep = Sweep.begin(root, runs, words)
        todo = [run for run in runs if not run.sound]
        number = min(cluster.workers, len(todo))
        shutil.rmtree(_failed(sweep), ignore_errors=True)  # they are tried again
        drain = Drain(sweep, [run.path for run in todo], machine, number)
        return sweep, number, _submit(drain, cluster) if number else ""


def _available(cluster: Cluster) -> None:
    try:
        import submitit  # noqa: F401
    except ImportError as error:
        raise ConfigError("a cluster needs submitit: pip install -e '.[cluster]'") from error
    if cluster.executor == "slurm" and not (shutil.which("sbatch") and shutil.which("srun")):
        raise ConfigError("executor = slurm: there is no sbatch here; use a login node, or executor=local")


@contextmanager
def _nothing_left_behind(root: Path) -> Iterator[None]:
    """After an error: remove the folders in it that weren't there before."""

    def folders() -> set[Path]:
        return {root, *root.glob("*"), *root.glob("sweeps/*")} if root.is_dir() else set()

    before = folders()
    try:
        yield
    except BaseException:
        for path in sorted(folders() - before, reverse=True):
            shutil.rmtree(path, ignore_errors=True)
        raise


def _submit(drain: Drain, cluster: Cluster) -> str:
    """Returns the number of the job array, or of the processes."""
    import submitit

    folder = drain.sweep.path / "workers"
    executor = submitit.AutoExecutor(
        folder, cluster=cluster.executor, slurm_max_num_timeout=10**6, local_max_num_timeout=10**6
    )
    wanted = {"mem_gb": cluster.memory, "gpus_per_node": cluster.gpus or None}
    executor.update_parameters(
        name=f"repro-{drain.sweep.name}", timeout_min=max(1, round(60 * cluster.hours)),
        cpus_per_task=cluster.cpus, **{key: value for key, value in wanted.items() if value is not None},
        slurm_array_parallelism=drain.workers, slurm_additional_parameters={"requeue": True, **cluster.slurm},
    )  # fmt: skip
    with _without_the_scheduler_of_this_process():
        try:
            jobs = executor.map_array(drain, range(drain.workers))
        except Exception as error:  # of many kinds, also of the scheduler's
            raise ConfigError(f"the scheduler refused: {' '.join(str(error).split())}") from error
    return jobs[0].job_id.partition("_")[0] if cluster.executor == "slurm" else f"{len(jobs)} processes"


@contextmanager
def _without_the_scheduler_of_this_process() -> Iterator[None]:
    """Submitted from inside a job, options of that job would be taken for those of the new one."""
    inherited = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("SLURM_CPU_BIND")}
    try:
        yield
    finally:
        os.environ.update(inherited)


@dataclass
class Drain:
    """The work of each worker, which submitit pickles: take what nobody holds, until nothing is left."""

    sweep: Sweep
    paths: Job
    machine: Machine
    workers: int

    def __call__(self, number: int) -> Failures:
        """What went wrong in this worker, by the names of runs. Each begins elsewhere in the list of jobs."""
        from repro.training.trainer import Stopped

        failures: Failures = {}
        with Interruption() as interruption:
            try:
                self._drain(number, failures, interruption)
            except Stopped:
                interruption.obey()
        return failures

    def _drain(self, number: int, failures: Failures, interruption: Interruption) -> None:
        todo = [Run(path) for path in self.paths if self._open(path)]
        jobs = Plan.of(todo, self.machine, self.workers - 1).jobs if todo else []
        begin = number * len(jobs) // self.workers
        busy: Job = []
        for job in (*jobs[begin:], *jobs[:begin]):
            busy += self._work([job], failures, interruption, lambda others: False)
        patience = Patience(interruption)
        self._work([[path] for path in busy], failures, interruption, patience)

    def checkpoint(self, number: int) -> DelayedSubmission:
        """What submitit queues when this worker is preempted or its time is up: the same again."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, number)

    def _open(self, path: Path) -> bool:
        """Whether it is still to do; what failed in one worker isn't tried by all the others."""
        return not Run(path).complete and not (_failed(self.sweep) / path.name).exists()

    def _work(
        self,
        jobs: list[Job],
        failures: Failures,
        interruption: Interruption,
        waiting: Callable[[list[Watch]], bool],
    ) -> Job:
        """Work the jobs off; returns what others hold."""
        still = [[path for path in job if self._open(path)] for job in jobs]
        plan = Plan([job for job in still if job], 1, self.machine.threads)
        busy: dict[Path, None] = {}
        for end in work_off(plan, self.machine, lambda updates: interruption.check(), waiting):
            for name, message in end.failures.items():
                failures[name] = message
                _failed(self.sweep).mkdir(parents=True, exist_ok=True)
                with suppress(OSError):
                    write_atomically(_failed(self.sweep) / name, message.encode())
            busy |= dict.fromkeys(end.busy)
            for path in end.done:
                busy.pop(path, None)
                print(f"{Run(path).state} {path.name}", flush=True)
        return list(busy)


class Patience:
    """Others hold all that is left: time enough to see that one of them is dead, and no longer.

    Those that live finish on their own, and a worker that only waits keeps a place from others.
    """

    def __init__(self, interruption: Interruption) -> None:
        self._interruption, self._until = interruption, time.monotonic() + 1.5 * LEASE

    def __call__(self, others: list[Watch]) -> bool:
        self._interruption.check()
        return time.monotonic() < self._until


class Interruption:
    """The signals by which a worker is told to go, put off until its networks can be saved.

    SIGTERM: it is preempted, and the scheduler queues it again. The other is of submitit, which queues it.
    """

    def __init__(self) -> None:
        self._received: int | None = None

    def __enter__(self) -> Interruption:
        import submitit

        signals = signal.SIGTERM, signal.Signals[f"SIG{submitit.JobEnvironment.USR_SIG}"]
        self._usual = {number: signal.signal(number, self._receive) for number in signals}
        return self

    def __exit__(self, *error: object) -> None:
        for number, usual in self._usual.items():
            signal.signal(number, usual)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = number

    def check(self) -> None:
        """Raises Stopped if it is time to go."""
        from repro.training.trainer import Stopped

        if self._received is not None:
            raise Stopped

    def obey(self) -> None:
        """Go."""
        number = signal.Signals(self._received or signal.SIGTERM)
        usual = self._usual[number]
        if number != signal.SIGTERM and callable(usual):
            usual(number, None)
        sys.exit(128 + number)


def _failed(sweep: Sweep) -> Path:
    """A file for each run that failed, with the reason."""
    return sweep.path / "failed"
