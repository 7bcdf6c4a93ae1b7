from dataclasses import replace

import pytest
import torch

from repro.bench import ours, peers
from repro.experiment.settings import Experiment
from repro.training.engine import engine_for


def test_ours_trains_as_many_networks_as_it_says(monkeypatch):
    monkeypatch.setenv("REPRO_KERNEL", "torch")
    small = Experiment(depth=1, width=6)
    monkeypatch.setattr(ours, "Experiment", lambda **settings: replace(small, **settings))
    made = []
    monkeypatch.setattr(
        ours, "engine_for", lambda *given: made.append((given, engine_for(*given))) or made[-1][1]
    )
    run = ours.stack("cpu", networks=2)
    ((experiments, _, device, _, block), engine) = made[0]
    assert (experiments, device.type) == ([small, replace(small, seed=1, data_seed=0)], "cpu")
    assert block == peers.BLOCK  # as many updates at once as the graph of a GPU has
    before = engine.stack.W[0].clone()
    run(peers.BLOCK)
    assert engine.stack.W[0].shape == (2, 6, peers.FEATURES) and not torch.equal(engine.stack.W[0], before)


def test_without_the_kernel_it_does_not_pretend(monkeypatch):
    monkeypatch.delenv("REPRO_KERNEL", raising=False)
    monkeypatch.setattr(ours.kernel, "available", lambda: False)
    with pytest.raises(ImportError):
        ours.stack("cpu", networks=1)
