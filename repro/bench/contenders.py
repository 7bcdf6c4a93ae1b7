"""Who takes part, each in processes of its own with cores of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from repro.bench import ours, peers
from repro.bench.peers import Run
from repro.experiment.machine import cores


@dataclass(frozen=True)
class Contender:
    """One way to train. It gets `threads` cores for each of its `processes`.

    reference: the contender that it is compared with. networks: trained at once in each process.
    """

    name: str
    make: Callable[[str], Run]
    device: str = "cpu"
    threads: int = 1
    processes: int = 1
    networks: int = 1
    reference: str = ""
    environment: tuple[tuple[str, str], ...] = ()


TORCH_PRODUCTS = (("REPRO_KERNEL", "torch"),)


def contenders() -> list[Contender]:
    """Those for this machine: one and all cores, and a GPU if there is one."""
    available = cores()
    chosen = [contender for threads in dict.fromkeys((1, available)) for contender in _on_cpu(threads)]
    if available > 1:
        reference = f"idiomatic PyTorch, {_threads(available)}"
        one_each = partial(ours.stack, networks=1)
        chosen.append(Contender(f"ours, {available} processes", one_each, "cpu", 1, available, 1, reference))
    return chosen + (_on_gpu() if torch.cuda.is_available() else [])


def _on_cpu(threads: int) -> list[Contender]:
    suffix = _threads(threads)
    reference = f"idiomatic PyTorch, {suffix}"
    plain = partial(ours.stack, networks=1)
    makers: list[tuple[str, Callable[[str], Run]]] = [
        ("idiomatic PyTorch", peers.idiomatic),
        ("torch.compile", partial(peers.idiomatic, compiled=True)),
        ("JAX jit + scan", peers.jax_scan),
        ("ours", plain),
    ]
    return [
        *(Contender(f"{name}, {suffix}", make, "cpu", threads, 1, 1, reference) for name, make in makers),
        Contender(
            f"ours, torch's products, {suffix}", plain, "cpu", threads, 1, 1, reference, TORCH_PRODUCTS
        ),
        Contender(
            f"ours, stack of 4, {suffix}", partial(ours.stack, networks=4), "cpu", threads, 1, 4, reference
        ),
    ]


def _on_gpu() -> list[Contender]:
    reference = "idiomatic PyTorch, GPU"
    return [
        Contender(reference, peers.idiomatic, "cuda", 1, 1, 1, reference),
        *(
            Contender(f"ours, stack of {n}, GPU", partial(ours.stack, networks=n), "cuda", 1, 1, n, reference)
            for n in (1, 20, 40)
        ),
    ]


def _threads(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"
