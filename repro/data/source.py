"""What training sees of a data set: batches by update number, and fixed validation and test sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from repro.data import sets
from repro.data.epochs import Epochs
from repro.data.files.store import default_root
from repro.data.streams import BUFFER, Split, Stream
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError


class Source:
    """A training stream with its validation and test sets, as inputs between `low` and `high`.

    `note` is what must be said of the data wherever results are shown; mostly nothing.
    """

    def __init__(
        self,
        train: Stream,
        valid: Split,
        test: Split,
        n_classes: int,
        batch_size: int,
        low: float,
        high: float,
        note: str = "",
    ) -> None:
        self.train, self.valid, self.test, self.note = train, valid, test, note
        self.n_features, self.n_classes = valid.pixels.shape[1], n_classes
        self.batch_size, self.low, self.high = batch_size, low, high
        self._start, self._buffer = 0, Split(valid.pixels[:0], valid.labels[:0])

    @property
    def prior(self) -> Tensor:
        """Frequencies of the classes in the validation and test sets, float64 [C].

        Each is counted once more than it is there, so that none is 0: the paper's 20,000 images are within
        0.0005 nats of the exact ones of Shapeset.
        """
        labels = torch.cat([self.valid.labels, self.test.labels])
        counts = labels.bincount(minlength=self.n_classes).double() + 1
        return counts / counts.sum()

    def inputs(self, pixels: Tensor) -> Tensor:
        """Grey levels as network inputs, float32 of the same shape."""
        return to_inputs(pixels, self.low, self.high)

    def batches(self, update: int, count: int) -> tuple[Tensor, Tensor]:
        """The mini-batches of `count` updates from `update` on: x float32 [count, B, D], y int64 [count, B].

        Update u sees examples u·B to (u+1)·B - 1 of the stream, however they are asked for.
        """
        start, length = update * self.batch_size, count * self.batch_size
        self._fill(start, start + length)
        part = slice(start - self._start, start - self._start + length)
        x = self.inputs(self._buffer.pixels[part]).unflatten(0, (count, -1))
        return x, self._buffer.labels[part].unflatten(0, (count, -1))

    def _fill(self, start: int, stop: int) -> None:
        """Have examples `start` to `stop` - 1 in the buffer, reading on from its end if possible."""
        end = self._start + len(self._buffer)
        if self._start <= start and stop <= end:
            return
        kept = slice(start - self._start, None) if self._start <= start <= end else slice(0, 0)
        old = Split(self._buffer.pixels[kept], self._buffer.labels[kept])
        new = self.train.examples(start + len(old), max(stop - start, BUFFER) - len(old))
        self._start = start
        self._buffer = Split(torch.cat([old.pixels, new[0]]), torch.cat([old.labels, new[1]]))

    def chunks(self, split: Split, size: int = 1000) -> Iterator[tuple[Tensor, Tensor]]:
        """A fixed set in pieces: x float32 [≤ size, D], y int64 [≤ size]."""
        for start in range(0, len(split), size):
            part = slice(start, start + size)
            yield self.inputs(split.pixels[part]), split.labels[part]


def to_inputs(pixels: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Network inputs: grey levels, uint8 of any shape, as float32 from `low` (black) to `high` (white).

    The paper does not state the range; the original generator's example uses -1 to 1. Raises ValueError if
    `pixels` is not uint8 or `low` is not below `high`.
    """
    if pixels.dtype != torch.uint8:
        raise ValueError(f"pixels must be uint8, got {pixels.dtype}")
    if not low < high:
        raise ValueError(f"low must be below high, got low={low} and high={high}")
    # By a tensor, because a GPU turns division by a number into a less exact multiplication.
    return pixels.float().mul_(high - low).div_(torch.tensor(255.0, device=pixels.device)).add_(low)


def load(experiment: Experiment, device: torch.device | str = "cpu", root: Path | None = None) -> Source:
    """The data of an experiment, on `device`; files come from below the data root `root`.

    Raises ConfigError if the data set hasn't as many images as the experiment asks for, and its subclass
    DataError if a file is missing or damaged.
    """
    data, root = experiment.dataset, root or default_root()
    if data.content != (found := sets.of(data.name).content(root)):
        raise ConfigError(f"dataset.content = {data.content}: {data.name} below {root} is another: {found}")
    train, valid, test, n_classes, note = sets.of(data.name).load(experiment, torch.device(device), root)
    if (n := experiment.n_train) is not None:
        if isinstance(train, Epochs) and n > len(train):
            raise ConfigError(f"n_train = {n}: {data.name} has only {len(train)} images for that")
        train = Epochs(*train.examples(0, n), experiment.stream_seed)
    return Source(train, valid, test, n_classes, experiment.batch_size, data.low, data.high, note)
