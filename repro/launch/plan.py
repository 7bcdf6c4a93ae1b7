"""What to train together, in which order, and how much of the machine each gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.experiment.machine import Machine, cores
from repro.runs import Run

Job = list[Path]
"""Run folders to train as one stack."""
Failures = dict[str, str]
"""Name of a run folder → what went wrong."""


@dataclass(frozen=True)
class Plan:
    """Jobs in their order, `workers` of them at once, with `share` cores each."""

    jobs: list[Job]
    workers: int
    share: int

    @classmethod
    def of(cls, runs: list[Run], machine: Machine) -> Plan:
        """Longest first. Nothing here changes a result, whatever else there is to do.

        On a CPU a network and a thread per core is fastest (`repro.bench`); a GPU takes whole stacks, one by
        one. Raises ConfigError for a GPU that isn't there.
        """
        ordered = sorted(runs, key=lambda run: -run.experiment.updates * run.experiment.depth)
        if _on_cpu(machine.device):
            jobs, best = [[run.path] for run in ordered], cores()
        else:
            jobs, best = _stacks(ordered), 1
        workers = min(machine.workers or best, len(jobs))
        return cls(jobs, workers, max(1, cores() // workers))


def _stacks(runs: list[Run]) -> list[Job]:
    stacks: dict[Any, Job] = {}
    for run in runs:
        stacks.setdefault(run.experiment.stack_key(), []).append(run.path)
    return list(stacks.values())


def _on_cpu(device: str) -> bool:
    if device == "cpu":
        return True  # without torch, which takes seconds
    from repro.training.trainer import find_device

    return find_device(device).type == "cpu"
