"""A finite training set as an endless stream: every epoch in a new order, which its number alone decides."""

from __future__ import annotations

import torch
from torch import Tensor

from repro.counter_random import philox

STREAM = 3  # of the counter's streams; Shapeset uses 0 to 2


class Epochs:
    """Examples 0 to n - 1 in a random order, then all in another one, and so on without end.

    Example i of the stream is a pure function of (`seed`, i), on every device. Mini-batches run on across the
    border of two epochs.
    """

    def __init__(self, pixels: Tensor, labels: Tensor, seed: int) -> None:
        self._pixels, self._labels, self._seed = pixels, labels, seed  # uint8 [n, D], int64 [n]
        self._epoch, self._order = -1, labels[:0]

    def __len__(self) -> int:
        """Different examples."""
        return len(self._labels)

    def examples(self, start: int, count: int) -> tuple[Tensor, Tensor]:
        """Grey levels uint8 [count, D] and labels int64 [count] of examples start to start + count - 1."""
        n, stop = len(self._labels), start + count
        orders = [self._order_of(epoch) for epoch in range(start // n, -(-stop // n))]
        chosen = torch.cat([self._order[:0], *orders])[start % n : start % n + count]
        return self._pixels[chosen], self._labels[chosen]

    def _order_of(self, epoch: int) -> Tensor:
        """The examples of an epoch, int64 [n]: sorted by random numbers, so all orders are equally likely."""
        if epoch != self._epoch:
            position = torch.arange(len(self._labels), device=self._labels.device)
            high, low, *_ = philox(self._seed, position, epoch, STREAM)
            self._epoch, self._order = epoch, (high << 31 | low >> 1).argsort(stable=True)
        return self._order
