"""The data sets: one file each, `dataset=<file>` on the command line.

To add one, put a file here with one class, a frozen dataclass derived from `DataSet` or, for a divided set of
images, from `Images`. Raise its VERSION when the same settings would give other examples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from repro.experiment import components
from repro.experiment.values import ConfigError

if TYPE_CHECKING:
    import torch

    from repro.data.files.catalog import Publication
    from repro.data.files.store import Labelled, Parts
    from repro.data.streams import Loaded, Split
    from repro.experiment.settings import Experiment


@dataclass(frozen=True)
class DataSet(ABC):
    """Where examples come from; grey level 0 becomes the input `low`, 255 `high`.

    The paper states neither: the author's later code divides by 255, the generator's example has -1 to 1.
    """

    low: float = 0.0
    high: float = 1.0

    TITLE: ClassVar[str]
    """What it is called wherever its results are shown."""
    VERSION: ClassVar[int | str] = 1
    STAND_IN: ClassVar[str] = ""
    """Another set to use where files of this one are missing; results from it must say so."""

    def missing(self, root: Path, n_valid: int, n_test: int) -> str:
        """What is missing of its files below the data root and how to get it; empty if nothing is.

        `n_valid`, `n_test`: images needed. Files are looked for, not verified.
        """
        return ""

    def content(self, root: Path) -> str:
        """Checksum of a set that is built from the user's files; empty where name and version say it all."""
        return ""

    @abstractmethod
    def load(self, experiment: Experiment, device: torch.device, root: Path) -> Loaded:
        """Training stream, validation and test set. Raises ConfigError, also for missing or damaged files."""


class Images(DataSet):
    """A divided set of images: training images in a new order every epoch, the first ones of the others."""

    N_CLASSES: ClassVar[int] = 10

    @abstractmethod
    def read(self, root: Path) -> Parts:
        """The images below the data root. Raises DataError if a file is missing or damaged."""

    def load(self, experiment: Experiment, device: torch.device, root: Path) -> Loaded:
        from repro.data.epochs import Epochs
        from repro.data.streams import Loaded

        parts, name = self.read(root), experiment.dataset.name
        for key, part in (("batch_size", parts.train), ("n_valid", parts.valid), ("n_test", parts.test)):
            if (value := getattr(experiment, key)) > len(part):
                message = f"{key} = {value}: {name} has only {len(part)} images for that; set {key} lower"
                raise ConfigError(message)
        chosen = parts.train, parts.valid[: experiment.n_valid], parts.test[: experiment.n_test]
        train, valid, test = (_on(device, part) for part in chosen)
        stream = Epochs(train.pixels, train.labels, experiment.stream_seed)
        return Loaded(stream, valid, test, self.N_CLASSES, parts.note)


def _on(device: torch.device, part: Labelled) -> Split:
    import torch

    from repro.data.streams import Split

    labels = torch.from_numpy(part.labels).long()
    return Split(torch.from_numpy(part.pixels).to(device), labels.to(device))


def of(name: str) -> DataSet:
    """The data set of that name. Raises ConfigError, naming those there are, for another."""
    made: DataSet = components.load("dataset", name)()
    return made


def title(name: str) -> str:
    """What a data set is called wherever its results are shown."""
    return of(name).TITLE


def stands_in(name: str) -> bool:
    """Whether a data set is only used where another is incomplete."""
    return any(name == of(other).STAND_IN for other in components.names("dataset"))


def identified(experiment: Experiment, root: Path) -> Experiment:
    """The experiment with the checksum of its data set, if that is built from files below the data root."""
    data = experiment.dataset
    if data.content or not (content := of(data.name).content(root)):
        return experiment
    return replace(experiment, dataset=replace(data, content=content))


def fingerprint(publication: Publication) -> str:
    """Version of a published set: a digest of the checksums of its content."""
    import hashlib

    sums = sorted(file.content for file in publication.versions[0].files)
    return hashlib.sha256(" ".join(sums).encode()).hexdigest()[:8]


def first_missing(publication: Publication, root: Path, count: int | None = None) -> str:
    """What is missing of the first `count` files of a published set, or of all; empty if nothing is."""
    for number in range(len(publication.versions[0].files[:count])):
        if not publication.find(root, number):
            return publication.missing(root, number)
    return ""
