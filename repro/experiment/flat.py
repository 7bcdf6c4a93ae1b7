"""An experiment as one flat row: its settings under the keys that the command line has for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from repro.experiment.components import PACKAGES
from repro.experiment.settings import Experiment

SEEDS = ("seed", "data_seed")
"""What tells repetitions of one setting apart."""
_NAMED = {*PACKAGES, "optimizer"}


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """All settings: `activation`, `init`, `init.scale`, `dataset`, `dataset.low`, `monitor.every` ...

    A part that is chosen by name is under its own key, with an entry for each of its options.
    """
    flat: dict[str, Any] = {}
    for key, value in experiment.to_dict().items():
        if not isinstance(value, dict):
            flat[key] = value
            continue
        if key in _NAMED:
            flat[key] = value.pop("name")
        for name, item in value.items():
            options = item.items() if isinstance(item, dict) else [("", item)]
            flat |= {f"{key}.{name}.{option}".rstrip("."): v for option, v in options}
    return flat


def varying(experiments: Iterable[Experiment]) -> list[str]:
    """Keys in which experiments differ; an option that only some of them have is one."""
    rows = [settings_of(experiment) for experiment in experiments]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [key for key in keys if len({text(row.get(key)) for row in rows}) > 1]


def label(experiment: Experiment, keys: Sequence[str]) -> str:
    """`activation=tanh lr=0.1`: these settings of one experiment, those that it has."""
    settings = settings_of(experiment)
    return " ".join(f"{key}={text(settings[key])}" for key in keys if key in settings)


def text(value: Any) -> str:
    """A value as one writes it: `[8,9]`, `null`, `true`."""
    if isinstance(value, list | tuple):
        return f"[{','.join(map(text, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
