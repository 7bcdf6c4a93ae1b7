"""Where a run is computed; never part of its identity."""

from __future__ import annotations

import os
from dataclasses import dataclass

from repro.experiment.values import choice, require

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Machine:
    """Where a run is computed; never part of its identity."""

    device: str = "auto"
    threads: int = 0
    workers: int = 0
    tf32: bool = False
    runs: str = "runs"
    data: str = "datasets"

    def __post_init__(self) -> None:
        choice("machine.device", self.device, DEVICES)
        require("machine.threads", self.threads, self.threads >= 0, "a whole number (0: automatic)")
        require("machine.workers", self.workers, self.workers >= 0, "a whole number (0: automatic)")
        for key in ("runs", "data"):
            path = getattr(self, key)
            require(f"machine.{key}", path, bool(path), "the path of a folder")


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
