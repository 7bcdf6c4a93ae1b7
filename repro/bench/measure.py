"""Timing: contenders in turn, and the parts that surround an update."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import torch
from rich.console import Console

from repro import monitor
from repro.bench.contenders import Contender
from repro.bench.peers import BLOCK, CLASSES, FEATURES, SIZES
from repro.data.shapeset.author import AuthorStream
from repro.data.shapeset.stream import Shapeset
from repro.data.source import load
from repro.experiment.machine import pin
from repro.experiment.settings import Experiment
from repro.monitor.schedule import Event, events
from repro.network.stack import Stack

Rates = dict[str, list[float]]
"""Contender → updates per second in each round, of all its networks and processes together."""


def updates_per_second(
    contenders: list[Contender], rounds: int, seconds: float, console: Console
) -> tuple[Rates, dict[str, str]]:
    """Rates of those that can run here, and why the others can't."""
    teams, missing = {}, {}
    for contender in contenders:
        with console.status(f"starting {contender.name}"):
            team = [_start(contender, index) for index in range(contender.processes)]
            replies = [connection.recv() for connection in team]
        if replies[0] == "ready":
            teams[contender.name] = (contender, team)
        else:
            missing[contender.name] = replies[0]
    rates: Rates = {name: [] for name in teams}
    for number in range(rounds):
        for name, (contender, team) in teams.items():
            with console.status(f"round {number + 1} of {rounds}: {name}"):
                for connection in team:
                    connection.send(seconds)
                rates[name].append(contender.networks * sum(connection.recv() for connection in team))
    _leave(connection for _, team in teams.values() for connection in team)
    return rates, missing


def _leave(connections: Iterable[Connection]) -> None:
    """Send the contenders home and wait until they are gone: what is measured next wants the machine."""
    for connection in connections:
        connection.send(None)
    for process in multiprocessing.active_children():
        process.join()


def _start(contender: Contender, index: int) -> Connection:
    """A process of the contender, pinned to its own cores; it answers "ready" or what is missing."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    os.environ.update(contender.environment)
    context.Process(target=_work, args=(theirs, contender, index), daemon=True).start()
    for name, _ in contender.environment:
        del os.environ[name]
    return ours


def _work(connection: Connection, contender: Contender, index: int) -> None:
    pin(index * contender.threads, contender.threads)
    torch.set_num_threads(contender.threads)
    try:
        run = contender.make(contender.device)
        run(2 * BLOCK)  # compiles, warms up
    except Exception as error:
        connection.send(f"{type(error).__name__}: {str(error).splitlines()[0]}")
        return
    connection.send("ready")
    while (seconds := connection.recv()) is not None:
        begun, updates = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            run(BLOCK)
            updates += BLOCK
        if contender.device == "cuda":
            torch.cuda.synchronize()
        connection.send(updates / (time.perf_counter() - begun))


def spread(values: list[float]) -> dict[str, float]:
    """Median and range."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratios(rates: Rates, references: dict[str, str]) -> dict[str, float]:
    """Median over the rounds of each contender's rate over its reference's in the same round."""
    pairs = {name: rates.get(references[name], []) for name in rates}
    return {
        name: statistics.median(mine / theirs for mine, theirs in zip(rates[name], reference, strict=True))
        for name, reference in pairs.items()
        if reference
    }


def images_per_second(rounds: int) -> dict[str, dict[str, float]]:
    """Both Shapeset generators on one thread."""
    author, ours = AuthorStream(0), Shapeset(0)
    makers: dict[str, tuple[int, Callable[[int], object]]] = {
        "Shapeset, any example (torch)": (32_768, lambda n: ours.examples(0, n)),
        "Shapeset, original stream (numpy)": (4_096, author.take),
    }
    values: Rates = {name: [] for name in makers}
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
    source, blocks = load(Experiment()), 100
    source.batches(0, BLOCK)
    seconds = _seconds(lambda: [source.batches(BLOCK * (1 + k), BLOCK) for k in range(blocks)]) / (
        blocks * BLOCK
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
    weights = sum(fan_in * fan_out for fan_in, fan_out in pairwise(SIZES))
    bound = bandwidth / (3 * 4 * weights)
    shares = {name: statistics.median(values) / bound for name, values in rates.items() if "GPU" in name}
    return {
        "copy_gigabytes_per_second": bandwidth / 1e9,
        "bound_updates_per_second": bound,
        "share_of_bound": shares,
    }


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
