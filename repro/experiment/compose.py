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
from hydra.core.override_parser.types import Override, OverrideType, ValueType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from repro.experiment import components
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError, choice, parse, plain, unknown_key

CONF = components.CONF


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
    folders = (CONF, *_searched(overrides))
    choices = [
        _values(override, folders) for override in _parse([_normal(word, folders) for word in overrides])
    ]
    jobs: list[tuple[str, ...]] = []
    for job in itertools.product(*choices):
        keys = {word.split("=", 1)[0] for word in job}
        own = [f"{key}={value}" for key, value in _own_sweep(job, folders).items() if key not in keys]
        values = [_values(override, folders) for override in _parse(own)]
        jobs += [job + extra for extra in itertools.product(*values)]
    return jobs


def _normal(word: str, folders: Sequence[Path]) -> str:
    """+study=x as study=x: the groups that there are needn't be added. Refuses what would do nothing here.

    Raises ConfigError.
    """
    key, _, value = word.lstrip("+").partition("=")
    if word.startswith("+") and key in _groups():
        return word.lstrip("+")
    if word.startswith("+") and key == "experiment" and not any((f / key).is_dir() for f in folders):
        raise ConfigError(f"{word}: there is no such group; ready-made sweeps are study={value}")
    if key.startswith("hydra.") and key != "hydra.searchpath":
        raise ConfigError(
            f"{word}: Hydra writes nothing of its own here; machine.runs=… is the folder of runs"
        )
    return word


def _searched(overrides: Sequence[str]) -> list[Path]:
    """Folders of the user's own, which hold files of groups as conf/ does. Raises ConfigError."""
    found = []
    for override in _parse([word for word in overrides if word.startswith("hydra.searchpath=")]):
        value = override.value()
        for place in value if isinstance(value, list) else [value]:
            path = Path(str(place).removeprefix("file://"))
            if not path.is_dir():
                raise ConfigError(f"{path}: no such folder of settings")
            found.append(path)
    return found


def _values(override: Override, folders: Sequence[Path]) -> list[str]:
    """The override once for each value that it sweeps over. Raises ConfigError where they can't be listed."""
    word, key = override.input_line or "", override.get_key_element()
    match override.value_type:
        case ValueType.INTERVAL_SWEEP:
            raise ConfigError(
                f"{word}: an interval is for a sweeper that searches it, such as hydra/sweeper=optuna (pip "
                f"install hydra-optuna-sweeper); a list is {key}=0.1,0.2 or {key}=range(0.1,0.5,0.1)"
            )
        case ValueType.GLOB_CHOICE_SWEEP:
            if key not in _groups():
                raise ConfigError(f"{word}: glob chooses among the files of {', '.join(sorted(_groups()))}")
            glob: Any = override.value()
            return [f"{key}={name}" for name in glob.filter(_choices(key, folders))]
        case ValueType.RANGE_SWEEP:  # 0.1 + 0.2 is to be the run of 0.3
            values = map(float, override.sweep_string_iterator())
            return [f"{key}={value:.12g}" for value in values]
    if not override.is_sweep_override():
        return [word]
    return [f"{key}={value}" for value in override.sweep_string_iterator()]


def _own_sweep(job: Sequence[str], folders: Sequence[Path]) -> dict[str, Any]:
    """The sweep that the job's study file defines: key → values, as on a command line."""
    name = next((word.removeprefix("study=") for word in job if word.startswith("study=")), None)
    found = [path for folder in folders if (path := folder / "study" / f"{name}.yaml").is_file()]
    if name is None or not found:
        return {}
    path = found[0]
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
    folders = (CONF, *_searched(overrides))
    for word in overrides:
        key, value = word.split("=", 1) if "=" in word else (word, "null")
        if key in _groups() and (key, value) != ("study", "null"):
            choice(key, value, _choices(key, folders))
    parsed = _parse(overrides)
    plain_ones = [override for override in parsed if _is_plain(override)]
    others = tuple(override.input_line or "" for override in parsed if not _is_plain(override))
    try:
        config = copy.deepcopy(_composed(CONF, others))
        for override in plain_ones:
            OmegaConf.update(config, override.key_or_group, override.value())
        return experiment_of(config)
    except ConfigError:
        raise
    except (HydraException, OmegaConfBaseException, ValueError) as error:  # Hydra's own are of all of these
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
    if absent := re.search(r"Could not find '([^'/]+)/", message):
        return (
            f"unknown group {absent[1]} (groups: {', '.join(sorted(_groups()))}; ready-made sweeps are "
            "study=…, and --config-dir=FOLDER adds groups of your own)"
        )
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


def _choices(group: str, folders: Sequence[Path]) -> list[str]:
    own = components.names(group) if group in components.PACKAGES else ()
    return sorted({*own, *(path.stem for folder in folders for path in (folder / group).glob("*.yaml"))})


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
