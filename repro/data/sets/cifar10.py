"""CIFAR-10: 32x32 colour photographs; 40,000 / 10,000 / 10,000 (section 2.2).

Files: python -m repro.data fetch cifar10
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from repro.data.files import catalog, cifar10
from repro.data.files.store import Parts
from repro.data.sets import Images, fingerprint, first_missing


@dataclass(frozen=True)
class Cifar10(Images):
    TITLE: ClassVar[str] = "CIFAR-10"
    VERSION: ClassVar[int | str] = fingerprint(catalog.CIFAR10)
    STAND_IN: ClassVar[str] = "cifar10_holdout"

    def missing(self, root: Path, n_valid: int, n_test: int) -> str:
        return first_missing(catalog.CIFAR10, root)

    def read(self, root: Path) -> Parts:
        return cifar10.read(root)
