"""From words on a command line to experiments: Hydra's composition, with every mistake in one sentence.

Groups of settings are folders of `conf/`. The choices of those in `components.PACKAGES` are the files of a
package of the program, registered here with their options; `conf/` adds presets.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from repro.experiment import components
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError, choice, parse, plain, unknown_key

CONF = Path(__file__).resolve().parents[2] / "conf"


def _register() -> None:
    """Make every component a choice of the Hydra group of its kind."""
    store = ConfigStore.instance()
    for kind in components.PACKAGES:
        for name in components.names(kind):
            options = {f.name: plain(f.default) for f in fields(components.load(kind, name))}
            store.store(group=kind, name=name, node={"name": name, **options})


_register()


def experiment_of(config: DictConfig) -> tuple[Experiment, Machine]:
    """The typed form of a composed configuration. Raises ConfigError, naming the key."""
    try:
        values: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise ConfigError(_first_line(error)) from error
    values = {key: value for key, value in values.items() if key != "hydra"}
    machine = parse(Machine, values.pop("machine"), "machine.")
    return parse(Experiment, values), machine


def expand(overrides: Sequence[str]) -> list[tuple[str, ...]]:
    """All combinations of a sweep: `["lr=0.1,0.01", "depth=1"]` gives two, in Hydra's order.

    A sweep inside a study file (`hydra.sweeper.params`) counts too, for each file of
    `study=a,b`; Hydra itself would drop it there. Raises ConfigError for an override that can't be read.
    """
    choices = [_values(override) for override in _parse(overrides)]
    jobs: list[tuple[str, ...]] = []
    for job in itertools.product(*choices):
        keys = {word.split("=", 1)[0] for word in job}
        own = [f"{key}={value}" for key, value in _own_sweep(job).items() if key not in keys]
        jobs += [job + extra for extra in itertools.product(*map(_values, _parse(own)))]
    return jobs


def _values(override: Override) -> list[str]:
    """The override once for each value that it sweeps over."""
    if not override.is_sweep_override():
        return [override.input_line or ""]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]


def _own_sweep(job: Sequence[str]) -> dict[str, Any]:
    """The sweep that the job's study file defines: key → values, as on a command line."""
    name = next((word.removeprefix("study=") for word in job if word.startswith("study=")), None)
    path = CONF / "study" / f"{name}.yaml"
    if name is None or not path.is_file():
        return {}
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    params: dict[str, Any] = content.get("hydra", {}).get("sweeper", {}).get("params", {})
    return params


def compose_all(jobs: Sequence[Sequence[str]]) -> list[tuple[Experiment, Machine]]:
    """The experiment of each job's overrides; nothing is started, so one mistake stops all of them.

    Raises ConfigError: unknown key, unknown choice, wrong type or impossible value.
    """
    if not CONF.is_dir():
        raise ConfigError(f"no folder {CONF}: repro runs from a checkout of the project (pip install -e .)")
    with _hydra():
        return [_compose(job) for job in jobs]


def _parse(overrides: Sequence[str]) -> list[Override]:
    for word in overrides:
        if not re.match(r"[+~]*[^=]+=", word):
            raise ConfigError(f"can't read the argument {word}: write key=value")
    try:
        return OverridesParser.create().parse_overrides(list(overrides))
    except HydraException as error:
        raise ConfigError(f"can't read an argument: {_first_line(error)}") from error


@contextmanager
def _hydra() -> Iterator[None]:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


def _compose(overrides: Sequence[str]) -> tuple[Experiment, Machine]:
    for word in overrides:
        key, value = word.split("=", 1) if "=" in word else (word, "null")
        if key in _groups() and value != "null":
            choice(key, value, _choices(key))
    parsed = _parse(overrides)
    plain_ones = [override for override in parsed if _is_plain(override)]
    others = tuple(override.input_line or "" for override in parsed if not _is_plain(override))
    try:
        config = copy.deepcopy(_composed(CONF, others))
        for override in plain_ones:
            OmegaConf.update(config, override.key_or_group, override.value())
        return experiment_of(config)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_explain(str(error))) from error


def _is_plain(override: Override) -> bool:
    """Whether it only sets a key that is there already: such as lr=0.1, but not dataset=mnist or +key=1."""
    key = override.key_or_group
    group = key in _groups() or key.partition(".")[0] == "hydra"
    return override.type is OverrideType.CHANGE and not group and override.package is None


@lru_cache(maxsize=256)
def _composed(conf: Path, overrides: tuple[str, ...]) -> DictConfig:
    """Hydra's composition of choices, once for all jobs that share them: it takes most of the time."""
    return compose("config", overrides=list(overrides))


def _explain(message: str) -> str:
    """Hydra's message in one line; an unknown key with the keys that there are."""
    found = re.search(r"full_key: (\S+)", message) if "is not in struct" in message else None
    found = found or re.search(r"Could not override '([^'@]+)", message)
    return unknown_key(found[1], _keys()) if found else " ".join(message.split())


def _keys() -> list[str]:
    config = OmegaConf.to_container(compose("config"))
    assert isinstance(config, dict)
    flat: list[str] = []
    for key, value in config.items():
        flat += [f"{key!s}.{name!s}" for name in value] if isinstance(value, dict) else [str(key)]
    return sorted({*flat, *_groups()})


def _groups() -> frozenset[str]:
    """Keys whose values are the names of files."""
    return _groups_of(CONF)


@lru_cache
def _groups_of(conf: Path) -> frozenset[str]:
    return frozenset(path.name for path in conf.iterdir() if path.is_dir()) | frozenset(components.PACKAGES)


def _choices(group: str) -> list[str]:
    own = components.names(group) if group in components.PACKAGES else ()
    return sorted({*own, *(path.stem for path in (CONF / group).glob("*.yaml"))})


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
