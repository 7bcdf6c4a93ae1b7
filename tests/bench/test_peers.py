"""The peers do run, and the stacked ones train what they should."""

import importlib.util

import pytest
import torch

from repro.bench import peers
from repro.bench.tasks import Task

SMALL, STACK = Task(6, 2, 4), Task(6, 2, 4, networks=3)


@pytest.mark.parametrize("task", [SMALL, STACK])
def test_the_idiomatic_loop_runs(task):
    peers.idiomatic(task, "cpu")(1)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra: bench)")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("task", [SMALL, STACK])
def test_the_jax_loop_runs(task):
    peers.jax_scan(task, "cpu")(1)


@pytest.mark.parametrize("task", [SMALL, STACK])
def test_gradients_by_vmap_train(task, monkeypatch):
    """Without the compiler, which takes a minute."""
    monkeypatch.setattr(torch, "compile", lambda **options: lambda step: step)
    changed = []
    sub = torch.Tensor.sub_
    monkeypatch.setattr(
        torch.Tensor, "sub_", lambda p, g, alpha: changed.append(g.shape) or sub(p, g, alpha=alpha)
    )
    peers.torch_vmap(task, "cpu")(1)
    assert len(changed) == 2 * 3 * task.block and {shape[0] for shape in changed} == {task.networks}
