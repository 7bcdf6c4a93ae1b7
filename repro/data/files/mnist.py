"""MNIST and Fashion-MNIST: four IDX files, 28 x 28 grey levels, ten classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.data.files import idx
from repro.data.files.catalog import MNIST
from repro.data.files.store import DataError, Labelled, Parts, Publication, verify_content

SIDE = 28  # pixels
N_VALID = 10_000  # the last training images, as is usual; the paper says only how many


def read(root: Path, dataset: Publication = MNIST, n_valid: int = N_VALID) -> Parts:
    """Training, validation and test images of MNIST or a data set in its format; pixels are [n, 784].

    Raises DataError if a file below the data root `root` is missing or not the published one.
    """
    train = _labelled(root, dataset, 0)
    test = _labelled(root, dataset, 2)
    return Parts(train[:-n_valid], train[-n_valid:], test)


def _labelled(root: Path, dataset: Publication, number: int) -> Labelled:
    """Images from file `number`, labels from the next."""
    images = _array(root, dataset, number, (SIDE, SIDE))
    labels = _array(root, dataset, number + 1, ())
    if len(images) != len(labels):
        raise DataError(f"{dataset.name} in {root}: {len(images):,} images but {len(labels):,} labels")
    return Labelled(images.reshape(-1, SIDE * SIDE), labels)


def _array(root: Path, dataset: Publication, number: int, item: tuple[int, ...]) -> NDArray[np.uint8]:
    """The array of a file, verified; `item` is the shape of each element."""
    path, file = dataset.located(root, number)
    array = idx.read(path)
    if array.shape[1:] != item:
        shape = ", ".join(["n", *map(str, item)])
        raise DataError(
            f"{path}: an array of shape {array.shape}, expected ({shape}): labels and images swapped?"
        )
    verify_content(path, file, idx.header(array.shape), array)
    return array
