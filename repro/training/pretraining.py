"""Pre-training: a phase before training, layer by layer, with a checkpoint of its own.

Layer i makes updates (i - 1)·n to i·n - 1 of the training stream's mini-batches, where n is the length of a
layer's phase; training then begins at the stream's first one, as without this phase.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from repro.data.source import Source
from repro.network.pretraining import Learner, Pretraining
from repro.network.start import Weights
from repro.runs.folder import PRETRAINING_COLUMNS, Run
from repro.training import checkpoint

BLOCK = 50
"""Updates for which the layers below are computed at once. Blocks end at its multiples, also after a stop."""
POINTS = 10
"""How often the cost of a layer is recorded."""
SECONDS = 60.0
SHOWN = 300
"""Test examples of test_cost."""


@dataclass
class Phase:
    """How far it is; goes into its checkpoint."""

    layer: int = 1
    update: int = 0  # of this layer's
    rows: list[tuple[int, int, float, float]] = field(default_factory=list)
    pictures: dict[str, Tensor] = field(default_factory=dict)
    cost: float = 0.0  # summed since the last row


def pretrained(
    run: Run, weights: Weights, source: Source, check: Callable[[], None] = lambda: None
) -> Weights:
    """The weights after pre-training, which changes those given; goes on where it was stopped.

    check: called before anything is written; what it raises ends the phase. Raises ConfigError for a damaged
    checkpoint, and for a network that can't be pre-trained.
    """
    experiment = run.experiment
    pretraining: Pretraining = experiment.pretraining.make()
    length = pretraining.length(experiment)
    if not length:
        return weights
    device = source.test.pixels.device
    W, b = ([part.to(device) for part in parts] for parts in (weights.W, weights.b))
    phase, state = _restore(run)
    if state:
        for mine, saved in zip(W + b, state["W"] + state["b"], strict=True):
            mine.copy_(saved)
    activation = experiment.activation.make()

    def below(layer: int, x: Tensor) -> Tensor:
        """The input of a layer, from that of the network."""
        for i in range(layer - 1):
            x = activation.f(torch.addmm(b[i], x, W[i].T))
        return x

    test = source.inputs(source.test.pixels[:SHOWN])
    while phase.layer <= experiment.depth:
        i = phase.layer
        learner = pretraining.learner(i, W[i - 1], b[i - 1], experiment)
        if state and phase.update:
            learner.load(state["learner"])
        state = None
        z_test = below(i, test)
        saved = time.monotonic()
        while phase.update < length:
            count = min(BLOCK, length - phase.update)
            first = (i - 1) * length + phase.update
            x = source.batches(first, count)[0]
            z = below(i, x.flatten(0, 1)).unflatten(0, x.shape[:2])
            phase.cost += float(learner.updates(first, z).double().sum())
            _advance(phase, count, length, learner, z_test)
            if time.monotonic() - saved > SECONDS:
                check()
                _save(run, phase, W, b, learner)
                saved = time.monotonic()
        phase.pictures |= {f"{name}/{i}": p.cpu().clone() for name, p in learner.picture(z_test).items()}
        phase.layer, phase.update = i + 1, 0
        check()
        _save(run, phase, W, b, learner)
    return Weights([w.cpu() for w in W], [v.cpu() for v in b])


def _advance(phase: Phase, count: int, length: int, learner: Learner, test: Tensor) -> None:
    """Count updates, with a row where one is due."""
    before, phase.update = phase.update, phase.update + count
    every = max(BLOCK, length // POINTS // BLOCK * BLOCK)
    if phase.update // every > before // every or phase.update == length:
        since = phase.update - (phase.rows[-1][1] if phase.rows and phase.rows[-1][0] == phase.layer else 0)
        # train_cost: averaged since the row before, with noise; test_cost: without
        phase.rows.append((phase.layer, phase.update, phase.cost / since, learner.test_cost(test)))
        phase.cost = 0.0


def _restore(run: Run) -> tuple[Phase, dict[str, Any] | None]:
    path = _file(run)
    if not path.exists():
        return Phase(), None
    with checkpoint.named(path):
        content = checkpoint.read(path)
        return Phase(**content.pop("phase")), content


def _save(run: Run, phase: Phase, W: list[Tensor], b: list[Tensor], learner: Learner) -> None:
    content = {
        "phase": vars(phase),
        "W": [part.cpu() for part in W],
        "b": [part.cpu() for part in b],
        "learner": learner.state(),
    }
    checkpoint.write(_file(run), content)
    run.write_table("pretraining", PRETRAINING_COLUMNS, phase.rows)
    run.write_arrays("pretraining", {name: array.numpy() for name, array in phase.pictures.items()})


def forget(run: Run) -> None:
    """Remove the phase's checkpoint, which a run that has one of its own needs no more."""
    _file(run).unlink(missing_ok=True)


def _file(run: Run) -> Any:
    return run.path / "pretraining.pt"
