"""From plain values to typed ones: keys and types checked, every mistake one sentence that names its key."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

Options = tuple[tuple[str, Any], ...]
"""Keyword arguments as sorted pairs, which can be hashed."""


class ConfigError(ValueError):
    """A setting that can't be used; the message names its key and what is allowed. Exit code 2."""


def require(key: str, value: object, holds: bool, allowed: str) -> None:
    """Raises ConfigError unless `holds`."""
    if not holds:
        raise ConfigError(f"{key} = {value}: expected {allowed}")


def choice(key: str, value: object, allowed: Iterable[str]) -> None:
    """Raises ConfigError, with the nearest name that there is, unless `value` is one of them."""
    names = sorted(allowed)
    if value not in names:
        near = difflib.get_close_matches(str(value), names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        require(key, value, False, f"one of {', '.join(names)}{hint}")


T = typing.TypeVar("T")


def parse(cls: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """Build the dataclass `cls` from plain values, checking keys and types.

    Raises ConfigError for an unknown key, a wrong type or a value that isn't allowed.
    """
    hints = _hints(typing.cast(Any, cls))
    for key in values:
        if key not in hints:
            raise ConfigError(unknown_key(prefix + str(key), [prefix + name for name in hints]))
    return cls(**{key: typed(hints[key], value, prefix + key) for key, value in values.items()})


@cache  # thousands of run folders are read at once
def _hints(cls: Any) -> dict[str, Any]:
    """The fields that a dataclass is made from, with their types."""
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls) if f.init}


def unknown_key(key: str, known: list[str]) -> str:
    """The message for a key that doesn't exist, with the nearest ones that do."""
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key {key}{hint} (keys: {', '.join(known)})"


def typed(hint: Any, value: Any, key: str) -> Any:
    """`value` as the type `hint`, a dataclass or a plain type. Raises ConfigError, naming `key`."""
    if hasattr(hint, "from_plain"):
        return hint.from_plain(value, key)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{key} = {value!r}: expected keys below it, such as {key}.<name>")
        return parse(typing.cast(type, hint), value, key + ".")
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if option is type(value):
            return value
        if option is float and type(value) is int:
            return float(value)
        if typing.get_origin(option) is tuple and isinstance(value, list | tuple):
            item = typing.get_args(option)[0]
            return tuple(typed(item, part, key) for part in value)
    raise ConfigError(f"{key} = {value!r}: expected {' or '.join(map(_named, options))}")


def _named(hint: Any) -> str:
    names = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}
    if typing.get_origin(hint) is tuple:
        return "a list of " + {int: "whole numbers", float: "numbers"}[typing.get_args(hint)[0]]
    return {**names, types.NoneType: "null"}[hint]


def frozen(value: Any) -> Any:
    """Lists as tuples, which can be hashed and compared; also inside each other."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    """As YAML and JSON have it: tuples as lists."""
    return list(map(plain, value)) if isinstance(value, list | tuple) else value
