"""Runs that several processes want at once."""

import time
from dataclasses import replace

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.launch.workers import processes
from repro.runs import Run
from repro.training.trainer import train

SMALL = Experiment(
    depth=1, width=8, updates=20, n_valid=20, n_test=20,
    monitor=Monitor(examples=20, batch=10, every=100, jacobian_examples=0),
)  # fmt: skip


def test_stacks_that_share_runs_do_not_wait_for_each_other_forever(tmp_path):
    """One process wants P, X and Q, another Q and P, while X is busy: each may hold the other's."""
    runs = [Run.create(tmp_path, replace(SMALL, lr=lr)) for lr in (0.1, 0.2, 0.3)]
    p, q, x = sorted(runs, key=lambda run: run.path)
    machine = Machine(device="cpu", threads=1)
    both = [processes().Process(target=train, args=(stack, machine)) for stack in ([p, x, q], [q, p])]
    with x.lock():
        for process in both:
            process.start()
        deadline = time.monotonic() + 60
        while not all((run.path / ".lock").exists() for run in (p, q)) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
    for process in both:
        process.join(timeout=20)
    alive = [process.is_alive() for process in both]
    for process in both:
        process.kill()
    assert alive == [False, False]
    assert all(run.complete for run in runs)
