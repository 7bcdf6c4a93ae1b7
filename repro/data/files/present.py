"""Whether a data set is there and complete: for programs that leave out what isn't."""

from __future__ import annotations

import json
from pathlib import Path

from repro.data.files.catalog import FETCHED
from repro.data.imagenet import build as small_imagenet

STAND_INS = {"cifar10": "cifar10_holdout"}
"""What to use where a data set is incomplete; results from it must say so."""

_FILES = {"cifar10_holdout": ("cifar10", 5)}
"""Data sets made of some files of another: its name and how many of them, from the first."""


def missing(name: str, root: Path, n_valid: int, n_test: int) -> str:
    """What is missing of a data set below the data root and how to get it; empty if nothing is.

    `n_valid`, `n_test`: how many validation and test images are needed. Files are looked for, not verified.
    """
    if name == "small_imagenet":
        return _missing_images(root, n_valid, n_test)
    archive, count = _FILES.get(name, (name, None))
    if archive not in FETCHED:
        return ""  # generated
    dataset = FETCHED[archive]
    for number in range(len(dataset.versions[0].files[:count])):
        if not dataset.find(root, number):
            return dataset.missing(root, number)
    return ""


def _missing_images(root: Path, n_valid: int, n_test: int) -> str:
    """Small-ImageNet is never made on the way: from the whole of ImageNet it takes hours."""
    try:
        test, valid, _ = json.loads((small_imagenet.folder_of(root) / "report.json").read_bytes())["sizes"]
    except (OSError, ValueError, LookupError, TypeError):
        return f"not made yet; put a tree of ImageNet at {root / small_imagenet.FOLDERS[0]}, then: " + (
            "python -m repro.data build small_imagenet"
        )
    if valid < n_valid or test < n_test:
        return f"only {valid:,} validation and {test:,} test images; {n_valid:,} and {n_test:,} are needed"
    return ""
