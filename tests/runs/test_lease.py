"""One process at a time works on a run folder, wherever the others are."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import filelock
import pytest

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.processes import processes
from repro.runs import Run, lease
from repro.training.trainer import train
from tests.launch import odd_workers

HOLDER = """
import sys, time
from pathlib import Path
from repro.runs import lease
lease.LEASE = float(sys.argv[2])
with lease.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(lease, "LEASE", 0.6)


def start(folder, *before):
    """A process that holds the folder."""
    words = [*before, sys.executable, "-c", HOLDER, folder, str(lease.LEASE)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def marker_of_another_machine(folder):
    """What a process there leaves when the power fails."""
    process = start(folder)
    text = re.sub(r"host=.*", "host=elsewhere", (folder / ".lease").read_text())
    end(process)
    (folder / ".lease").write_text(text)


def seconds_until_free(watch):
    begun = time.monotonic()
    while not watch.free():
        assert time.monotonic() - begun < 10
        time.sleep(0.02)
    return time.monotonic() - begun


def test_a_dead_process_of_this_machine_is_replaced_at_once(tmp_path):
    process = start(tmp_path)
    assert not lease.Watch(tmp_path).free()
    assert f"process {process.pid} on " in lease.Watch(tmp_path).holder()
    end(process)
    assert lease.Watch(tmp_path).free()


@pytest.mark.parametrize("clock", ["right", "behind", "ahead"])
def test_one_of_another_machine_after_its_silence_whatever_its_clock_says(tmp_path, short, clock):
    marker_of_another_machine(tmp_path)
    now = {"right": time.time(), "behind": 1.0, "ahead": time.time() + 1e6}[clock]
    os.utime(tmp_path / ".lease", (now, now))
    assert seconds_until_free(lease.Watch(tmp_path)) == pytest.approx(0.6, abs=0.5)


def test_a_clock_that_jumps_does_not_end_a_lease(tmp_path, monkeypatch):
    process = start(tmp_path)
    watch = lease.Watch(tmp_path)
    for jump in (0, 1e6, -1e6):
        monkeypatch.setattr(time, "time", lambda jump=jump: 1.8e9 + jump)
        assert not watch.free()
    end(process)


@pytest.mark.skipif(os.geteuid() or not shutil.which("unshare"), reason="needs root and unshare")
def test_processes_that_cannot_see_each_other(tmp_path, short):
    """As on two machines: process ids of its own. Its touches are all that shows that it lives."""
    process = start(tmp_path, "unshare", "--fork", "--pid", "--uts", "--mount-proc", "--kill-child")
    watch, begun = lease.Watch(tmp_path), time.monotonic()
    while time.monotonic() - begun < 3 * lease.LEASE:
        assert not watch.free()
        time.sleep(0.05)
    end(process)
    assert 0.1 < seconds_until_free(watch) < 5


def test_of_many_that_wait_for_a_silent_one_one_at_a_time_goes_on(tmp_path, short):
    marker_of_another_machine(tmp_path)
    code = HOLDER.replace("time.sleep(60)", "(Path(sys.argv[1]) / 'inside').touch(exist_ok=False); "
        "time.sleep(.1); (Path(sys.argv[1]) / 'inside').unlink()")  # fmt: skip
    words = [sys.executable, "-c", code, tmp_path, str(lease.LEASE)]
    waiting = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(timeout=60) for process in waiting] == [0, 0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_sleeper_that_wakes_up_leaves_the_run_to_its_successor(tmp_path, monkeypatch):
    """Stopped at work for longer than its lease, as a laptop that is closed."""
    experiment = Experiment(
        depth=1, width=8, updates=10000, n_valid=20, n_test=20,
        monitor=Monitor(examples=20, batch=10, every=2000, jacobian_examples=0),
    )  # fmt: skip
    machine = Machine(device="cpu", threads=1)
    run, alone = Run.create(tmp_path, experiment), Run.create(tmp_path / "alone", experiment)
    monkeypatch.setattr(lease, "LEASE", 1.0)
    sleeper = processes().Process(target=odd_workers.train_with_short_leases, args=(run, machine, 1.0))
    sleeper.start()
    while run.status.get("update", 0) < 100:
        time.sleep(0.01)
    os.kill(sleeper.pid, signal.SIGSTOP)
    assert not run.complete
    assert train([run], machine) == [run]
    assert seconds_until_free(lease.Watch(run.path)) > 0.5
    assert train([run], machine) == []
    os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.join(timeout=30)
    assert (tmp_path / "busy").read_text() == ""  # it let go, and nothing is left to do
    assert run.read_json("result")["updates_done"] == experiment.updates
    if not run.sound:  # it was stopped while it wrote a checkpoint, and ended that when it woke up
        train([run], machine)
    train([alone], machine)
    for name in ("curve.csv", "monitor.csv"):
        assert (run.path / name).read_text() == (alone.path / name).read_text()


def test_waiting_has_an_end(tmp_path):
    with lease.held(tmp_path), pytest.raises(filelock.Timeout), lease.held(tmp_path, timeout=0.05):
        pass


def test_what_a_killed_process_left_half_written_is_removed(tmp_path):
    run = Run.create(tmp_path, replace(Experiment(), seed=5))
    for name in (".checkpoint.pt.ab12", ".curve.csv.xyz", ".hidden"):
        (run.path / name).write_text("")
    with run.lock():
        assert sorted(path.name for path in run.path.glob(".*")) == [".hidden", ".lease"]
