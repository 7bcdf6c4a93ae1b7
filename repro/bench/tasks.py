"""What is trained in the bench: networks of tanh units on 1024 inputs with 9 classes, the paper's and others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

FEATURES, CLASSES, LR = 1024, 9, 0.01


@dataclass(frozen=True)
class Task:
    """`networks` networks of `depth` hidden layers with `width` units each, mini-batches of `batch`."""

    width: int = 1000
    depth: int = 5
    batch: int = 10
    networks: int = 1

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """fan_in and fan_out of every layer."""
        return list(pairwise((FEATURES, *(self.width,) * self.depth, CLASSES)))

    @property
    def weights(self) -> int:
        """Of one network."""
        return sum(fan_in * fan_out for fan_in, fan_out in self.pairs)

    @property
    def flops(self) -> int:
        """Of one update of one network: products only, and none for gradients by the inputs."""
        return self.batch * (6 * self.weights - 2 * FEATURES * self.width)

    @property
    def block(self) -> int:
        """Updates of each network between two looks at the clock: those of training, or fewer that take long."""
        return 50 if self.flops * self.networks < 5e8 else 10


PAPER = Task()
WIDTHS, DEPTHS, BATCHES, STACKS = (
    (30, 50, 100, 300, 1000, 2000),
    (1, 2, 5, 10),
    (1, 10, 32, 64),
    (1, 2, 4, 8, 16),
)


def tasks() -> list[Task]:
    """The points of the figure, each once."""
    found = [Task(width, networks=R) for R in (1, 8) for width in WIDTHS]
    found += [replace(Task(300), depth=depth) for depth in DEPTHS]
    found += [replace(Task(300), batch=batch) for batch in BATCHES]
    found += [replace(Task(100), networks=R) for R in STACKS]
    return list(dict.fromkeys(found))
