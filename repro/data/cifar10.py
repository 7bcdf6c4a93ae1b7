"""CIFAR-10: six batches of 10,000 colour images of 32 x 32, in the binary or the Python version."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from repro.data.catalog import CIFAR10
from repro.data.store import DataError, DataSet, Labelled, Parts, reading, verify_content

FEATURES = 3 * 32 * 32  # red, green and blue planes, each row by row
TEST = 5  # number of the test batch


def read(root: Path, dataset: DataSet = CIFAR10) -> Parts:
    """The paper's division: 40,000 training, 10,000 validation (the last training batch) and 10,000 test images.

    Pixels are [n, 3072]. Raises DataError if a file below the data root `root` is missing or not the
    published one.
    """
    if not dataset.find(root, TEST) and dataset.find(root, 0):
        without = "dataset=cifar10_holdout does without the test batch, and says so wherever it is shown"
        raise DataError(f"{dataset.missing(root, TEST)}. Or: {without}")
    return Parts(
        _batches(root, dataset, (0, 1, 2, 3)), _batches(root, dataset, (4,)), _batches(root, dataset, (TEST,))
    )


def read_holdout(root: Path, dataset: DataSet = CIFAR10) -> Parts:
    """For machines without the test batch: 30,000 / 10,000 / 10,000, all from the training batches.

    The validation images are those of `read`, the test images are the fourth batch. Errors as in `read`.
    """
    return Parts(*(_batches(root, dataset, part) for part in ((0, 1, 2), (4,), (3,))))


def _batches(root: Path, dataset: DataSet, numbers: Sequence[int]) -> Labelled:
    """The batches as one array, read one at a time to spare memory."""
    length = [dataset.located(root, number)[1].size // (FEATURES + 1) for number in numbers]
    ...
