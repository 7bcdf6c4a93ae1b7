"""What happens to real sweeps: killed at random moments, interrupted, on a full disk, beside each other."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from repro.experiment.machine import Machine
from repro.launch import make_runs
from repro.runs import Run
from repro.training import checkpoint
from repro.training import trainer as module
from repro.training.trainer import train

MACHINE = Machine(device="cpu", threads=1)
ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ["depth=1", "width=8", "n_valid=30", "n_test=40", "curve_every=5000", "monitor.examples=20",
            "monitor.every=100", "monitor.jacobian_examples=1", "machine.device=cpu"]  # fmt: skip
"""As the fixture `small`."""


def sweep(folder, *words):
    """A sweep as a command of its own, in a group of processes that a terminal would interrupt together."""
    command = [sys.executable, "-m", "repro", "-m", *SETTINGS, f"machine.runs={folder}", *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def begun(folder):
    return len(list(Path(folder).glob("*/status.json")))


def complete(folder):
    return len(list(Path(folder).glob("*/result.json")))


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def tables(folder):
    """The numbers of every run, by its name."""
    names = ("curve.csv", "monitor.csv", "predictions.npz")
    return {
        path.parent.name: [(path.parent / name).read_bytes() for name in names]
        for path in Path(folder).glob("*/result.json")
    }


def workers_of(parent):
    """Processes of its group but itself."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == parent and int(path.parent.name) != parent:
            found.append(int(path.parent.name))
    return found


def test_forty_runs_whose_processes_are_killed_at_random(tmp_path):
    """Parent or worker, by SIGKILL, three times; then two sweeps over the same runs at once."""
    chance = random.Random(0)
    words = ["lr=range(0.01,0.205,0.01)", "activation=tanh,softsign", "updates=300"]
    for goal in (3, 12, 20):
        process = sweep(tmp_path / "killed", *words)
        with process:
            wait_for(lambda goal=goal: complete(tmp_path / "killed") >= goal)
            time.sleep(chance.uniform(0, 0.2))
            everyone = workers_of(process.pid)
            if goal == 12:  # a worker: the others go on
                os.kill(everyone[-1], signal.SIGKILL)
            process.kill()
            process.stdout.read(), process.stderr.read()
        wait_for(lambda process=process: not workers_of(process.pid))
    both = [sweep(tmp_path / "killed", *words) for _ in range(2)]
    outputs = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    undisturbed = sweep(tmp_path / "undisturbed", *words)
    undisturbed.communicate(timeout=300)
    assert len(tables(tmp_path / "killed")) == 40
    assert tables(tmp_path / "killed") == tables(tmp_path / "undisturbed")
    leftovers = [path for path in (tmp_path / "killed").glob("*/.*") if path.name != ".lease"]
    assert leftovers == []


@pytest.mark.parametrize("delay", [0.0, 0.5, 1.5])
def test_interrupted_in_its_first_seconds_it_says_one_line(tmp_path, delay):
    """Ctrl-C goes to all processes; those that still import torch mustn't answer with a traceback."""
    process = sweep(tmp_path, "seed=0,1,2,3", "updates=10000000", "machine.workers=2")
    wait_for(lambda: (tmp_path / "sweeps").exists())
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "interrupted: the same command goes on from the last checkpoint\n"
    wait_for(lambda: not workers_of(process.pid))


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("mount"), reason="needs root, to mount a small disk"
)
def test_on_a_full_disk_the_checkpoint_stays_good_and_the_file_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)
    experiment = replace(small, width=40, updates=300)
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", disk], check=True)
    try:
        run = Run.create(disk, experiment)
        filler = disk / "filler"

        def fill(done):
            if not filler.exists() and checkpoint.updates_done(run) >= 100:
                with pytest.raises(OSError, match="No space"), filler.open("wb") as file:
                    file.write(b"x" * 10**6)

        with pytest.raises(OSError, match=r"No space left on device.*") as failure:
            train([run], MACHINE, fill)
        assert str(run.path) in str(failure.value)
        filler.unlink()
        assert 100 <= checkpoint.updates_done(run) < 300
        train([run], MACHINE)
        alone = Run.create(tmp_path / "alone", experiment)
        train([alone], MACHINE)
        assert tables(disk) == tables(tmp_path / "alone")
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_is_removed_while_it_is_trained_stops_nothing_else(
    small, machine, console, monkeypatch
):
    """Seen when it is to be written to again: at a checkpoint."""
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.2)
    long, other = replace(small, updates=10**7), replace(small, updates=600)
    path = Path(machine.runs) / long.run_id

    def remove():
        wait_for(lambda: (path / "status.json").exists())
        shutil.rmtree(path, ignore_errors=True)
        shutil.rmtree(path, ignore_errors=True)

    thread = threading.Thread(target=remove)
    thread.start()
    outcome = make_runs([long, other], replace(machine, workers=1), console)
    thread.join()
    assert list(outcome.failures) == [long.run_id] and "was removed" in outcome.failures[long.run_id]
    assert outcome.runs[1].complete and not path.exists()


def test_a_clock_that_jumps_changes_no_number(small, machine, tmp_path, monkeypatch, console):
    jumps = iter(range(10**6))
    (alone,) = make_runs([small], replace(machine, workers=1), console).runs
    monkeypatch.setattr(time, "time", lambda: 1.8e9 + 1e6 * (-1) ** next(jumps))
    jumped = replace(machine, workers=1, runs=str(tmp_path / "jumped"))
    (run,) = make_runs([small], jumped, console).runs
    assert tables(run.path.parent) == {run.path.name: tables(alone.path.parent)[alone.path.name]}
    assert 0 <= run.read_json("result")["seconds"] < 60


def test_one_foreign_folder_stops_only_its_own_run(small, machine, console):
    good, bad = small, replace(small, seed=7)
    folder = Run.create(Path(machine.runs), bad).path
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("seed: 7", "seed: 8"))
    outcome = make_runs([good, bad], replace(machine, workers=1), console)
    assert (
        list(outcome.failures) == [folder.name]
        and "holds another experiment" in outcome.failures[folder.name]
    )
    assert outcome.runs[0].complete and not (folder / "result.json").exists()
