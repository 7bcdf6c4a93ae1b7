"""Is a stack faster than its networks one by one? Measured where it is to be trained."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch

from repro.data.source import load
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment
from repro.network.start import start
from repro.training import kernel
from repro.training.engine import BLOCK, engine_for
from repro.training.trainer import find_device

FEATURES, CLASSES = 1024, 9
"""Of Shapeset; others are near enough for this."""
IMAGES = 2000
"""Enough to time how long they take to be made, tens of milliseconds."""


def pays(experiments: Sequence[Experiment], machine: Machine, threads: int) -> bool:
    """Whether to train them as a stack. On a GPU always; on a CPU, if that is faster here and now.

    Never where torch does the products: those of a stack may differ from those of one network in the last
    digits, and company must not change a result.
    """
    if find_device(machine.device).type == "cuda" or len(experiments) == 1:
        return True
    first = experiments[0]
    activations = tuple(experiment.activation for experiment in experiments)
    shape = first.widths, first.batch_size, first.cost
    alike = all(kernel.handles(first.batch_size, fan_in) for fan_in in first.widths)
    return alike and _gain(activations, shape, threads, _image_seconds(first.dataset, machine.data)) > 1


@cache
def _image_seconds(dataset: Dataset, data: str) -> float:
    """What an image for training takes to be made or read."""
    stream = load(Experiment(dataset=dataset, n_valid=300, n_test=300), root=Path(data)).train
    stream.examples(0, 1)
    begun = time.perf_counter()
    stream.examples(0, IMAGES)
    return (time.perf_counter() - begun) / IMAGES


@cache
def _gain(
    activations: tuple[object, ...], shape: tuple[object, ...], threads: int, image_seconds: float
) -> float:
    """How many times as fast networks of these activations and sizes are as a stack, which shares images."""
    widths, batch_size, cost = shape
    made = [
        Experiment(activation=a, depth=len(widths), width=widths, batch_size=batch_size, cost=cost, seed=r)  # type: ignore[arg-type]
        for r, a in enumerate(activations)
    ]
    images = BLOCK * made[0].batch_size * image_seconds
    return sum(images + _seconds([one], threads) for one in made) / (images + _seconds(made, threads))


def _seconds(experiments: list[Experiment], threads: int) -> float:
    """Of a block of updates, after one that warms up."""
    torch.set_num_threads(1)  # as training has it
    weights = (start(experiment, FEATURES, CLASSES) for experiment in experiments)
    engine = engine_for(experiments, weights, torch.device("cpu"), threads)
    x = torch.rand(BLOCK, experiments[0].batch_size, FEATURES)
    y = torch.zeros(x.shape[:2], dtype=torch.long)
    engine.updates(0, x, y)
    begun = time.perf_counter()
    engine.updates(0, x, y)
    return time.perf_counter() - begun
