import contextlib
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

from repro.launch import make_runs, workers
from repro.runs import Run
from tests.launch import odd_workers


def test_a_killed_worker_is_reported_and_stops_nothing_else(small, machine, console):
    """One of two is killed at work, as the kernel does when memory runs out."""
    long, *others = (replace(small, updates=updates) for updates in (10**7, 60, 61, 62))
    lock = Path(machine.runs) / long.run_id / ".lease"

    def kill():
        wait_for(lambda: Run(lock.parent).status)
        os.kill(holder(lock), signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    outcome = make_runs([long, *others], machine, console)
    thread.join()
    assert list(outcome.failures) == [long.run_id]
    assert "its process was killed by signal 9" in outcome.failures[long.run_id]
    assert [run.complete for run in outcome.runs] == [False, True, True, True]


def holder(lock):
    """The process that has this file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if link.resolve() == lock:
                return int(link.parts[2])
    raise AssertionError(f"nobody holds {lock}")


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_worker_that_dies_before_it_reads_its_job_stops_nothing_else(small, machine, console, monkeypatch):
    monkeypatch.setattr(workers, "work", odd_workers.die_at_first)
    outcome = make_runs([replace(small, seed=seed) for seed in range(4)], machine, console)
    assert list(outcome.failures.values()) == [
        "its process ended with exit code 3; the run resumes from its checkpoint"
    ]
    assert [run.complete for run in outcome.runs].count(True) == 3


def test_workers_that_all_die_end_the_work(small, machine, console, monkeypatch):
    monkeypatch.setattr(workers, "work", odd_workers.die)
    outcome = make_runs([replace(small, seed=seed) for seed in range(4)], machine, console)
    assert len(outcome.failures) == 4


def test_a_worker_that_dies_between_two_jobs_says_so_for_the_second(small, machine):
    worker = workers.Worker(machine, 1)
    worker.process.kill()
    worker.process.join()
    run = Run.create(Path(machine.runs), small)
    worker.give([run.path])
    failures = worker.message().failures
    assert list(failures) == [run.path.name] and "killed by signal 9" in failures[run.path.name]
    assert not worker.alive
    worker.connection.close()
