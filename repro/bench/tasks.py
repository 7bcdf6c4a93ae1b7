"""What is trained in the bench: networks of tanh units with 1024 inputs and 9 classes."""

from __future__ import annotations

from dataclasses import dataclass
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
        """Updates of each network between two looks at the clock: as in training, or fewer that take long."""
        work = self.flops * self.networks
        return 50 if work < 5e8 else 10 if work < 3e9 else 2


PAPER = Task()
WIDTHS, DEPTHS, BATCHES, STACKS = (
    (30, 50, 100, 300, 1000, 2000),
    (1, 2, 5, 10),
    (1, 10, 32, 64),
    (1, 2, 4, 8, 16),
)


def widths() -> list[Task]:
    """One network and a stack of 8 at each width."""
    return [Task(width, networks=networks) for networks in (1, 8) for width in WIDTHS]


def panels() -> dict[str, list[Task]]:
    """The points of the figure, by the quantity that varies: the others are the paper's but for the width."""
    return {
        "width": widths(),
        "depth": [Task(300, depth=depth) for depth in DEPTHS],
        "batch": [Task(300, batch=batch) for batch in BATCHES],
        "networks": [Task(100, networks=networks) for networks in STACKS],
    }


def tasks() -> list[Task]:
    """Every point of the figure once."""
    return list(dict.fromkeys(task for panel in panels().values() for task in panel))
