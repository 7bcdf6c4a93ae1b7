import contextlib
import io
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from repro.experiment.compose import compose_all, expand
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment, Monitor
from repro.experiment.values import ConfigError
from repro.launch.workers import command, make_runs
from repro.runs.folder import Run

SMALL = Experiment(
    depth=1, width=8, updates=60, n_valid=30, n_test=40,
    monitor=Monitor(examples=20, batch=10, every=100, jacobian_examples=1),
)  # fmt: skip


MAKE = """
import sys
from rich.console import Console
from repro.experiment.compose import compose_all, expand
from repro.launch.workers import make_runs
jobs = compose_all(expand(sys.argv[1:]))
make_runs([experiment for experiment, _ in jobs], jobs[0][1], Console())
print("torch imported:", "torch" in sys.modules)
"""


def words(experiment, root):
    """The command line of a run, without `python -m repro`."""
    return [*shlex.split(command(experiment))[3:], f"machine.runs={root}", "machine.threads=1"]


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


def machine(root, workers=1):
    return Machine(device="cpu", threads=1, workers=workers, runs=str(root))


@pytest.mark.parametrize("workers", [1, 2])
def test_all_runs_are_made_once_and_in_order(tmp_path, console, workers):
    experiments = [SMALL, replace(SMALL, lr=0.1), SMALL, replace(SMALL, lr=1e38)]
    outcome = make_runs(experiments, machine(tmp_path, workers), console)
    assert [run.experiment.lr for run in outcome.runs] == [0.01, 0.1, 1e38]
    assert [run.state for run in outcome.runs] == ["finished", "finished", "diverged"]
    assert outcome.failures == {}
    assert "3 runs: 0 complete, 3 to do" in (text := console.file.getvalue())
    assert "cost not finite at update" in text


def test_complete_runs_are_skipped_without_torch(tmp_path):
    command_line = [sys.executable, "-c", MAKE, *words(SMALL, tmp_path)]
    first, again = (
        subprocess.run(command_line, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert first.endswith("torch imported: True\n")
    assert again == "1 runs: 1 complete, 0 to do\ntorch imported: False\n"


def test_a_failure_is_reported_with_its_command_and_stops_nothing_else(tmp_path, console):
    bad = replace(SMALL, lr=0.5)
    (Run.create(tmp_path, bad).path / "checkpoint.pt").write_bytes(b"damaged")
    outcome = make_runs([bad, SMALL], machine(tmp_path), console)
    assert [run.state for run in outcome.runs] == ["failed", "finished"]
    assert "is damaged" in outcome.failures[bad.run_id]
    assert command(bad) in console.file.getvalue()


def test_a_killed_worker_is_reported_and_stops_nothing_else(tmp_path):
    """One of two networks is killed by the kernel, as the kernel does when memory runs out."""
    long = replace(SMALL, updates=10**7)
    line = [*words(SMALL, tmp_path), "-m", "machine.workers=2"]
    line = [word for word in line if not word.startswith("updates=")] + ["updates=60,10000000,61,62"]
    process = subprocess.Popen([sys.executable, "-m", "repro", *line], stdout=subprocess.PIPE, text=True)
    folder = tmp_path / long.run_id
    deadline = time.monotonic() + 40
    while not (folder / "status.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(holder(folder / ".lock"), signal.SIGKILL)
    printed = process.communicate(timeout=40)[0]
    assert process.returncode == 1
    assert f"failed {long.run_id}: its process was killed" in printed
    assert sorted(run.parent.name for run in tmp_path.glob("*/result.json")) == sorted(
        replace(SMALL, updates=updates).run_id for updates in (60, 61, 62)
    )


def holder(lock):
    """The process that has this file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if link.resolve() == lock:
                return int(link.parts[2])
    raise AssertionError(f"nobody holds {lock}")


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        SMALL,
        Experiment(activation="softsign", init="normalized", seed=3),
        Experiment(seed=3, data_seed=0, depth=2, width=(7, 9), lr=1e-5),
        Experiment(dataset=Dataset("shapeset_one_object", low=-1.0)),
    ],
)
def test_the_command_of_a_run_makes_that_run(experiment):
    line = shlex.split(command(experiment))
    assert line[:3] == ["python", "-m", "repro"]
    ((composed, _),) = compose_all(expand(line[3:]))
    assert composed == experiment


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path, console):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"machine\.runs"):
        make_runs([SMALL], machine(tmp_path / "file"), console)


def test_two_processes_at_once_share_the_work(tmp_path):
    experiment = replace(SMALL, updates=3000)
    both = [subprocess.Popen([sys.executable, "-c", MAKE, *words(experiment, tmp_path)]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert Run(folder).curve["update"].is_monotonic_increasing
    assert len(Run(folder).curve.query("split == 'test'")) == 2


def test_interrupted_it_stops_at_once_and_goes_on_later(tmp_path):
    own = [word for word in words(SMALL, tmp_path) if not word.startswith("updates=")]
    own += ["-m", "machine.workers=2", "updates=1000000", "lr=0.1,0.2,0.3,0.4"]
    process = subprocess.Popen(
        [sys.executable, "-m", "repro", *own], start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 40
    while sum(1 for _ in tmp_path.glob("*/status.json")) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
    errors = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert "goes on from the last checkpoint" in errors
    assert "Traceback" not in errors
    assert sum(1 for _ in tmp_path.glob("*/status.json")) == 2
