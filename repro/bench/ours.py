"""This project's training, in the forms that the orchestrator chooses from."""

from __future__ import annotations

import os

import torch

from repro.bench.peers import BLOCK, CLASSES, FEATURES, Run, batches
from repro.experiment.settings import Experiment
from repro.network.start import start
from repro.training import kernel
from repro.training.engine import engine_for


def stack(device: str, networks: int) -> Run:
    """The fused updates of a stack, with as many threads as torch has been given.

    Raises ImportError if the compiled kernel was not built, unless REPRO_KERNEL=torch does without it.
    """
    if device == "cpu" and not kernel.available() and "REPRO_KERNEL" not in os.environ:
        raise ImportError(kernel.status())
    experiments = [Experiment(seed=seed, data_seed=0) for seed in range(networks)]
    x, y = batches(device)
    weights = (start(experiment, FEATURES, CLASSES) for experiment in experiments)
    engine = engine_for(experiments, weights, torch.device(device), torch.get_num_threads(), BLOCK)

    @torch.no_grad()
    def run(updates: int) -> None:
        for _ in range(updates // BLOCK):
            engine.updates(0, x, y)

    return run
