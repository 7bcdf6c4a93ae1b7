"""One experiment as a value: what is trained, for how long, what is measured, and the name of its run.

An `Experiment` holds everything that determines the numbers of a run and nothing else; a `Machine` holds
where and how it is computed. Keys, units and sources are commented in `conf/config.yaml`.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROTOCOL = 1  # raise it when the same configuration would give other numbers: old runs are then made anew

ACTIVATIONS = ("sigmoid", "tanh", "softsign")
INITS = ("standard", "normalized", "normalized_hidden")
COSTS = ("nll", "quadratic")
DATASETS = (
    "shapeset",
    "shapeset_one_object",
    "shapeset_author",
    "mnist",
    "fashion_mnist",
    "cifar10",
    "cifar10_holdout",
    "small_imagenet",
)
DEVICES = ("auto", "cpu", "cuda")


class ConfigError(ValueError):
    """A setting that can't be used; the message names its key and what is allowed. Exit code 2."""


@dataclass(frozen=True)
class Dataset:
    """Where examples come from; grey level 0 becomes the input `low`, 255 becomes `high`."""

    name: str = "shapeset"
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _choice("dataset.name", self.name, DATASETS)
        _require("dataset.high", self.high, self.high > self.low, f"a number above dataset.low = {self.low}")


@dataclass(frozen=True)
class Monitor:
    """What is measured during training, and when; see `repro.monitor`."""

    examples: int = 300
    batch: int = 10
    every: int = 20_000
    early: bool = True
    jacobian_examples: int = 3

    def __post_init__(self) -> None:
        _require("monitor.examples", self.examples, self.examples >= 1, "a whole number, at least 1")
        _require(
            "monitor.batch",
            self.batch,
            1 <= self.batch <= self.examples and self.examples % self.batch == 0,
            f"a divisor of monitor.examples = {self.examples}",
        )
        _require("monitor.every", self.every, self.every >= 1, "a number of updates, at least 1")
        _require(
            "monitor.jacobian_examples",
            self.jacobian_examples,
            0 <= self.jacobian_examples <= self.examples,
            "from 0 to monitor.examples",
        )


Options = tuple[tuple[str, Any], ...]
"""Keyword arguments as sorted pairs, which can be hashed."""


@dataclass(frozen=True)
class Optimizer:
    """How gradients change the weights: the paper's plain SGD, or a class of `torch.optim` with options."""

    name: str = "sgd"
    options: Options = ()

    def __post_init__(self) -> None:
        _require(
            "optimizer.name", self.name, self.name.isidentifier(), "sgd, or the name of a torch optimizer"
        )
        plain = self.name == "sgd"
        _require("optimizer.options", dict(self.options), not (plain and self.options), "none: sgd is plain")


@dataclass(frozen=True)
class Experiment:
    """Everything that determines the numbers of one run: one network, one configuration."""

    dataset: Dataset = field(default_factory=Dataset)
    activation: str = "tanh"
    init: str = "standard"
    init_scale: float = 1.3
    depth: int = 5
    width: int | tuple[int, ...] = 1000
    cost: str = "nll"
    optimizer: Optimizer = field(default_factory=Optimizer)
    lr: float = 0.01
    batch_size: int = 10
    updates: int = 20_000
    seed: int = 0
    data_seed: int | None = None
    n_valid: int = 10_000
    n_test: int = 10_000
    curve_every: int = 5_000
    monitor: Monitor = field(default_factory=Monitor)

    def __post_init__(self) -> None:
        _choice("activation", self.activation, ACTIVATIONS)
        _choice("init", self.init, INITS)
        _require(
            "init_scale",
            self.init_scale,
            math.isfinite(self.init_scale) and self.init_scale > 0,
            "a finite number above 0",
        )
        _choice("cost", self.cost, COSTS)
        _require("depth", self.depth, self.depth >= 1, "a number of hidden layers, at least 1")
        _require("width", self.width, min(self.widths, default=0) >= 1, "at least 1 unit in each layer")
        _require(
            "width",
            self.width,
            len(self.widths) == self.depth,
            f"one number, or depth = {self.depth} numbers",
        )
        _require("lr", self.lr, math.isfinite(self.lr) and self.lr >= 0, "a finite number, not negative")
        _require("updates", self.updates, self.updates >= 0, "a whole number, not negative")
        for key in ("seed", "data_seed"):
            seed = getattr(self, key)
            _require(key, seed, seed is None or 0 <= seed < 2**31, "from 0 to 2147483647")
        for key in ("batch_size", "n_valid", "n_test", "curve_every"):
            _require(key, getattr(self, key), getattr(self, key) >= 1, "a whole number, at least 1")
        _require(
            "monitor.examples",
            self.monitor.examples,
            self.monitor.examples <= self.n_test,
            f"at most n_test = {self.n_test}, from which they are taken",
        )
        if self.data_seed is None:
            object.__setattr__(self, "data_seed", self.seed)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer, first layer first."""
        return (self.width,) * self.depth if isinstance(self.width, int) else self.width

    @property
    def run_id(self) -> str:
        """Folder name of the run: a readable part, then a hash of all that determines the numbers.

        The hash covers what differs from the defaults above, so that a new key leaves old runs valid.
        """
        identity = {"protocol": PROTOCOL, **_differences(self, Experiment())}
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:8]
        slug = (
            self.dataset.name,
            self.activation,
            self.init,
            f"d{self.depth}",
            f"lr{self.lr:g}",
            f"u{self.updates}",
            f"s{self.seed}",
            digest,
        )
        return "-".join(slug)

    def stack_key(self) -> tuple[object, ...]:
        """Equal for experiments that can train as one stack: activation, init, lr and seed may differ."""
        own = {"activation", "init", "init_scale", "lr", "seed"}
        return tuple(getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in own)

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, as written to a run's `config.yaml`."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain


@dataclass(frozen=True)
class Machine:
    """Where a run is computed; never part of its identity."""

    device: str = "auto"
    threads: int = 0
    workers: int = 0
    tf32: bool = False
    runs: str = "runs"
    data: str = "datasets"

    def __post_init__(self) -> None:
        _choice("machine.device", self.device, DEVICES)
        _require("machine.threads", self.threads, self.threads >= 0, "a whole number (0: automatic)")
        _require("machine.workers", self.workers, self.workers >= 0, "a whole number (0: automatic)")
        for key in ("runs", "data"):
            path = getattr(self, key)
            _require(f"machine.{key}", path, bool(path), "the path of a folder")


T = typing.TypeVar("T")


def parse(cls: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """Build the dataclass `cls` from plain values, checking keys and types.

    Raises ConfigError for an unknown key, a wrong type or a value that isn't allowed.
    """
    hints = typing.get_type_hints(cls)
    for key in values:
        if key not in hints:
            raise ConfigError(unknown_key(prefix + str(key), [prefix + name for name in hints]))
    return cls(**{key: _typed(hints[key], value, prefix + key) for key, value in values.items()})


def unknown_key(key: str, known: list[str]) -> str:
    """The message for a key that doesn't exist, with the nearest ones that do."""
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key {key}{hint} (keys: {', '.join(known)})"


def _typed(hint: Any, value: Any, key: str) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{key} = {value!r}: expected keys below it, such as {key}.<name>")
        return parse(typing.cast(type, hint), value, key + ".")
    if hint == Options and isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else value
        return tuple(sorted((str(name), tuple(v) if isinstance(v, list) else v) for name, v in pairs))
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if option is type(value):
            return value
        if option is float and type(value) is int:
            return float(value)
        if typing.get_origin(option) is tuple and isinstance(value, list | tuple):
            return tuple(_typed(int, item, key) for item in value)
    names = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}
    names[types.NoneType] = "null"
    wanted = " or ".join(names.get(option, "a list of whole numbers") for option in options)
    raise ConfigError(f"{key} = {value!r}: expected {wanted}")


def _choice(key: str, value: str, allowed: tuple[str, ...]) -> None:
    _require(key, value, value in allowed, "one of " + ", ".join(allowed))


def _require(key: str, value: object, holds: bool, allowed: str) -> None:
    if not holds:
        raise ConfigError(f"{key} = {value}: expected {allowed}")


def _differences(value: Any, default: Any) -> dict[str, Any]:
    """Nested dictionary of the fields of `value` that differ from `default`."""
    changed: dict[str, Any] = {}
    for f in dataclasses.fields(value):
        mine, theirs = getattr(value, f.name), getattr(default, f.name)
        if mine != theirs:
            changed[f.name] = _differences(mine, theirs) if dataclasses.is_dataclass(mine) else mine
    return changed
