"""Parts of an experiment that are chosen by name: each is one file, found by its name, with its own options.

A kind of part is a package (`PACKAGES`); every public module in it holds one class, whose fields are the
options of the part with their defaults: `repro/network/activations/leaky_relu.py` is `activation=leaky_relu`
with the option `activation.negative_slope`. These files import torch, if at all, inside functions: naming
them is quick.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from repro.experiment.values import ConfigError, Options, choice, frozen, parse, plain

CONF = Path(__file__).resolve().parents[2] / "conf"
"""What to run: one folder for each group of settings."""
PACKAGES = {
    "activation": "repro.network.activations",
    "init": "repro.network.start",
    "normalization": "repro.network.normalizations",
    "pretraining": "repro.network.pretraining",
    "baseline": "repro.baselines",
    "dataset": "repro.data.sets",
}


@cache
def names(kind: str) -> tuple[str, ...]:
    """What can be chosen, in alphabetical order; nothing is imported but the package itself."""
    modules = pkgutil.iter_modules(import_module(PACKAGES[kind]).__path__)
    return tuple(sorted(module.name for module in modules if not module.name.startswith("_")))


@cache
def load(kind: str, name: str) -> type:
    """The class of a part. Raises ConfigError for a name that there isn't."""
    choice(kind, name, names(kind))
    module = import_module(f"{PACKAGES[kind]}.{name}")
    own = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
    if len(own) != 1:
        raise ConfigError(f"{module.__file__}: expected one class, found {len(own)}")
    return own[0]


@dataclass(frozen=True)
class Component:
    """A part by its name, with all of its options, also those at their defaults."""

    kind: ClassVar[str]
    name: str
    options: Options = ()

    def __post_init__(self) -> None:
        cls = load(self.kind, self.name)
        made: Any = parse(cls, dict(self.options), f"{self.kind}.")
        values = {f.name: frozen(getattr(made, f.name)) for f in _fields(cls)}
        object.__setattr__(self, "options", tuple(sorted(values.items())))

    @classmethod
    def from_plain(cls, value: Any, key: str = "") -> Component:
        """From a name, or a mapping with `name` and options. Raises ConfigError."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(value)
        if isinstance(value, Mapping) and isinstance(value.get("name"), str):
            options = {str(k): v for k, v in value.items() if k != "name"}
            return cls(value["name"], tuple(sorted(options.items())))
        raise ConfigError(f"{key or cls.kind} = {value!r}: expected one of {', '.join(names(cls.kind))}")

    def to_plain(self) -> Any:
        """What `from_plain` reads: a name, with options where there are some."""
        return {"name": self.name, **{k: plain(v) for k, v in self.options}} if self.options else self.name

    def make(self) -> Any:
        """The object that does the work, of the class in the part's file."""
        return load(self.kind, self.name)(**dict(self.options))

    def __str__(self) -> str:
        default = dict(type(self)(self.name).options)
        own = [f"{key}={value}" for key, value in self.options if value != default[key]]
        return self.name + (f"({', '.join(own)})" if own else "")


def _fields(cls: type) -> tuple[dataclasses.Field[Any], ...]:
    return tuple(f for f in dataclasses.fields(cls) if f.init)


class Activation(Component):
    kind = "activation"


class Init(Component):
    kind = "init"


class Normalization(Component):
    kind = "normalization"


class Pretraining(Component):
    kind = "pretraining"


class Baseline(Component):
    kind = "baseline"
