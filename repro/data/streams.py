"""What a data set consists of for training: an endless stream of examples, and fixed sets of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from repro.data.shapeset.author import AuthorStream

BUFFER = 8192
"""Examples generated at a time."""


class Stream(Protocol):
    """An endless sequence of examples that can be read from any position."""

    def examples(self, start: int, count: int) -> tuple[Tensor, Tensor]:
        """Grey levels uint8 [count, D] and labels int64 [count] of examples start to start + count - 1."""


@dataclass(frozen=True)
class Split:
    """A fixed set of examples."""

    pixels: Tensor  # uint8 [n, D]
    labels: Tensor  # int64 [n]

    def __len__(self) -> int:
        return len(self.labels)


class SequentialStream:
    """The original generator as a `Stream`: reading on is cheap, going back starts again from the top."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self._seed, self._device = seed, device
        self._stream, self._position = AuthorStream(seed), 0

    def examples(self, start: int, count: int) -> tuple[Tensor, Tensor]:
        if start < self._position:
            self._stream, self._position = AuthorStream(self._seed), 0
        while self._position < start:
            skipped = min(BUFFER, start - self._position)
            self._stream.take(skipped)
            self._position += skipped
        images, labels = self._stream.take(count)
        self._position += count
        pixels = torch.from_numpy(images).flatten(1)
        return pixels.to(self._device), torch.from_numpy(labels).to(self._device)


class Loaded(NamedTuple):
    """A data set as its loader returns it; see `Source`."""

    train: Stream
    valid: Split
    test: Split
    n_classes: int
    note: str = ""
