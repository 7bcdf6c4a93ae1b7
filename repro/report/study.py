"""Which exhibits can be drawn from the runs that are there, and at which scales."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repro import exhibits
from repro.data import sets
from repro.experiment import compose
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.runs.folder import Run

SCALES = ("smoke", "quick", "lab", "paper")
"""From the shortest training to the paper's."""
TRAINED = SCALES[1:]
"""Those of scientific value."""


@dataclass(frozen=True)
class Part:
    """One exhibit at one scale, with the runs of its networks."""

    exhibit: str
    scale: str
    runs: tuple[Run, ...]

    @property
    def key(self) -> str:
        return f"{self.scale}/{self.exhibit}"


@dataclass(frozen=True)
class Study:
    """What a set of run folders shows."""

    parts: tuple[Part, ...]
    missing: Mapping[str, str]
    """What can't be drawn at any scale: exhibit → the first network it lacks at the largest scale."""
    slides: tuple[Run, ...] = ()
    """Runs of no part that kept densities in between (`monitor.densities`): a slider over time shows them."""

    @property
    def runs(self) -> list[Run]:
        """Every run that is shown, once, by name."""
        parts = (run for part in self.parts for run in part.runs)
        found = {run.path.name: run for run in (*parts, *self.slides)}
        return [found[name] for name in sorted(found)]

    @property
    def scales(self) -> list[str]:
        return [scale for scale in SCALES if any(part.scale == scale for part in self.parts)]


def complete_runs(roots: Sequence[Path]) -> list[Run]:
    """The complete runs below these folders; of one experiment that of the first folder that has it.

    A folder that can't be read is left out with a warning that names it. Raises ConfigError for a root that
    isn't there.
    """
    found: dict[Experiment, Run] = {}
    for root in roots:
        if not root.is_dir():
            raise ConfigError(f"runs: {root}: no such folder")
        for config in sorted(root.glob("*/config.yaml")):
            run = Run(config.parent)
            try:
                if run.complete:
                    found.setdefault(_plain(run.experiment), run)
            except ConfigError as error:
                warnings.warn(f"left out: {error}", stacklevel=2)
    return list(found.values())


def study(runs: Sequence[Run], scales: Sequence[str] = TRAINED, names: Sequence[str] = ()) -> Study:
    """Every exhibit (of `names`, all if empty) at every scale at which all its networks are among `runs`.

    Of each network it has every seed that is there, unless the exhibit names seeds, and the rate that
    conf/grid.yaml gives the scale, or every rate that is there if it gives a grid. Where a data set has not
    all networks it is left out, as if its files weren't there; studies that compare data sets need two. An
    exhibit is not repeated at a larger scale with the same runs.
    """
    index: dict[Experiment, list[Run]] = {}
    for run in runs:
        index.setdefault(_network(run.experiment), []).append(run)
    parts, missing = [], {}
    for name in names or exhibits.EXHIBITS + exhibits.STUDIES:
        drawn: list[tuple[Run, ...]] = []
        for scale in sorted(scales, key=SCALES.index):
            own, lacking = _of_exhibit(name, scale, index)
            if own is None:
                missing[name] = lacking
            elif own not in drawn:
                drawn.append(own)
                parts.append(Part(name, scale, own))
    drawable = {part.exhibit for part in parts}
    used = {run for part in parts for run in part.runs}
    return Study(
        tuple(parts),
        {name: text for name, text in missing.items() if name not in drawable},
        tuple(run for run in runs if run.experiment.monitor.densities and run not in used),
    )


Index = Mapping[Experiment, Sequence[Run]]


def _of_exhibit(name: str, scale: str, index: Index) -> tuple[tuple[Run, ...] | None, str]:
    """Its runs at a scale, or None; and the first network that is missing."""
    by_dataset: dict[str, list[tuple[Experiment, frozenset[str]]]] = {}
    for experiment, fixed in _wanted(exhibits.runs_of(name, scale), scale):
        by_dataset.setdefault(experiment.dataset.name, []).append((experiment, fixed))
    found, lacking, whole = [], "", 0
    for items in by_dataset.values():
        own = [_matching(experiment, fixed, index) for experiment, fixed in items]
        if all(own):
            found += [run for runs in own for run in runs]
            whole += 1
        else:
            lacking = lacking or next(e for (e, _), runs in zip(items, own, strict=True) if not runs).run_id
    if lacking and whole < 2 <= len(by_dataset) and name in exhibits.STUDIES:
        return None, lacking  # a study that compares data sets needs two
    if not found and (by_dataset or exhibits.load(name).RUNS or hasattr(exhibits.load(name), "AT")):
        return None, lacking or f"nothing at scale {scale}"
    for experiment, fixed in _wanted(exhibits.also_of(name, scale), scale):
        found += _matching(experiment, fixed, index)
    return tuple(dict.fromkeys(found)), lacking


def _matching(experiment: Experiment, fixed: frozenset[str], index: Index) -> list[Run]:
    """The runs of a network, by seed and rate, in which the settings `fixed` are those of `experiment`.

    Stand-ins for a data set count where it has no run itself.
    """
    data = experiment.dataset
    for name in filter(None, (data.name, sets.of(data.name).STAND_IN)):
        runs = index.get(_network(replace(experiment, dataset=replace(data, name=name))), ())
        same = [run for run in runs if all(_equal(run, experiment, key) for key in fixed)]
        if experiment.monitor.mechanisms:
            same = [run for run in same if run.experiment.monitor.mechanisms]
        if same:
            alike = _measured_alike(same, experiment)
            return sorted(alike, key=lambda run: (run.experiment.seed, run.experiment.lr, run.path.name))
    return []


def _measured_alike(runs: Sequence[Run], experiment: Experiment) -> list[Run]:
    """Those that were tested and monitored as the experiment asks, or else as most of them were."""
    by_schedule: dict[Experiment, list[Run]] = {}
    for run in runs:
        by_schedule.setdefault(_with(run.experiment, lr=1.0, seed=0, data_seed=None), []).append(run)
    wanted = _with(experiment, lr=1.0, seed=0, data_seed=None)
    return by_schedule.get(wanted) or max(by_schedule.values(), key=len)


def _equal(run: Run, experiment: Experiment, key: str) -> bool:
    return bool(getattr(run.experiment, key) == getattr(experiment, key))


def _wanted(entries: Sequence[str], scale: str) -> Iterator[tuple[Experiment, frozenset[str]]]:
    """The experiments of an exhibit's entries at a scale, and which of seed and rate are theirs alone."""
    rate = _rate(scale)
    for entry in entries:
        words = dict(word.split("=", 1) for word in entry.split())
        for job in compose.expand(entry.split()):
            experiment, fixed = _at_scale(_composed(job), scale, words), {"seed", "lr"} & set(words)
            if experiment.updates and "lr" not in words and rate is not None:
                experiment, fixed = replace(experiment, lr=rate), fixed | {"lr"}
            yield experiment, frozenset(fixed)


@cache  # exhibits share most of their runs
def _composed(job: tuple[str, ...]) -> Experiment:
    return compose.compose_all([job])[0][0]


def _at_scale(experiment: Experiment, scale: str, own: Mapping[str, str]) -> Experiment:
    """The experiment with the settings of a scale, but for those that are its own."""
    values = {key: value for key, value in _scale(scale).items() if key not in own}
    schedule = values.pop("monitor", {})
    monitor = {key: value for key, value in schedule.items() if f"monitor.{key}" not in own}
    values["monitor"] = replace(experiment.monitor, **monitor)
    return replace(experiment, **values)


@cache
def _scale(name: str) -> dict[str, Any]:
    path = compose.CONF / "scale" / f"{name}.yaml"
    if not re.fullmatch(r"\w+", name) or not path.is_file():
        raise ConfigError(f"scale = {name}: expected some of {', '.join(SCALES)}")
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return values


def _rate(scale: str) -> float | None:
    """The one learning rate of a scale in conf/grid.yaml, or None where several are tried."""
    rates = yaml.safe_load((compose.CONF / "grid.yaml").read_text(encoding="utf-8"))["scales"]
    return rates[scale] if isinstance(rates[scale], float) else None


def _plain(experiment: Experiment) -> Experiment:
    """Without the checksum of a data set made from the user's files: whoever has the runs needs no files."""
    return replace(experiment, dataset=replace(experiment.dataset, content=""))


def _network(experiment: Experiment) -> Experiment:
    """What an experiment is but for seed and learning rate, and for how it is tested and monitored."""
    measured = {name: getattr(_USUAL, name) for name in ("n_valid", "n_test", "curve_every", "valid_every")}
    return _with(experiment, lr=1.0, seed=0, data_seed=None, monitor=_USUAL.monitor, **measured)


_USUAL = Experiment()


def _with(experiment: Experiment, **values: Any) -> Experiment:
    return replace(_plain(experiment), **values)
