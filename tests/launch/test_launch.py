import multiprocessing
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from repro import __main__ as entry
from repro.experiment.compose import compose_all
from repro.experiment.machine import Machine
from repro.experiment.settings import Optimizer
from repro.experiment.values import ConfigError
from repro.launch import command, make_runs, plan, workers
from repro.processes import processes
from repro.runs import Run
from repro.training import kernel
from tests.launch import odd_workers


@pytest.mark.parametrize("at_once", [1, 2])
def test_all_runs_are_made_once_and_in_order(small, machine, console, at_once):
    experiments = [small, replace(small, lr=0.1), small, replace(small, lr=1e38)]
    outcome = make_runs(experiments, replace(machine, workers=at_once), console)
    assert [run.experiment.lr for run in outcome.runs] == [0.01, 0.1, 1e38]
    assert [run.state for run in outcome.runs] == ["finished", "finished", "diverged"]
    assert outcome.failures == {}
    assert "3 runs: 0 complete, 3 to do" in (text := console.file.getvalue())
    assert "test error" in next(line for line in text.splitlines() if "lr=0.1 " in line)
    assert "diverged at update" in next(line for line in text.splitlines() if "lr=1e+38 " in line)


def test_complete_runs_are_skipped_without_torch(small, machine, console):
    (run,) = make_runs([small], replace(machine, workers=1), console).runs
    code = """
import sys
from pathlib import Path
from rich.console import Console
from repro.experiment.machine import Machine
from repro.launch import make_runs
from repro.runs import Run
path = Path(sys.argv[1])
make_runs([Run(path).experiment], Machine(runs=str(path.parent)), Console())
print("torch imported:", "torch" in sys.modules)
"""
    again = subprocess.run([sys.executable, "-c", code, run.path], capture_output=True, text=True, check=True)
    assert again.stdout == "1 run: 1 complete, 0 to do\ntorch imported: False\n"


def test_a_failure_is_reported_with_its_command_and_stops_nothing_else(small, machine, console):
    bad = replace(small, lr=0.5)
    (Run.create(Path(machine.runs), bad).path / "checkpoint.pt").write_bytes(b"damaged")
    outcome = make_runs([bad, small], replace(machine, workers=1), console)
    assert [run.state for run in outcome.runs] == ["failed", "finished"]
    assert "is damaged" in outcome.failures[bad.run_id]
    (again,) = (line for line in console.file.getvalue().splitlines() if "again: " in line)
    assert compose_all([shlex.split(again)[4:]]) == [(bad, replace(machine, workers=1))]
    assert again.endswith(command(bad, replace(machine, workers=1)))


def test_weights_stay_only_where_asked(small, machine, console):
    (run,) = make_runs([small], replace(machine, workers=1), console).runs
    assert run.complete and not run.checkpoint.exists()
    assert make_runs([small], replace(machine, workers=1, weights=True), console).failures == {}
    assert "1 complete runs were made without weights: remove them" in console.file.getvalue()
    shutil.rmtree(run.path)
    (run,) = make_runs([small], replace(machine, workers=1, weights=True), console).runs
    assert run.complete and torch.load(run.checkpoint, weights_only=True)["W"]


def test_an_unwritable_folder_is_refused_before_any_work(small, machine, console):
    path = Path(machine.runs) / "file"
    path.write_text("")
    with pytest.raises(ConfigError, match=r"machine\.runs"):
        make_runs([small], replace(machine, runs=str(path)), console)


@pytest.mark.parametrize("name", ["diagonal_hessian", "gradient_variance", "Adam"])
def test_every_kind_of_optimizer_passes_the_check_and_trains(small, machine, console, name):
    outcome = make_runs([replace(small, optimizer=Optimizer(name))], machine, console)
    assert outcome.failures == {} and outcome.runs[0].state == "finished"


def test_two_commands_at_once_share_the_work(small, machine):
    experiment = replace(small, updates=2000)
    context, arguments = processes(), (experiment, replace(machine, workers=1))
    both = [context.Process(target=odd_workers.make, args=arguments) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(timeout=60)
    assert [process.exitcode for process in both] == [0, 0]
    (folder,) = (path for path in Path(machine.runs).iterdir() if path.is_dir())
    assert Run(folder).curve["update"].is_monotonic_increasing
    assert len(Run(folder).curve.query("split == 'test'")) == 2


def test_interrupted_it_stops_at_once_and_goes_on_later(small, machine, monkeypatch, capsys):
    """Ctrl-C in a terminal reaches the process and its workers."""
    experiment, children = replace(small, updates=10**6), []
    words = ["-m", *shlex.split(command(experiment, machine))[3:], "lr=0.1,0.2,0.3,0.4"]
    monkeypatch.setattr(sys, "argv", ["repro", *words])

    def interrupt():
        wait_for(lambda: sum(1 for _ in Path(machine.runs).glob("*/status.json")) == 2)
        children.extend(multiprocessing.active_children())
        for pid in (*(child.pid for child in children), os.getpid()):
            os.kill(pid, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert entry.main() == 130
    thread.join()
    assert "goes on from the last checkpoint" in capsys.readouterr().err
    for child in children:
        child.join(timeout=10)
    assert [child.exitcode for child in children] == [130, 130]  # as it wants to, without a traceback
    assert sum(1 for _ in Path(machine.runs).glob("*/status.json")) == 2
    assert not list(Path(machine.runs).glob("*/result.json"))


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("products", ["as they are", "torch"])
def test_neither_company_nor_cores_change_a_bit(tmp_path, small, monkeypatch, console, products):
    """torch's products differ in their last digits between one thread and two, the kernel's don't."""
    experiment = replace(small, width=200, updates=10, lr=0.1)
    beside = replace(experiment, seed=1)
    if products == "torch":
        monkeypatch.setattr(kernel, "_library", None)
        monkeypatch.setattr(workers, "work", odd_workers.without_the_kernel)

    def made(folder, cores, *experiments):
        monkeypatch.setattr(plan, "cores", lambda: cores)
        machine = Machine(device="cpu", runs=str(tmp_path / folder), weights=True)
        run = make_runs(experiments, machine, console).runs[0]
        weights = torch.load(run.checkpoint, weights_only=True)
        files = [(run.path / name).read_text() for name in ("curve.csv", "monitor.csv")]
        return files, [tensor.tolist() for tensor in weights["W"] + weights["b"]]

    alone = made("alone", 1, experiment)
    assert made("two cores", 2, experiment) == alone
    assert made("beside", 2, experiment, beside) == alone
    assert made("in turn", 1, experiment, beside) == alone
