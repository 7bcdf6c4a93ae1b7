"""Who takes part, each in processes of its own with cores of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch

from repro.bench import ours, peers
from repro.bench.peers import Run
from repro.bench.tasks import PAPER, Task, tasks, widths
from repro.experiment.machine import cores


@dataclass(frozen=True)
class Contender:
    """One way to train. It gets `threads` cores for each of its `processes`, and is timed at its `tasks`."""

    name: str
    make: Callable[[Task, str], Run]
    tasks: tuple[Task, ...]
    device: str = "cpu"
    threads: int = 1
    processes: int = 1
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def cores(self) -> int:
        return self.threads * self.processes


IDIOMATIC, JAX, OURS = "idiomatic PyTorch", "JAX jit + scan", "ours"
TORCH_PRODUCTS = (("REPRO_KERNEL", "torch"),)


def contenders() -> list[Contender]:
    """Those for this machine: one core and all cores, and a GPU if there is one."""
    available = cores()
    chosen = [contender for threads in dict.fromkeys((1, available)) for contender in _on_cpu(threads)]
    if available > 1:
        chosen.append(Contender("ours, a network per core", ours.stack, (PAPER,), processes=available))
    return chosen + (_on_gpu() if torch.cuda.is_available() else [])


def _on_cpu(threads: int) -> list[Contender]:
    """At all tasks on one core; on several only at those of the figure's first panel."""
    stacks = tuple(tasks() if threads == 1 else widths())
    single = tuple(task for task in stacks if task.networks == 1)
    compiled = partial(peers.idiomatic, compiled=True)
    return [
        Contender(IDIOMATIC, peers.idiomatic, single, threads=threads),
        Contender("torch.compile", compiled, (PAPER,), threads=threads),
        Contender(JAX, peers.jax_scan, stacks, threads=threads),
        Contender("ours, torch's products", ours.stack, (PAPER,), "cpu", threads, 1, TORCH_PRODUCTS),
        Contender(OURS, ours.stack, stacks, threads=threads),
    ]


def _on_gpu() -> list[Contender]:
    stacks = tuple(replace(PAPER, networks=n) for n in (1, 20, 40))
    makers: list[tuple[str, Callable[[Task, str], Run], tuple[Task, ...]]] = [
        (IDIOMATIC, peers.idiomatic, stacks[:1]),
        ("torch.func vmap, compiled", peers.torch_vmap, stacks),
        (JAX, peers.jax_scan, stacks),
        (OURS, ours.stack, stacks),
    ]
    return [Contender(f"{name}, GPU", make, taken, "cuda") for name, make, taken in makers]
