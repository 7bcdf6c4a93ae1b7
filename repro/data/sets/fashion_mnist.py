"""Fashion-MNIST: MNIST's format, ten kinds of clothes; not in the paper.

Files: python -m repro.data fetch fashion_mnist
"""

from dataclasses import dataclass
from typing import ClassVar

from repro.data.files import catalog
from repro.data.sets import fingerprint
from repro.data.sets.mnist import Mnist


@dataclass(frozen=True)
class FashionMnist(Mnist):
    TITLE: ClassVar[str] = "Fashion-MNIST"
    FILES: ClassVar[catalog.Publication] = catalog.FASHION_MNIST
    VERSION: ClassVar[int | str] = fingerprint(FILES)
