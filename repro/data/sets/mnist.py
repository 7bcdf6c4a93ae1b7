"""MNIST: 28x28 grey digits; 50,000 / 10,000 / 10,000 (section 2.2).

Files: python -m repro.data fetch mnist
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from repro.data.files import catalog, mnist
from repro.data.files.store import Parts
from repro.data.sets import Images, fingerprint, first_missing


@dataclass(frozen=True)
class Mnist(Images):
    TITLE: ClassVar[str] = "MNIST"
    FILES: ClassVar[catalog.Publication] = catalog.MNIST
    VERSION: ClassVar[int | str] = fingerprint(FILES)

    def missing(self, root: Path, n_valid: int, n_test: int) -> str:
        return first_missing(self.FILES, root)

    def read(self, root: Path) -> Parts:
        return mnist.read(root, self.FILES)
