"""Where a run is computed; never part of its identity."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, fields

from repro.experiment.values import ConfigError, choice, require

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
    weights: bool = False

    def __post_init__(self) -> None:
        choice("machine.device", self.device, DEVICES)
        require("machine.threads", self.threads, self.threads >= 0, "a whole number (0: automatic)")
        require("machine.workers", self.workers, self.workers >= 0, "a whole number (0: automatic)")
        for key in ("runs", "data"):
            path = getattr(self, key)
            require(f"machine.{key}", path, bool(path), "the path of a folder")


def agreed(machines: Iterable[Machine]) -> Machine:
    """The one machine of all the runs of a command. Raises ConfigError where they differ."""
    first, *others = dict.fromkeys(machines)
    for other in others:
        key = next(f.name for f in fields(Machine) if getattr(first, f.name) != getattr(other, f.name))
        given = f"{getattr(first, key)} and {getattr(other, key)}"
        raise ConfigError(f"machine.{key} = {given}: expected one value for all the runs of a command")
    return first


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pin(first: int, count: int) -> None:
    """Keep this process to `count` of its cores, from number `first` on, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[first : first + count])
