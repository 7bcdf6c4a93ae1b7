"""Which runs a command is about: words such as `activation=tanh lr>0.01 sweep=lr-3fa9c1`, and names."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from repro.experiment.flat import text
from repro.experiment.values import ConfigError, unknown_key
from repro.runs.store import RESULTS, collect, column
from repro.runs.sweeps import Sweep

WORD = re.compile(r"([\w.]+)(!=|<=|>=|=|<|>)(.*)", re.DOTALL)
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
ALWAYS = ("machine.runs", "sweep", "where")
"""Options that every command has, beside filters: folders of runs, a sweep, an expression of pandas."""


@dataclass(frozen=True)
class Filter:
    """Runs with one of these values of a setting, or with a number on that side of one."""

    key: str  # as it was written
    sign: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key}{self.sign}{','.join(self.values)}"


@dataclass(frozen=True)
class Words:
    """A command line: names first, then filters and options."""

    names: list[str]
    filters: list[Filter]
    options: dict[str, str]

    @property
    def roots(self) -> list[Path]:
        return [Path(root) for root in self.options.get("machine.runs", "runs").split(",")]

    @classmethod
    def parse(cls, words: Sequence[str], options: Collection[str]) -> Words:
        """Keys in `options` are options, given once with =; all others are filters. Raises ConfigError."""
        found = cls([], [], {})
        for word in words:
            match = WORD.fullmatch(word)
            if not match:
                found.names.append(word)
                continue
            key, sign, value = match.groups()
            if key not in {*options, *ALWAYS}:
                found.filters.append(Filter(key, sign, tuple(_split(value))))
            elif sign != "=" or key in found.options:
                raise ConfigError(f"{word}: expected {key}=... once")
            else:
                found.options[key] = value
        return found

    def option(self, key: str, default: str, allowed: Sequence[str]) -> str:
        """An option that has to be one of these. Raises ConfigError."""
        value = self.options.get(key, default)
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{key} = {value}: expected one of {', '.join(allowed)}{hint}")
        return value

    def listed(self, key: str) -> list[str] | None:
        """An option that is a list; None where it isn't given."""
        return _split(self.options[key]) if key in self.options else None

    def flag(self, key: str) -> bool:
        return self.option(key, "false", ("true", "false")) == "true"


def _split(value: str) -> list[str]:
    """At the commas that aren't inside brackets: `[8,9],10` is two values."""
    return re.split(r",(?![^\[]*\])", value)


def chosen(words: Words, known: Collection[str] = ()) -> pd.DataFrame:
    """The rows of `collect` that the words ask for: by names, filters, sweep and where; maybe none.

    known: what else could have been meant by an unknown key. Raises ConfigError for a key that no run has, a
    word where a number is needed, or a name that isn't there.
    """
    try:
        table = collect(*words.roots)
    except FileNotFoundError as error:
        raise ConfigError(f"machine.runs = {error}") from error
    if "sweep" in words.options:
        found = [Sweep.find(root, words.options["sweep"]) for root in words.roots[:1]]
        names = [run.path.name for sweep in found for run in sweep.runs]
        order = {name: place for place, name in enumerate(names)}
        table = table[table["run_id"].isin(names)].sort_values("run_id", key=lambda ids: ids.map(order))
    if words.names:
        ids = [named(name, table) for name in words.names]
        table = table[table["path"].isin(ids)]
    for one in words.filters:
        table = table[_holds(one, table, known)]
    if "where" in words.options:
        table = _where(table, words.options["where"])
    return table.reset_index(drop=True)


def named(name: str, table: pd.DataFrame) -> str:
    """The path of the run with this name, path, or unambiguous part of its name. Raises ConfigError."""
    if table.empty:
        raise ConfigError(f"{name}: no such run: there is none")
    path = Path(name)
    exact = table[(table["run_id"] == path.name) & table["path"].map(lambda own: Path(own).match(str(path)))]
    found = exact if len(exact) else table[table["run_id"].str.contains(name, regex=False)]
    if len(found) == 1:
        return str(found["path"].iloc[0])
    if len(found):
        some = ", ".join(found["run_id"].head(3))
        raise ConfigError(f"{name}: {len(found)} runs have that in their name, such as {some}")
    near = difflib.get_close_matches(path.name, table["run_id"].tolist(), n=1)
    raise ConfigError(f"{name}: no such run{f'; did you mean {near[0]}?' if near else ''}")


def columns(keys: Sequence[str], table: pd.DataFrame, known: Collection[str] = ()) -> list[str]:
    """The columns of these keys. Raises ConfigError for one that no run has."""
    for key in keys:
        if column(key) not in table:
            raise ConfigError(unknown_key(key, [*map(str, table.columns), *known]))
    return [column(key) for key in keys]


def _holds(one: Filter, table: pd.DataFrame, known: Collection[str]) -> pd.Series:
    (name,) = columns([one.key], table, [*known, *ALWAYS]) if len(table.columns) else ("",)
    if not name:
        return pd.Series(dtype=bool)
    values = table[name]
    if one.sign in COMPARISONS:
        if len(one.values) != 1:
            raise ConfigError(f"{one}: expected one number")
        return pd.Series(COMPARISONS[one.sign](_numbers(values, one), _number(one.values[0], one)))
    wanted = {_same(value, values, one) for value in one.values}
    numbers = pd.api.types.is_numeric_dtype(values) and values.dtype != bool
    found = (values if numbers else values.map(text)).isin(wanted)
    if "" in wanted or "null" in wanted:
        found |= values.isna()
    return found if one.sign == "=" else ~found


def _same(word: str, values: pd.Series, one: Filter) -> Any:
    """A word as the values of a column are: 0.10 is .1."""
    words = not pd.api.types.is_numeric_dtype(values) or values.dtype == bool
    return word if words or word in ("", "null") else _number(word, one)


def _numbers(values: pd.Series, one: Filter) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values):
        raise ConfigError(f"{one}: {one.key} isn't a number")
    return values


def _number(word: str, one: Filter) -> float:
    try:
        return float(word)
    except ValueError:
        raise ConfigError(f"{one}: expected a number") from None


def _where(table: pd.DataFrame, expression: str) -> pd.DataFrame:
    try:
        return table.query(expression)
    except Exception as error:  # whatever pandas raises for half an expression
        raise ConfigError(f"where = {expression}: {' '.join(str(error).split())}") from error


def results(names: Sequence[str]) -> list[str]:
    """Columns that can be averaged. Raises ConfigError for others."""
    allowed = [name for name in RESULTS if name != "diverged_at"]
    for name in names:
        if name not in allowed:
            raise ConfigError(unknown_key(name, allowed).replace("unknown key", "values = "))
    return list(names)


def said(filters: Mapping[str, str] | Sequence[Filter]) -> str:
    return " ".join(map(str, filters))
