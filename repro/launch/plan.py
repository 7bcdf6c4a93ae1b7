"""What to train together, in which order, and how much of the machine each gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.experiment.machine import Machine, cores
from repro.experiment.settings import Experiment
from repro.runs import Run

Job = list[Path]
"""Run folders to train as one stack."""
Failures = dict[str, str]
"""Name of a run folder → what went wrong."""

SMALL = 200
"""Units per layer up to which a stack can be faster than its networks one by one on a CPU: above, an update
takes as long as its products, of which a stack doesn't save any (`python -m repro.bench`)."""
STACK = 8
"""Networks in such a stack: more gain little, and their weights must fit a core's cache."""


@dataclass(frozen=True)
class Plan:
    """Jobs in their order, `workers` of them at once, with `share` cores each."""

    jobs: list[Job]
    workers: int
    share: int

    @classmethod
    def of(cls, runs: list[Run], machine: Machine, others: int = 0) -> Plan:
        """Longest first. Nothing here changes a result, whatever else there is to do.

        On a CPU a network and a thread per core is fastest (`repro.bench`), for small ones a stack, which the
        worker measures before it begins (`repro.launch.cost`); a GPU takes whole stacks, one by one.

        others: workers elsewhere that share the runs; stacks are cut so that all have something to do. Raises
        ConfigError for a GPU that isn't there.
        """
        cpu = _on_cpu(machine.device)
        best = machine.workers or (cores() if cpu else 1)
        largest = -(-len(runs) // (others + best))
        jobs = _stacks(runs, min(largest, STACK) if cpu else largest, cpu)
        jobs.sort(key=lambda job: -sum(_length(run.experiment) for run in job))
        workers = min(best, len(jobs))
        return cls([[run.path for run in job] for job in jobs], workers, max(1, cores() // workers))


def _stacks(runs: list[Run], largest: int, cpu: bool) -> list[list[Run]]:
    """Stacks of at most `largest` runs, as equal as can be; on a CPU, only of those that it may pay for."""
    groups: dict[Any, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.experiment.activation.name):  # groups in a stack are faster
        own = cpu and not _may_pay(run.experiment)
        groups.setdefault(run.path if own else run.experiment.stack_key(), []).append(run)
    parts = []
    for group in groups.values():
        count = -(-len(group) // largest)
        parts += [group[len(group) * i // count : len(group) * (i + 1) // count] for i in range(count)]
    return parts


def _may_pay(experiment: Experiment) -> bool:
    return experiment.plain and experiment.optimizer.plain and max(experiment.widths) <= SMALL


def _length(experiment: Experiment) -> int:
    return experiment.updates * experiment.depth


def _on_cpu(device: str) -> bool:
    """Without torch, which takes seconds to import, where there is no sign of a GPU."""
    signs = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    if device == "cpu" or (device == "auto" and not any(Path(sign).exists() for sign in signs)):
        return True
    from repro.training.trainer import find_device

    return find_device(device).type == "cpu"
