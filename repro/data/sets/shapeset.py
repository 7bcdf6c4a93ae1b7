"""Shapeset-3x2: one or two of triangle, parallelogram, ellipse; 32x32 grey; 9 classes; endless (2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from repro.data.sets import DataSet

if TYPE_CHECKING:
    import torch

    from repro.data.streams import Loaded
    from repro.experiment.settings import Experiment


@dataclass(frozen=True)
class GeneratedShapes(DataSet):
    TITLE: ClassVar[str] = "Shapeset-3x2"
    OBJECTS: ClassVar[tuple[int, ...]] = (1, 2)
    DARK: ClassVar[bool] = False

    def load(self, experiment: Experiment, device: torch.device, root: Path) -> Loaded:
        """Validation and test sets are the same for every run, whatever its seeds: results can be paired."""
        from repro.data.shapeset.stream import Shapeset
        from repro.data.streams import Loaded, Split

        valid, test = (
            Split(*Shapeset(0, device, stream=name, objects=self.OBJECTS, dark=self.DARK).examples(0, size))
            for name, size in (("valid", experiment.n_valid), ("test", experiment.n_test))
        )
        train = Shapeset(experiment.stream_seed, device, objects=self.OBJECTS, dark=self.DARK)
        return Loaded(train, valid, test, Shapeset.n_classes)
