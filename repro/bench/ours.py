"""This project's training, in the forms that the orchestrator chooses from."""

from __future__ import annotations

import os

import torch

from repro.bench.peers import Run, batches
from repro.bench.tasks import CLASSES, FEATURES, Task
from repro.experiment.settings import Experiment
from repro.network.start import start
from repro.training import kernel
from repro.training.engine import engine_for


def stack(task: Task, device: str) -> Run:
    """Blocks of updates of a stack, with as many threads as torch has been given.

    Raises ImportError if the compiled kernel was not built, unless REPRO_KERNEL=torch does without it.
    """
    if device == "cpu" and not kernel.available() and "REPRO_KERNEL" not in os.environ:
        raise ImportError(kernel.status())
    settings = {"width": task.width, "depth": task.depth, "batch_size": task.batch, "data_seed": 0}
    experiments = [Experiment(seed=seed, **settings) for seed in range(task.networks)]  # type: ignore[arg-type]
    x, y = batches(task, device)
    weights = (start(experiment, FEATURES, CLASSES) for experiment in experiments)
    engine = engine_for(experiments, weights, torch.device(device), torch.get_num_threads(), task.block)
    if kernel.available():
        torch.set_num_threads(1)  # as in training

    @torch.no_grad()
    def run(blocks: int) -> None:
        for _ in range(blocks):
            engine.updates(0, x, y)

    return run
