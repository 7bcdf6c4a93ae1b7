"""What the paper compares networks with, and is none: one file each, `baseline=<file>` on the command line.

A baseline learns from the first `n_train` examples of a training stream, and leaves the run folder that a
network leaves, less what only a network has. To add one, put a file here with one class, a frozen dataclass
derived from `Baseline`, whose fields are its options.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import ndarray


@dataclass(frozen=True)
class Examples:
    """Inputs float32 [n, D] and labels int64 [n]."""

    x: ndarray
    y: ndarray

    def __len__(self) -> int:
        return len(self.y)

    def first(self, n: int) -> Examples:
        return Examples(self.x[:n], self.y[:n])


@dataclass(frozen=True)
class Fitted:
    """Predicted classes of the validation and the test examples, and what else is to be remembered."""

    valid: ndarray
    test: ndarray
    about: Mapping[str, Any] = field(default_factory=dict)


Row = dict[str, Any]


@dataclass(frozen=True)
class Diary:
    """What was found on the way: rows of earlier sittings, and how to keep a new one."""

    rows: tuple[Row, ...] = ()
    keep: Callable[[Row], None] = lambda row: None


class Baseline(ABC):
    @abstractmethod
    def fit(self, train: Examples, valid: Examples, test: Examples, diary: Diary) -> Fitted:
        """Learn from `train`; `test` is only to be answered. Raises ConfigError if it can't be done here."""
