"""On a GPU, Python must not wait for a number inside a block: what would do that is found here on a CPU."""

import pytest
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from repro.data.source import load
from repro.experiment.settings import Experiment
from repro.network.stack import one_hot, scores
from repro.network.start import start
from repro.training import kernel
from repro.training.engine import engine_for

ASKING = {"_local_scalar_dense", "nonzero", "equal", "is_nonzero", "masked_select", "unique", "_unique2"}
"""Operations whose result, or its shape, Python needs at once."""


class Waits(TorchDispatchMode):
    """Collects the operations that would wait for a device."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        by_mask = name.startswith("index") and any(
            t is not None and t.dtype is torch.bool
            for part in args
            if isinstance(part, list | tuple)
            for t in part
        )
        if name in ASKING or by_mask:
            self.found.append(name)
        return func(*args, **(kwargs or {}))


def test_what_waits_is_found():
    x = torch.arange(3.0)
    with Waits() as waits:
        x.sum().item(), x[x > 1], x.tolist(), functional.one_hot(x.long(), 3)
    assert {"_local_scalar_dense", "index"} <= set(waits.found)


@pytest.mark.parametrize("cost", ["nll", "quadratic"])
def test_nothing_waits_inside_a_block(monkeypatch, cost):
    """Mini-batches, updates by torch's products as on a GPU, their costs and an evaluation."""
    monkeypatch.setattr(kernel, "_library", None)
    experiments = [
        Experiment(depth=2, width=12, cost=cost, activation=a, n_valid=30, n_test=300)
        for a in ("tanh", "softsign")
    ]
    source = load(experiments[0])
    engine = engine_for(experiments, [start(e, 1024, 9) for e in experiments], torch.device("cpu"))
    source.batches(0, 50)  # fills the buffer
    with torch.no_grad(), Waits() as waits:
        x, y = source.batches(50, 50)
        outputs = engine.updates(50, x, y)
        scores(outputs, y, cost)
        for x, y in source.chunks(source.valid):
            scores(engine.outputs(x), y, cost)
    assert not waits.found


def test_labels_become_rows():
    y, like = torch.tensor([[2, 0], [1, 1]]), torch.empty(1, 3, dtype=torch.float64)
    assert torch.equal(one_hot(y, like), functional.one_hot(y, 3).double())
