"""Workers that a scheduler starts, kills and starts again: submitit's own processes, and a real SLURM."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from repro.experiment.machine import Machine
from repro.experiment.values import ConfigError
from repro.launch import __main__ as entry
from repro.launch import cluster
from repro.launch.cluster import Cluster, Drain, submit
from repro.runs import Run
from repro.runs import __main__ as runs_entry
from repro.runs.lease import held
from repro.runs.sweeps import Sweep
from repro.training.trainer import train
from tests.launch import odd_workers

submitit = pytest.importorskip("submitit", reason="submitit is not installed: pip install -e '.[cluster]'")
UPDATES = 2_000
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path):
    return Machine(device="cpu", runs=str(tmp_path / "runs"))


@pytest.fixture
def experiments(small):
    return [replace(small, width=20, lr=lr, updates=UPDATES) for lr in (0.01, 0.02, 0.03, 0.04)]


def wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def under_way(runs):
    """Those that have been saved, and go on."""
    return [run for run in runs if 0 < run.status.get("update", 0) < UPDATES]


def assert_undisturbed(runs, folder):
    """Bit for bit as if nothing had happened."""
    undisturbed = [Run.create(folder, run.experiment) for run in runs]
    train(undisturbed, Machine(device="cpu", threads=1))
    for run, alone in zip(runs, undisturbed, strict=True):
        for name in ("curve.csv", "monitor.csv", "predictions.npz"):
            assert (run.path / name).read_bytes() == (alone.path / name).read_bytes()


def task_of(controller):
    """The process that submitit's local controller has started."""
    children = Path(f"/proc/{controller}/task/{controller}/children").read_text().split()
    return int(children[0])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # its processes outlive Popen
def test_of_two_workers_one_is_preempted_and_one_killed(experiments, machine, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "Drain", odd_workers.Slow)
    monkeypatch.chdir(ROOT)  # where its jobs find these tests
    begun = time.monotonic()
    asked = Cluster(workers=2, executor="local")
    sweep, workers, number = submit(experiments, machine, asked, ["-m", "lr=0.01,0.02,0.03,0.04"])
    assert (workers, number) == (2, "2 processes") and time.monotonic() - begun < 20
    assert not any(run.complete for run in sweep.runs)
    pickles = (sweep.path / "workers").glob("*_submitted.pkl")
    controllers = [int(path.name.partition("_")[0]) for path in pickles]
    wait_for(lambda: len(under_way(sweep.runs)) == 2)
    os.kill(task_of(controllers[0]), signal.SIGUSR2)
    os.kill(task_of(controllers[1]), signal.SIGKILL)
    wait_for(lambda: all(run.complete for run in sweep.runs))
    for controller in controllers:
        os.waitpid(controller, 0)
    log = "".join(path.read_text() for path in (sweep.path / "workers").glob("*.out"))
    assert log.count("Requeued job") == 1 and log.count("Job completed successfully") == 1
    assert_undisturbed(sweep.runs, tmp_path / "alone")
    assert submit(experiments, machine, asked, ["-m"])[1] == 0  # nothing is left to do


@pytest.fixture
def slurm(shared, tmp_path, monkeypatch):
    """A SLURM of one node, with a partition `low`, whose jobs are preempted by those in `high`."""
    if os.geteuid() or not all(map(shutil.which, ("sbatch", "slurmctld", "slurmd", "munged"))):
        pytest.skip("no SLURM here: apt-get install slurm-wlm munge, and root")
    script = shared / "slurm" / "cluster.sh"
    words = ["bash", script, "up", tmp_path / "slurm"]
    up = subprocess.run(words, capture_output=True, text=True, check=True)
    monkeypatch.setenv("SLURM_CONF", up.stdout.strip().partition("=")[2])
    yield
    subprocess.run(["scancel", "--user=root"], check=True)
    subprocess.run(["bash", script, "down", tmp_path / "slurm"], check=True)


def test_preempted_by_slurm_all_end_as_if_undisturbed(slurm, experiments, machine, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "Drain", odd_workers.Slow)
    monkeypatch.chdir(ROOT)
    asked = Cluster(workers=2, slurm={"partition": "low"})
    sweep, workers, number = submit(experiments[:2], machine, asked, ["-m", "lr=0.01,0.02"])
    assert workers == 2 and number.isdigit()
    wait_for(lambda: all((run.path / "status.json").exists() for run in sweep.runs))
    high = ["sbatch", "--wait", "--partition=high", f"--cpus-per-task={os.cpu_count()}", "--output=/dev/null"]
    subprocess.run([*high, "--wrap", "true"], check=True, capture_output=True)
    updates = [run.status["update"] for run in sweep.runs]
    assert all(0 < update < UPDATES for update in updates)  # saved when they were told to go
    subprocess.run(["scontrol", "update", f"jobid={number}_0,{number}_1", "starttime=now"], check=True)
    wait_for(lambda: all(run.complete for run in sweep.runs))
    log = "".join(path.read_text() for path in (sweep.path / "workers").glob("*.err"))
    assert log.count("DUE TO PREEMPTION") >= 2
    assert_undisturbed(sweep.runs, tmp_path / "alone")


def drain(experiments, machine, workers=2):
    runs = [Run.create(Path(machine.runs), experiment) for experiment in experiments]
    sweep = Sweep.begin(Path(machine.runs), runs, ["-m"])
    return Drain(sweep, [run.path for run in runs], replace(machine, threads=1, workers=1), workers), runs


def test_what_fails_in_one_worker_is_not_tried_by_the_others(small, machine, monkeypatch):
    work, runs = drain([replace(small, seed=seed) for seed in range(3)], machine)
    runs[1].checkpoint.write_bytes(b"damaged")
    assert list(work(0)) == [runs[1].path.name]
    assert [run.complete for run in runs] == [True, False, True]
    assert work(1) == {}
    assert "is damaged" in (work.sweep.path / "failed" / runs[1].path.name).read_text()


def test_a_worker_does_not_wait_for_those_that_live(small, machine, monkeypatch):
    monkeypatch.setattr(cluster, "LEASE", 0.5)
    work, (first, second) = drain([small, replace(small, seed=1)], machine)
    with held(first.path):
        begun = time.monotonic()
        assert work(0) == {} and time.monotonic() - begun < 20
    assert (first.complete, second.complete) == (False, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["workers=0"], "workers = 0: expected a whole number, at least 1"),
        (["executor=pbs"], "executor = pbs: expected one of local, slurm"),
        (["hours=soon"], "hours = 'soon': expected a number"),
        (["lrr=1"], "unknown key lrr; did you mean lr?"),
        (["executor=local", "optimizer.name=Foo"], "torch.optim has no such optimizer"),
        (["executor=local", "dataset=mnist"], "dataset = mnist: "),
        (["executor=slurm"], "there is no sbatch here"),
    ],
)
def test_what_cannot_be_submitted_leaves_nothing_behind(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert entry.main(["cluster", "-m", "seed=0,1", "width=9", *words]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_the_scheduler_refuses_leaves_only_what_was_there(small, machine, monkeypatch):
    before = Run.create(Path(machine.runs), small)

    def refuse(*_):
        raise submitit.core.utils.FailedJobError("sbatch: error: invalid partition specified: nowhere")

    monkeypatch.setattr(submitit.AutoExecutor, "map_array", refuse)
    with pytest.raises(ConfigError, match="the scheduler refused: sbatch: error: invalid partition"):
        submit([small, replace(small, seed=1)], machine, Cluster(executor="local"), ["-m"])
    assert [path for path in Path(machine.runs).iterdir() if path.name != "sweeps"] == [before.path]
    assert not list((Path(machine.runs)).glob("sweeps/*"))


def test_the_command_says_how_to_watch(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "_submit", lambda drain, asked: "17")
    words = [
        "scale=smoke",
        "seed=0,1,2",
        "width=8",
        f"machine.runs={tmp_path}",
        "workers=40",
        "executor=local",
    ]
    assert entry.main(["cluster", "-m", *words]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "3 runs: submitted 3 workers (local: 17)"  # not more than runs
    assert runs_entry.main([*second.split()[4:], "once=true"]) == 0
    assert capsys.readouterr().out == "3 runs: 3 waiting; 0% of all updates\n"


def test_help_is_of_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "repro.launch", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "slurm.partition=NAME" in done.stdout
