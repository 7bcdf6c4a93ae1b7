"""CIFAR-10: six batches of 10,000 colour images of 32 x 32, in the binary or the Python version."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.data.files.catalog import CIFAR10
from repro.data.files.store import DataError, Labelled, Parts, Publication, verified_bytes

FEATURES = 3 * 32 * 32  # red, green and blue planes, each row by row
BATCH = 10_000  # images
TEST = 5  # number of the test batch


def read(root: Path, dataset: Publication = CIFAR10, size: int = BATCH) -> Parts:
    """The paper's division: 40,000 / 10,000 / 10,000; the last training batch is the validation set.

    Pixels are [n, 3072]; `size` is the number of images in a batch. Raises DataError if a file below the data
    root `root` is missing or not the published one.
    """
    if dataset.find(root, 0) and not dataset.find(root, TEST):
        without = "dataset=cifar10_holdout does without the test batch, and says so wherever it is shown"
        raise DataError(f"{dataset.missing(root, TEST)}. Or: {without}")
    train, valid, test = (_batches(root, dataset, part, size) for part in ((0, 1, 2, 3), (4,), (TEST,)))
    return Parts(train, valid, test)


def read_holdout(root: Path, dataset: Publication = CIFAR10, size: int = BATCH) -> Parts:
    """For machines without the test batch: 30,000 / 10,000 / 10,000, all from the training batches.

    The validation images are those of `read`, the test images are the fourth batch. Errors as in `read`.
    """
    train, valid, test = (_batches(root, dataset, part, size) for part in ((0, 1, 2), (4,), (3,)))
    sizes = " / ".join(f"{len(part):,}" for part in (train, valid, test))
    return Parts(train, valid, test, f"test set held out of the training images ({sizes})")


def _batches(root: Path, dataset: Publication, numbers: Sequence[int], size: int) -> Labelled:
    """Some batches in a row; read one by one into their place, to spare memory."""
    images = Labelled(
        np.empty((len(numbers) * size, FEATURES), np.uint8), np.empty(len(numbers) * size, np.uint8)
    )
    for i, number in enumerate(numbers):
        path, file = dataset.located(root, number)
        content = verified_bytes(path, file)  # before anything is unpickled
        pixels, labels = _binary(content) if path.suffix == ".bin" else _python(content)
        place = images[i * size : (i + 1) * size]
        place.pixels[:], place.labels[:] = pixels, labels
    return images


def _binary(content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Records of a label and 3,072 pixel bytes."""
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + FEATURES)
    return records[:, 1:], records[:, 0]


def _python(content: bytes) -> tuple[NDArray[np.uint8], list[int]]:
    """A pickle made by Python 2, with bytes as keys. Only for verified content: a pickle may run code."""
    batch = pickle.loads(content, encoding="bytes")
    return batch[b"data"], batch[b"labels"]
