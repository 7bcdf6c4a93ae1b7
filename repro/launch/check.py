"""All that can be known to be wrong before work begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from repro.data import sets
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.runs import Run


def check(experiments: Sequence[Experiment], machine: Machine, here: bool = True) -> list[Experiment]:
    """The experiments with their data identified, each once. Raises ConfigError; nothing is written.

    Refused are a GPU that isn't there (unless the work is done elsewhere: not `here`), optimizers and options
    that torch doesn't have, and runs to make whose data aren't there.
    """
    root, data = Path(machine.runs), Path(machine.data)
    identified = list(dict.fromkeys(sets.identified(experiment, data) for experiment in experiments))
    todo = [experiment for experiment in identified if not Run.find(root, experiment).complete]
    if here and todo and machine.device == "cuda":
        from repro.training.trainer import find_device

        find_device(machine.device)
    if of_torch := [e for e in todo if not (e.optimizer.plain or e.optimizer.second_order)]:
        from repro.training.autograd import try_out

        for experiment in of_torch:
            try_out(experiment.optimizer, experiment.lr_factors is None)
    for name, n_valid, n_test in dict.fromkeys((e.dataset.name, e.n_valid, e.n_test) for e in todo):
        if lacking := sets.of(name).missing(data, n_valid, n_test):
            raise ConfigError(f"dataset = {name}: {lacking}")
    return identified
