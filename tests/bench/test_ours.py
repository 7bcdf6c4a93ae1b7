import pytest
import torch

from repro.bench import ours, peers
from repro.bench.tasks import FEATURES, Task
from repro.experiment.settings import Experiment
from repro.training.engine import engine_for


def test_ours_trains_as_many_networks_as_it_says(monkeypatch):
    monkeypatch.setenv("REPRO_KERNEL", "torch")
    task = Task(width=6, depth=1, batch=4, networks=2)
    made = []
    monkeypatch.setattr(
        ours, "engine_for", lambda *given: made.append((given, engine_for(*given))) or made[-1][1]
    )
    run = ours.stack(task, "cpu")
    ((experiments, _, device, _, block), engine) = made[0]
    wanted = [Experiment(depth=1, width=6, batch_size=4, seed=seed, data_seed=0) for seed in (0, 1)]
    assert (experiments, device.type) == (wanted, "cpu")
    assert block == task.block  # as many updates at once as the graph of a GPU has
    before = engine.stack.W[0].clone()
    run(1)
    assert engine.stack.W[0].shape == (2, 6, FEATURES) and not torch.equal(engine.stack.W[0], before)


def test_a_block_is_as_long_as_in_training_but_for_large_tasks():
    assert Task(100).block == 50 and Task(2000, networks=8).block < 50
    x, y = peers.batches(Task(20, batch=3), "cpu")
    assert x.shape == (50, 3, FEATURES) and y.shape == (50, 3)


def test_without_the_kernel_it_does_not_pretend(monkeypatch):
    monkeypatch.delenv("REPRO_KERNEL", raising=False)
    monkeypatch.setattr(ours.kernel, "available", lambda: False)
    with pytest.raises(ImportError):
        ours.stack(Task(6, 1), "cpu")
