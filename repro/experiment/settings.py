"""One experiment as a value: what is trained, for how long, what is measured.

An `Experiment` holds everything that determines the numbers of a run and nothing else. Keys, units, sources
are commented in `conf/config.yaml`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from typing import Any

from repro.experiment import components, identity
from repro.experiment.components import Activation, Baseline, Component, Init, Normalization, Pretraining
from repro.experiment.values import ConfigError, Options, choice, frozen, plain, require

COSTS = ("nll", "quadratic")
SECOND_ORDER = {"mu": 0.001, "decay": 0.01, "every": 10}
"""Options of the optimizers diagonal_hessian and gradient_variance."""
OF_A_BASELINE = ("dataset", "seed", "data_seed", "n_train", "n_valid", "n_test", "baseline")
"""What a baseline that isn't a network shares with networks; all else is at its default and of no effect."""


@dataclass(frozen=True)
class Dataset:
    """Where examples come from; grey level 0 becomes the input `low`, 255 becomes `high`.

    content: checksum of a set that is built from files of the user's, which `repro.data.identified` fills in;
    empty for all others, whose content their name and version fix.
    """

    name: str = "shapeset"
    low: float = 0.0
    high: float = 1.0
    content: str = ""

    def __post_init__(self) -> None:
        choice("dataset.name", self.name, components.names("dataset"))
        for key in ("low", "high"):
            bound = getattr(self, key)
            require(f"dataset.{key}", bound, math.isfinite(bound), "a finite number")
            object.__setattr__(self, key, bound + 0.0)  # -0.0 is 0.0
        require("dataset.high", self.high, self.high > self.low, f"a number above dataset.low = {self.low}")


@dataclass(frozen=True)
class Monitor:
    """What is measured during training, and when; see `repro.monitor`."""

    examples: int = 300
    batch: int = 10
    every: int = 20_000
    early: bool = True
    jacobian_examples: int = 3
    densities: bool = False
    mechanisms: bool = False

    def __post_init__(self) -> None:
        require("monitor.examples", self.examples, self.examples >= 1, "a whole number, at least 1")
        fits = 1 <= self.batch <= self.examples and self.examples % self.batch == 0
        require("monitor.batch", self.batch, fits, f"a divisor of monitor.examples = {self.examples}")
        require("monitor.every", self.every, self.every >= 1, "a number of updates, at least 1")
        fits = 0 <= self.jacobian_examples <= self.examples
        require("monitor.jacobian_examples", self.jacobian_examples, fits, "from 0 to monitor.examples")


@dataclass(frozen=True)
class Optimizer:
    """How gradients change the weights: the paper's plain SGD, SECOND_ORDER, or a class of `torch.optim`."""

    name: str = "sgd"
    options: Options = ()

    def __post_init__(self) -> None:
        if self.second_order:
            self._complete()
        object.__setattr__(self, "options", frozen(sorted(self.options)))
        known = self.name.isidentifier()
        require("optimizer.name", self.name, known, "sgd, or the name of a torch optimizer")
        given = dict(self.options)
        require("optimizer.options", given, not (self.plain and given), "none: sgd is plain")
        require("optimizer.options.lr", given.get("lr"), "lr" not in given, "no rate here: it is the key lr")

    def _complete(self) -> None:
        """Give all options of SECOND_ORDER their values."""
        options = {**SECOND_ORDER, **dict(self.options)}
        object.__setattr__(self, "options", tuple(options.items()))
        if strange := set(options) - set(SECOND_ORDER):
            known = ", ".join(f"optimizer.options.{key}" for key in SECOND_ORDER)
            raise ConfigError(f"unknown key optimizer.options.{min(strange)} (keys: {known})")
        mu, decay, every = options["mu"], options["decay"], options["every"]
        require("optimizer.options.mu", mu, mu > 0, "a number above 0")
        require("optimizer.options.decay", decay, 0 < decay <= 1, "a number above 0, at most 1")
        fits = isinstance(every, int) and every >= 1
        require("optimizer.options.every", every, fits, "a number of updates, at least 1")

    @property
    def second_order(self) -> bool:
        """Whether each weight has a rate of its own, by `repro.training.second_order`."""
        return self.name in ("diagonal_hessian", "gradient_variance")

    @property
    def plain(self) -> bool:
        """Whether it is the paper's."""
        return self.name == "sgd"

    @classmethod
    def from_plain(cls, value: Any, key: str = "optimizer") -> Optimizer:
        """From a mapping with `name` and `options`. Raises ConfigError."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping) or not isinstance(value.get("options", {}), Mapping | list | tuple):
            raise ConfigError(f"{key} = {value!r}: expected {key}.name and {key}.options")
        if strange := set(value) - {"name", "options"}:
            raise ConfigError(f"unknown key {key}.{min(strange)} (keys: {key}.name, {key}.options)")
        options = value.get("options", ())
        pairs = options.items() if isinstance(options, Mapping) else options
        return cls(str(value.get("name", "sgd")), tuple((str(name), v) for name, v in pairs))

    def to_plain(self) -> dict[str, Any]:
        return {"name": self.name, "options": {name: plain(value) for name, value in self.options}}


@dataclass(frozen=True)
class Experiment:
    """Everything that determines the numbers of one run: one network, one configuration.

    Names are taken for components: `Experiment(activation="tanh")`.
    """

    dataset: Dataset = field(default_factory=Dataset)
    activation: Activation = field(default_factory=lambda: Activation("tanh"))
    init: Init = field(default_factory=lambda: Init("standard"))
    depth: int = 5
    width: int | tuple[int, ...] = 1000
    bias_std: float = 0.0
    normalization: Normalization = field(default_factory=lambda: Normalization("none"))
    dropout: float = 0.0
    residual: bool = False
    cost: str = "nll"
    optimizer: Optimizer = field(default_factory=Optimizer)
    lr: float = 0.01
    lr_factors: tuple[float, ...] | None = None
    batch_size: int = 10
    updates: int = 20_000
    seed: int = 0
    data_seed: int | None = None
    n_valid: int = 10_000
    n_test: int = 10_000
    curve_every: int = 5_000
    monitor: Monitor = field(default_factory=Monitor)
    valid_every: int | None = None
    n_train: int | None = None
    pretraining: Pretraining = field(default_factory=lambda: Pretraining("none"))
    baseline: Baseline = field(default_factory=lambda: Baseline("none"))

    def __post_init__(self) -> None:
        for kind in (Activation, Init, Normalization, Pretraining, Baseline):
            object.__setattr__(self, kind.kind, kind.from_plain(getattr(self, kind.kind)))
        self._check_network()
        self._fit_monitor()
        self._check_training()
        self._make_canonical()

    def _check_network(self) -> None:
        require("depth", self.depth, self.depth >= 1, "a number of hidden layers, at least 1")
        require("width", self.width, min(self.widths, default=0) >= 1, "at least 1 unit in each layer")
        fits = len(self.widths) == self.depth
        require("width", self.width, fits, f"one number, or depth = {self.depth} numbers")
        fits = math.isfinite(self.bias_std) and self.bias_std >= 0
        require("bias_std", self.bias_std, fits, "a finite number, not negative")
        require("dropout", self.dropout, 0 <= self.dropout < 1, "a share of units, at least 0 and below 1")
        choice("cost", self.cost, COSTS)

    def _fit_monitor(self) -> None:
        """Monitor as many test examples as there are, in whole mini-batches, where they are fewer."""
        settings, there = self.monitor, self.n_test // self.monitor.batch * self.monitor.batch
        if 0 < there < settings.examples:
            few = min(settings.jacobian_examples, there)
            object.__setattr__(self, "monitor", replace(settings, examples=there, jacobian_examples=few))

    def _check_training(self) -> None:
        require("lr", self.lr, math.isfinite(self.lr) and self.lr >= 0, "a finite number, not negative")
        factors = self.lr_factors
        if factors is not None:
            fits = len(factors) == self.depth + 1 and all(math.isfinite(f) and f >= 0 for f in factors)
            allowed = f"depth + 1 = {self.depth + 1} finite numbers, none negative: first layer to output"
            require("lr_factors", factors, fits, allowed)
        require("updates", self.updates, self.updates >= 0, "a whole number, not negative")
        for key in ("seed", "data_seed"):
            seed = getattr(self, key)
            require(key, seed, seed is None or 0 <= seed < 2**31, "from 0 to 2147483647")
        fits = self.network if self.n_train is None else self.n_train >= self.batch_size
        least = f"at least batch_size = {self.batch_size}" + (" examples, or null" if self.network else "")
        require("n_train", self.n_train, fits, least)
        for key in ("batch_size", "n_valid", "n_test", "curve_every"):
            require(key, getattr(self, key), getattr(self, key) >= 1, "a whole number, at least 1")
        rare = self.valid_every is None or self.valid_every >= 1
        require("valid_every", self.valid_every, rare, "a number of updates, at least 1, or null")
        fits = self.monitor.examples <= self.n_test
        allowed = f"at most n_test = {self.n_test}, from which they are taken"
        require("monitor.examples", self.monitor.examples, fits, allowed)

    def _make_canonical(self) -> None:
        """One form for equal experiments, so that they are equal as values and have one run."""
        if not self.network:
            own = {f.name: f for f in fields(self) if f.name not in OF_A_BASELINE}
            for name, f in own.items():
                default = f.default if f.default_factory is MISSING else f.default_factory()
                object.__setattr__(self, name, 0 if name == "updates" else default)
        if isinstance(self.width, tuple) and len(set(self.width)) == 1:
            object.__setattr__(self, "width", self.width[0])
        if self.valid_every == self.curve_every or not self.updates:
            object.__setattr__(self, "valid_every", None)
        if self.data_seed == self.seed:
            object.__setattr__(self, "data_seed", None)
        if self.lr_factors is not None and set(self.lr_factors) == {1.0}:
            object.__setattr__(self, "lr_factors", None)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer, first layer first."""
        return (self.width,) * self.depth if isinstance(self.width, int) else self.width

    @property
    def stream_seed(self) -> int:
        """Seed of the stream of training examples: `data_seed`, or where that is None the seed itself."""
        return self.seed if self.data_seed is None else self.data_seed

    @property
    def network(self) -> bool:
        """Whether it is about a network; otherwise `baseline` says what learns in its place."""
        return self.baseline.name == "none"

    @property
    def plain(self) -> bool:
        """Whether the network is a plain stack of layers z_i = f(z_{i-1} W_i^T + b_i), as the paper's are."""
        return self.normalization.name == "none" and not self.dropout and not self.residual

    @property
    def run_id(self) -> str:
        """Folder name of the run: a readable part, then a hash of all that determines the numbers."""
        return identity.run_id(self)

    def stack_key(self) -> tuple[object, ...]:
        """Equal for experiments that can train as one stack: activation, start, rates and seed may differ."""
        own = {"activation", "init", "bias_std", "lr", "lr_factors", "seed", "data_seed"}
        shared = tuple(getattr(self, f.name) for f in fields(self) if f.name not in own)
        return (*shared, self.stream_seed)

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, from which `repro.experiment.values.parse` makes the same value again."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Component | Optimizer):
        return value.to_plain()
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return plain(value)
