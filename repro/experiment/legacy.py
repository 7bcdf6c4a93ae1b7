"""Runs made before the identity covered every value (protocol 1): their settings, the names of their folders.

Such runs stay valid: they are found under their old names, completed and drawn. Their hash covered what
differed from the defaults of that time, which are frozen here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from repro.experiment.identity import named, readable
from repro.experiment.settings import Experiment
from repro.experiment.values import parse

_DEFAULTS: dict[str, Any] = {
    "dataset": {"name": "shapeset", "low": 0.0, "high": 1.0},
    "activation": "tanh",
    "init": "standard",
    "init_scale": 1.3,
    "depth": 5,
    "width": 1000,
    "cost": "nll",
    "optimizer": {"name": "sgd", "options": []},
    "lr": 0.01,
    "batch_size": 10,
    "updates": 20_000,
    "seed": 0,
    "data_seed": 0,
    "n_valid": 10_000,
    "n_test": 10_000,
    "curve_every": 5_000,
    "monitor": {"examples": 300, "batch": 10, "every": 20_000, "early": True, "jacobian_examples": 3},
}
_ACTIVATIONS = ("sigmoid", "tanh", "softsign")
_INITS = ("standard", "normalized", "normalized_hidden")
_SCALED = "normalized_hidden"  # the init that read init_scale


def experiment_of(values: Mapping[str, Any]) -> Experiment:
    """The experiment of an old `config.yaml`. Raises ConfigError for a key or a value that it can't have."""
    new = dict(values)
    scale = new.pop("init_scale", _DEFAULTS["init_scale"])
    if new.get("init") == _SCALED:
        new["init"] = {"name": _SCALED, "scale": scale}
    return parse(Experiment, new)


def run_ids(experiment: Experiment) -> Iterator[str]:
    """The names that a folder of this experiment may have had; none for what there wasn't then.

    Equal widths could be written in two ways.
    """
    if experiment.monitor.densities:
        return
    new = named(experiment)
    if experiment.monitor.mechanisms:
        return
    old = {key: new[key] for key in _DEFAULTS if key in new}
    later = {key: value for key, value in new.items() if key not in _DEFAULTS}
    if later != {"normalization": "none", "dropout": 0.0, "residual": False, "lr_factors": None}:
        return
    content = old["dataset"].pop("content")
    if content or experiment.activation.name not in _ACTIVATIONS or experiment.init.name not in _INITS:
        return
    old |= {"activation": experiment.activation.name, "init": experiment.init.name}
    old["init_scale"] = dict(experiment.init.options).get("scale", _DEFAULTS["init_scale"])
    old["data_seed"] = experiment.stream_seed
    old["optimizer"]["options"] = sorted(map(list, old["optimizer"]["options"].items()))
    for width in (old["width"], list(experiment.widths)):
        identity = {"protocol": 1, **_differences({**old, "width": width}, _DEFAULTS)}
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:8]
        yield f"{readable(experiment)}-{digest}"


def _differences(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    changed = {}
    for key, value in values.items():
        if value != defaults[key]:
            nested = isinstance(value, dict)
            changed[key] = _differences(value, defaults[key]) if nested else value
    return changed
