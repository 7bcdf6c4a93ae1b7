"""Runs that several processes want at once."""

from dataclasses import replace

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.processes import processes
from repro.runs import Run
from repro.training.trainer import train
from tests.launch import odd_workers

SMALL = Experiment(
    depth=1, width=8, updates=20, n_valid=20, n_test=20,
    monitor=Monitor(examples=20, batch=10, every=100, jacobian_examples=0),
)  # fmt: skip


def test_a_stack_leaves_alone_what_another_process_holds(tmp_path):
    runs = [Run.create(tmp_path, replace(SMALL, lr=lr)) for lr in (0.1, 0.2, 0.3)]
    machine = Machine(device="cpu", threads=1)
    with runs[1].lock():
        other = processes().Process(target=odd_workers.train_and_tell, args=(runs, machine))
        other.start()
        other.join(timeout=60)
        assert (tmp_path / "busy").read_text() == runs[1].path.name
        assert [run.complete for run in runs] == [True, False, True]
    assert train(runs, machine) == []
    assert all(run.complete for run in runs)
