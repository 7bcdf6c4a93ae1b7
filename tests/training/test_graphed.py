import contextlib

import pytest
import torch

from repro.experiment.settings import Experiment
from repro.network.stack import Stack
from repro.training import graphed as module
from repro.training.fused import FusedSGD
from repro.training.graphed import GraphedSGD

EXPERIMENTS = [
    Experiment(depth=2, width=12, seed=seed, activation=a) for seed, a in ((0, "tanh"), (1, "softsign"))
]


def fused(device="cpu"):
    stack = Stack.initialize(EXPERIMENTS, 20, 9, device)
    return FusedSGD(stack, torch.tensor([[0.1, 0.3]] * 3, device=device))


def examples(n, device="cpu", seed=0):
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.rand(n, 10, 20, generator=generator), torch.randint(9, (n, 10), generator=generator)
    return x.to(device), y.to(device)


def check(one, other, device):
    for seed, n in enumerate((5, 2, 5, 5, 1)):
        x, y = examples(n, device, seed)
        torch.testing.assert_close(one.updates(0, x, y), other.updates(0, x, y), rtol=1e-5, atol=1e-6)
    for p, q in zip(one.sgd.stack.W + one.sgd.stack.b, other.stack.W + other.stack.b, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_capturing_does_not_train_and_replaying_does(monkeypatch):
    """The bookkeeping around the graph, with a graph that runs its operations on the CPU."""

    class Graph:
        def replay(self):
            graphed.found.copy_(graphed.sgd.block(graphed.x, graphed.target))

    class Stream:
        def wait_stream(self, other):
            pass

    @contextlib.contextmanager
    def capturing(graph):
        held = [p.clone() for p in graphed.sgd.stack.W + graphed.sgd.stack.b]
        yield  # a capture records operations and computes nothing
        for p, old in zip(graphed.sgd.stack.W + graphed.sgd.stack.b, held, strict=True):
            p.copy_(old)

    fake = {"CUDAGraph": Graph, "Stream": Stream, "current_stream": Stream, "graph": capturing,
            "stream": lambda s: contextlib.nullcontext()}  # fmt: skip
    for name, value in fake.items():
        monkeypatch.setattr(module.torch.cuda, name, value)
    graphed = GraphedSGD(fused(), block=5)
    check(graphed, fused(), "cpu")
    assert graphed.sgd.lr.flatten().tolist() == pytest.approx([0.1, 0.3] * 3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@torch.no_grad()
def test_a_graph_computes_what_its_operations_do():
    check(GraphedSGD(fused("cuda"), 5), fused("cuda"), "cuda")
