"""The machine's limits, measured: multiply-adds from registers, and memory at every size of a working set.

They bound any program that trains: an update has so many operations (`Task.flops`), and has to read each
weight in the forward pass and to read and write it when it is updated.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch

from repro.bench.tasks import Task
from repro.training import kernel

SIZES = tuple(2**power for power in (14, 17, 19, 21, 23, 24, 25, 27))
"""Bytes of the working set of one thread: from the first cache to memory."""

Limits = dict[str, Any]
"""float32 operations per second (`flops`), and at each of SIZES bytes per second: `read`, `update`."""


def measure(threads: int, seconds: float = 0.05) -> Limits | None:
    """Of so many threads together; None without the compiled kernel. An update's bytes count twice."""
    library = kernel.library()
    if library is None:
        return None
    library.multiply_add.restype, library.read_floats.restype = ctypes.c_double, ctypes.c_float
    out, loops = torch.zeros(threads, 64), 20_000

    def flops(t: int) -> float:
        return loops * float(
            library.multiply_add(ctypes.c_ssize_t(loops), ctypes.c_void_p(out[t].data_ptr()))
        )

    with ThreadPoolExecutor(threads) as pool:
        found: Limits = {"flops": _rate(pool, threads, flops, seconds)}
        for name, function, factor in (
            ("read", library.read_floats, 4),
            ("update", library.update_floats, 8),
        ):
            found[name] = []
            for size in SIZES:
                data = torch.ones(threads, size // 4)
                times = max(1, 2**25 // size)

                def move(t: int, function: Any = function, data: Any = data, times: int = times,
                         factor: int = factor) -> float:  # fmt: skip
                    n = data.shape[1]
                    function(
                        ctypes.c_void_p(data[t].data_ptr()), ctypes.c_ssize_t(n), ctypes.c_ssize_t(times)
                    )
                    return float(times * factor * n)

                found[name].append(_rate(pool, threads, move, seconds))
    return found


def _rate(pool: ThreadPoolExecutor, threads: int, work: Callable[[int], float], seconds: float) -> float:
    """The best of several times: work of all threads over the time that it takes."""
    best, begun = 0.0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        done = sum(pool.map(work, range(threads)))
        best = max(best, done / (time.perf_counter() - start))
    return best


def bound(task: Task, limits: Limits, threads: int) -> dict[str, Any]:
    """Updates per second, of all networks together, that the machine allows, and what limits them.

    With fewer networks than threads, each thread holds its share of the weights, otherwise a network.
    """
    size = 4 * task.weights * min(1.0, task.networks / threads)
    at = min(range(len(SIZES)), key=lambda i: abs(math.log(SIZES[i] / size)))
    compute = limits["flops"] / task.flops
    memory = 1 / (4 * task.weights / limits["read"][at] + 8 * task.weights / limits["update"][at])
    return {"bound": min(compute, memory), "binds": "compute" if compute < memory else "memory"}
