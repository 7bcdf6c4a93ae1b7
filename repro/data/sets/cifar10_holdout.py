"""CIFAR-10 without its test batch: 30,000 / 10,000 / 10,000 of the others. Not the paper's test set."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from repro.data.files import catalog, cifar10
from repro.data.files.store import Parts
from repro.data.sets import Images, fingerprint, first_missing


@dataclass(frozen=True)
class Cifar10Holdout(Images):
    TITLE: ClassVar[str] = "CIFAR-10, test set held out of the training images (30,000 / 10,000 / 10,000)"
    VERSION: ClassVar[int | str] = fingerprint(catalog.CIFAR10)

    def missing(self, root: Path, n_valid: int, n_test: int) -> str:
        return first_missing(catalog.CIFAR10, root, cifar10.TEST)

    def read(self, root: Path) -> Parts:
        return cifar10.read_holdout(root)
