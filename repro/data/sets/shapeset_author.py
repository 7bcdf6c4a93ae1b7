"""Shapeset-3x2 from the original sequential generator, bit for bit (slower): training stream = data_seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from repro.data.sets.shapeset import GeneratedShapes

if TYPE_CHECKING:
    import torch

    from repro.data.streams import Loaded
    from repro.experiment.settings import Experiment


@dataclass(frozen=True)
class AuthorShapes(GeneratedShapes):
    TITLE: ClassVar[str] = "Shapeset-3x2, original generator"

    def load(self, experiment: Experiment, device: torch.device, root: Path) -> Loaded:
        from repro.data.streams import SequentialStream

        stream = SequentialStream(experiment.stream_seed, device)
        return super().load(experiment, device, root)._replace(train=stream)
