"""The name of a run: a hash of all that determines its numbers, in one canonical form.

Every value is in it, also those at their defaults, so that a changed default gives another run. Options that
don't apply aren't there: each component has only its own. What isn't a setting but changes numbers all the
same has a version here or in its data set: raise it when equal settings would give other numbers.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from repro.experiment import components

if TYPE_CHECKING:
    from repro.experiment.settings import Experiment

PROTOCOL = 2
"""Of training: raise it when equal settings give other weights. 1 is mapped by `repro.experiment.legacy`."""
LATER: dict[str, Any] = {
    "valid_every": None,
    "n_train": None,
    "pretraining": "none",
    "baseline": "none",
    "bias_std": 0.0,
    "monitor.mechanisms": False,
    "monitor.densities": False,
}
"""Settings that came after the first runs, at what those did: there they are no part of the name."""
MONITOR = 1
"""Of what is measured: raise it when a quantity is added, dropped or computed otherwise.

What only `monitor.mechanisms` measures may grow without: who reads it says which quantity a run lacks.
"""


def versions(experiment: Experiment) -> dict[str, int]:
    """Of all that changes numbers without being a setting, as they are today."""
    dataset = components.load("dataset", experiment.dataset.name)
    return {"protocol": PROTOCOL, "monitor": MONITOR, "dataset": dataset.VERSION}  # type: ignore[attr-defined]


def canonical(experiment: Experiment, of: dict[str, int] | None = None) -> dict[str, Any]:
    """All that determines the numbers of a run, as JSON values; `of` other versions than today's."""
    return {**named(experiment), "versions": of or versions(experiment)}


def named(experiment: Experiment) -> dict[str, Any]:
    """The settings, without those of LATER that are as in the first runs."""
    values = experiment.to_dict()
    for key, first in LATER.items():
        *groups, name = key.split(".")
        group = values
        for part in groups:
            group = group[part]
        if group[name] == first:
            del group[name]
    return values


def run_id(experiment: Experiment, of: dict[str, int] | None = None) -> str:
    """`<readable part>-<hash>`."""
    text = json.dumps(canonical(experiment, of), sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return f"{readable(experiment)}-{digest}"


def readable(experiment: Experiment) -> str:
    """What most runs differ in, such as shapeset-tanh-standard-d5-lr0.01-u20000-s0."""
    if not experiment.network:
        name, n = experiment.baseline.name, experiment.n_train
        return f"{experiment.dataset.name}-{name}-n{n}-s{experiment.seed}"
    parts = (
        experiment.dataset.name,
        experiment.activation.name,
        experiment.init.name,
        f"d{experiment.depth}",
        f"lr{experiment.lr:g}",
        f"u{experiment.updates}",
        f"s{experiment.seed}",
    )
    return "-".join(parts)
