"""python -m repro.launch cluster -m key=a,b … workers=40 slurm.partition=NAME     a sweep on a cluster
python -m repro.runs watch                                                     how it goes, and how long yet

`cluster` takes the words of `python -m repro -m`, checks all of them, submits one job array and returns. Each
of its workers takes the next run that nobody else has, until none is left; preempted ones are queued again
and go on from the checkpoints. The folder of the runs must be on a disk that all nodes share.

    workers=40               jobs in the array
    executor=slurm           or local: as processes of this machine
    cpus=1  gpus=0           for each worker; with a GPU it trains whole stacks of networks
    memory=4                 gigabytes for each worker; by default the scheduler's own choice
    hours=24                 after which a worker is queued again
    slurm.partition=NAME     any option of sbatch: slurm.account, slurm.qos, slurm.constraint ...

The same command again submits workers for what is left. Python in the jobs is the one that submits.

Exit code 0: submitted, or nothing is left to do; 2: a setting can't be used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import yaml
from rich.console import Console

from repro.experiment import compose
from repro.experiment.machine import Machine, agreed
from repro.experiment.values import ConfigError, parse
from repro.terminal import refused

OWN = ("workers", "executor", "cpus", "gpus", "memory", "hours", "slurm")


def cluster(words: Sequence[str], console: Console) -> int:
    """Submit a sweep. Raises ConfigError before anything is written or submitted."""
    from repro.launch.cluster import Cluster, submit

    own = {w.partition("=")[0]: yaml.safe_load(w.partition("=")[2]) for w in words if _is_own(w)}
    slurm = {key.partition(".")[2]: value for key, value in own.items() if key.startswith("slurm.")}
    values: dict[str, Any] = {key: value for key, value in own.items() if not key.startswith("slurm.")}
    asked = replace(parse(Cluster, values), slurm=slurm)
    rest = [word for word in words if not _is_own(word) and word not in ("-m", "--multirun")]
    jobs = compose.compose_all(compose.expand(rest))
    machine = agreed(machine for _, machine in jobs)
    told = ["-m", *(w for w in words if w not in ("-m", "--multirun"))]
    sweep, workers, number = submit([experiment for experiment, _ in jobs], machine, asked, told)
    left = "all complete" if not workers else f"submitted {workers} workers ({asked.executor}: {number})"
    console.print(f"{len(sweep.runs)} runs: {left}", highlight=False, soft_wrap=True)
    root = "" if machine.runs == Machine.runs else f" machine.runs={machine.runs}"
    console.print(f"watch: python -m repro.runs watch {sweep.name}{root}", highlight=False, soft_wrap=True)
    return 0


def _is_own(word: str) -> bool:
    return word.partition("=")[0].partition(".")[0] in OWN


def main(words: Sequence[str] | None = None) -> int:
    """The exit code of `python -m repro.launch` with these words, by default those in sys.argv."""
    words = sys.argv[1:] if words is None else words
    if not words or {"-h", "--help"} & set(words):
        print(__doc__)
        return 0
    try:
        if words[0] != "cluster":
            raise ConfigError(f"{words[0]}: expected cluster")
        return cluster(words[1:], Console())
    except ConfigError as error:
        return refused(error)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; what was submitted goes on")
        return 130


if __name__ == "__main__":
    sys.exit(main())
