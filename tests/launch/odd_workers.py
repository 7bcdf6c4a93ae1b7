"""What some tests run in other processes, which import it: so it is small."""

import io
import os
import signal
import time
from pathlib import Path

from rich.console import Console

from repro.launch import make_runs, workers
from repro.launch.cluster import Drain
from repro.launch.workers import work
from repro.runs import lease
from repro.training import kernel, trainer
from repro.training.trainer import train


def die(connection, machine, share):
    os._exit(3)


def die_at_first(connection, machine, share):
    """The first of all dies before it reads its job."""
    try:
        (Path(machine.runs) / "died").touch(exist_ok=False)
    except FileExistsError:
        work(connection, machine, share)
    os._exit(3)


def without_the_kernel(connection, machine, share):
    """As REPRO_KERNEL=torch makes it."""
    kernel._library = None
    work(connection, machine, share)


def make(experiment, machine):
    """No worker, but what a command of its own does."""
    make_runs([experiment], machine, Console(file=io.StringIO()))


def train_and_tell(runs, machine):
    """Writes which runs were busy."""
    (runs[0].path.parent / "busy").write_text(" ".join(run.path.name for run in train(runs, machine)))


def train_with_short_leases(run, machine, seconds):
    """Saves often, and is silent for too long after `seconds`."""
    lease.LEASE, trainer.CHECKPOINT_SECONDS = seconds, 0.3
    busy = trainer.train([run], machine)
    (run.path.parent / "busy").write_text(" ".join(run.path.name for run in busy))


def killed_by_stacks(connection, machine, share):
    """As when memory runs out."""
    job = connection.recv()
    if len(job) > 1:
        (Path(machine.runs) / f"killed {len(job)}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    connection.send(workers._train(job, machine, share, lambda done: None))
    work(connection, machine, share)


class Slow(Drain):
    """A worker on a cluster that can be met at work, on fast machines too, and saves often."""

    def __call__(self, number):
        advance = trainer.Trainer.advance

        def slowly(self, count):
            time.sleep(0.03)
            advance(self, count)

        trainer.CHECKPOINT_SECONDS, trainer.Trainer.advance = 0.3, slowly
        return super().__call__(number)
