"""On a GPU, a block of updates as one CUDA graph: one launch instead of some forty small ones per update."""

from __future__ import annotations

import torch
from torch import Tensor

from repro.network.stack import one_hot
from repro.training.fused import FusedSGD


class GraphedSGD:
    """Fused updates on a GPU; the interface of `FusedSGD`.

    The first block's length is captured as a graph; blocks of another length (around measurements) run
    operation by operation, with the same results.
    """

    def __init__(self, sgd: FusedSGD, block: int) -> None:
        self.sgd, self.block = sgd, block
        self.graph: torch.cuda.CUDAGraph | None = None
        self.outputs, self.trace = sgd.outputs, sgd.trace
        self.state, self.load = sgd.state, sgd.load

    def updates(self, first: int, x: Tensor, y: Tensor) -> Tensor:
        """See `engine.Engine`."""
        if len(x) != self.block:
            return self.sgd.updates(first, x, y)
        target = one_hot(y, self.sgd.stack.b[-1])
        if self.graph is None:
            self._capture(x, target)
        self.x.copy_(x)
        self.target.copy_(target)
        self.graph.replay()  # type: ignore[union-attr]
        return self.found

    def _capture(self, x: Tensor, target: Tensor) -> None:
        self.x, self.target = x.clone(), target.clone()
        lr = self.sgd.lr.clone()
        self.sgd.lr.zero_()  # the warm-up that capturing asks for must not train
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self.sgd.block(self.x, self.target)
        torch.cuda.current_stream().wait_stream(side)
        self.sgd.lr.copy_(lr)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.found = self.sgd.block(self.x, self.target)
