"""The command line that makes one run."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from repro.experiment.components import Component
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment, Optimizer

PLAIN = re.compile(r"[A-Za-z_/][\w/.-]*", re.ASCII)
NOT_TEXT = {"null", "true", "false", "inf", "nan"}


def command(experiment: Experiment, machine: Machine | None = None) -> str:
    """`python -m repro ...`, ready for a shell: what isn't at its default, of `machine` too."""
    default = Experiment(valid_every=20_000)  # as in conf/scale/quick.yaml
    words: list[str] = []
    for f in fields(Experiment):
        words += _words(f.name, getattr(experiment, f.name), getattr(default, f.name))
    if machine:
        usual = Machine(data=os.environ.get("REPRO_DATA") or Machine.data)  # as in conf/config.yaml
        words += _changes("machine", asdict(machine), asdict(usual))
    return " ".join(["python -m repro", *map(shlex.quote, words)])


def _words(key: str, value: Any, default: Any) -> Iterator[str]:
    """Of one field of an experiment: first the name of a part, then those of its options that differ."""
    if isinstance(value, Component):
        if value.name != default.name:
            yield f"{key}={value.name}"
        yield from _changes(key, dict(value.options), dict(type(value)(value.name).options))
    elif isinstance(value, Optimizer):
        if value.name != default.name:
            yield f"{key}.name={written(value.name)}"
        yield from _changes(f"++{key}.options", dict(value.options), {})  # conf/ can't list torch's
    elif isinstance(value, Dataset):
        if value.name != default.name:
            yield f"{key}={value.name}"
        yield from _changes(key, {"low": value.low, "high": value.high}, asdict(default))
        yield from _changes(f"++{key}", {"content": value.content}, asdict(default))
    elif is_dataclass(value):
        yield from _changes(key, vars(value), vars(default))
    elif value != default:
        yield f"{key}={written(value)}"


def _changes(key: str, values: dict[str, Any], defaults: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name not in defaults or value != defaults[name]:
            yield f"{key}.{name}={written(value)}"


def written(value: Any) -> str:
    """A value in Hydra's grammar; text in quotes, unless it is a plain word or path."""
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str) or (PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT):
        return str(value)
    escaped = re.sub(r'(\\*)("|\$\{|$)', lambda m: 2 * m[1] + (m[2] and "\\" + m[2]), value)
    return f'"{escaped}"'
