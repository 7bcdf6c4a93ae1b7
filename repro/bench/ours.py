"""This project's training, in the forms that the orchestrator chooses from."""

from __future__ import annotations

import os

import torch

from repro.bench.peers import BLOCK, CLASSES, FEATURES, LR, Run, batches
from repro.experiment.settings import Experiment
from repro.network.stack import Stack
from repro.training import kernel
from repro.training.fused import FusedSGD
from repro.training.graphed import accelerated


def stack(device: str, networks: int) -> Run:
    """The fused updates of a stack, with as many threads as torch has been given.

    Raises ImportError if the compiled kernel was not built, unless REPRO_KERNEL=torch does without it.
    """
    if device == "cpu" and not kernel.available() and "REPRO_KERNEL" not in os.environ:
        raise ImportError(kernel.status())
    experiments = [Experiment(seed=seed, data_seed=0) for seed in range(networks)]
    x, y = batches(device)
    networks_stack = Stack.initialize(experiments, FEATURES, CLASSES, device)
    sgd = FusedSGD(networks_stack, torch.full((networks,), LR, device=device), torch.get_num_threads())
    engine = accelerated(sgd, BLOCK)

    @torch.no_grad()
    def run(updates: int) -> None:
        for _ in range(updates // BLOCK):
            engine.updates(x, y)

    return run
