"""Timing: contenders in turn, and the parts that surround an update."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import torch
from rich.console import Console

from repro import monitor
from repro.bench.contenders import IDIOMATIC, JAX, Contender
from repro.bench.limits import Limits, bound
from repro.bench.tasks import CLASSES, FEATURES, PAPER, Task
from repro.data.shapeset.author import AuthorStream
from repro.data.shapeset.stream import Shapeset
from repro.data.source import load
from repro.experiment.machine import pin
from repro.experiment.settings import Experiment
from repro.monitor.schedule import Event, events
from repro.network.stack import Stack

Key = tuple[str, int, Task]
"""Contender, cores and task."""
Rates = dict[Key, list[float]]
"""Updates per second in each round, of all networks and processes together."""


def updates_per_second(
    contenders: list[Contender], rounds: int, seconds: float, console: Console
) -> tuple[Rates, dict[str, str]]:
    """Rates at each task, one task after the other, and which contenders can't run here and why."""
    teams = [(c, [_start(c, index) for index in range(c.processes)]) for c in contenders]
    rates: Rates = {}
    missing: dict[str, str] = {}
    for task in dict.fromkeys(task for c in contenders for task in c.tasks):
        ready = []
        for contender, team in teams:
            if task in contender.tasks:
                with console.status(f"{contender.name} gets ready for {task}"):
                    _send(team, task)
                    replies = [connection.recv() for connection in team]
                if replies[0] == "ready":
                    ready.append(
                        (contender, team, rates.setdefault((contender.name, contender.cores, task), []))
                    )
                else:
                    missing[f"{contender.name}, {contender.cores} cores"] = replies[0]
        for _ in range(rounds):
            for contender, team, found in ready:
                with console.status(f"{contender.name}: {task}"):
                    _send(team, seconds)
                    found.append(task.networks * sum(connection.recv() for connection in team))
        for _, team, _ in ready:
            _send(team, None)
    for _, team in teams:
        _send(team, None)
    for process in multiprocessing.active_children():
        process.join()  # what is measured next wants the machine
    return rates, missing


def _send(team: list[Connection], what: object) -> None:
    for connection in team:
        connection.send(what)


def _start(contender: Contender, index: int) -> Connection:
    """A process of the contender, pinned to its own cores."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    os.environ.update(contender.environment)
    context.Process(target=_work, args=(theirs, contender, index), daemon=True).start()
    for name, _ in contender.environment:
        del os.environ[name]
    return ours


def _work(connection: Connection, contender: Contender, index: int) -> None:
    """For each task that comes: "ready" or what is missing, then updates per second for so many seconds."""
    pin(index * contender.threads, contender.threads)
    while (task := connection.recv()) is not None:
        torch.set_num_threads(contender.threads)
        try:
            run = contender.make(task, contender.device)
            run(2)  # compiles, warms up
        except Exception as error:
            connection.send(f"{type(error).__name__}: {str(error).splitlines()[0]}")
            continue
        connection.send("ready")
        while (seconds := connection.recv()) is not None:
            begun, blocks = time.perf_counter(), 0
            while time.perf_counter() - begun < seconds:
                run(1)
                blocks += 1
            if contender.device == "cuda":
                torch.cuda.synchronize()
            connection.send(blocks * task.block / (time.perf_counter() - begun))


def rows(rates: Rates, limits: dict[int, Limits | None]) -> list[dict[str, Any]]:
    """One per contender, cores and task: spread of the rates, ratios to both references, share of the bound.

    Ratios are medians over the rounds, of rates on as many cores at the same task in the same round.
    """
    found = []
    for (name, cores, task), values in rates.items():
        row: dict[str, Any] = {"contender": name, "cores": cores, **asdict(task), **spread(values)}
        for key, other in (("to_idiomatic", IDIOMATIC), ("to_jax", JAX)):
            reference = rates.get((other, cores, task))
            pairs = zip(values, reference, strict=True) if reference else None
            row[key] = pairs and statistics.median(mine / theirs for mine, theirs in pairs)
        if (limit := limits.get(cores)) and "GPU" not in name:
            row.update(bound(task, limit, cores))
            row["share"] = row["median"] / row["bound"]
        found.append(row)
    return found


def spread(values: list[float]) -> dict[str, float]:
    """Median and range."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def images_per_second(rounds: int) -> dict[str, dict[str, float]]:
    """Both Shapeset generators on one thread."""
    author, ours = AuthorStream(0), Shapeset(0)
    makers: dict[str, tuple[int, Callable[[int], object]]] = {
        "Shapeset, any example (torch)": (32_768, lambda n: ours.examples(0, n)),
        "Shapeset, original stream (numpy)": (4_096, author.take),
    }
    values: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(rounds):
        for name, (count, make) in makers.items():
            values[name].append(count / _seconds(partial(make, count)))
    return {name: spread(v) for name, v in values.items()}


def monitoring(update_seconds: float) -> dict[str, float]:
    """Cost of measuring a network of the paper's size, and its share of a run at the paper's schedule."""
    experiment = Experiment()
    source = load(experiment)
    network = Stack.initialize([experiment], FEATURES, CLASSES)
    x = source.inputs(source.test.pixels[: experiment.monitor.examples])
    y = source.test.labels[: experiment.monitor.examples]

    def measure(event: Event) -> None:
        monitor.measure(network.trace(x, y), experiment.monitor.batch, event)

    kinds = Event(), Event(1), Event(experiment.monitor.jacobian_examples, histograms=True)
    plain, singular, full = (min(_seconds(partial(measure, kind)) for _ in range(3)) for kind in kinds)
    epochs = 100
    updates = epochs * experiment.monitor.every
    count = len(events(updates, experiment.monitor.every, experiment.monitor.early))
    early = count - (epochs + 1)
    share = (early * plain + (epochs - 1) * singular + 2 * full) / (updates * update_seconds)
    return {
        "plain_seconds": plain,
        "singular_seconds": singular,
        "full_seconds": full,
        "events": count,
        "updates": updates,
        "share_of_run": share,
    }


def batches(update_seconds: float) -> dict[str, float]:
    """Time of a mini-batch of Shapeset, generated and converted, beside that of an update."""
    source, blocks, block = load(Experiment()), 100, PAPER.block
    source.batches(0, block)
    seconds = _seconds(lambda: [source.batches(block * (1 + k), block) for k in range(blocks)]) / (
        blocks * block
    )
    return {"seconds": seconds, "share_of_update": seconds / update_seconds}


def gpu(rates: Rates) -> dict[str, Any]:
    """Copy bandwidth, and what share of the bound that it sets the stacks reach.

    An update of a network must at least read its weights twice and write them once: 3 x 4 bytes each.
    """
    size = 2**28
    source, target = (torch.empty(size, dtype=torch.float32, device="cuda") for _ in range(2))

    def copy() -> None:
        target.copy_(source)
        torch.cuda.synchronize()

    seconds = min(_seconds(copy) for _ in range(10))
    bandwidth = 2 * 4 * size / seconds
    limit = bandwidth / (3 * 4 * PAPER.weights)
    shares = {f"{name}, {task.networks} networks": statistics.median(values) / limit
              for (name, _, task), values in rates.items() if "GPU" in name}  # fmt: skip
    return {
        "copy_gigabytes_per_second": bandwidth / 1e9,
        "bound_updates_per_second": limit,
        "share_of_bound": shares,
    }


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
