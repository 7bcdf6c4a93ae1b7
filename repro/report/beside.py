"""Runs beside published ones of the same experiment: the same bits, but for rounding, or how far apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.runs.folder import Run

ROUNDING = 1e-3
"""Largest difference of a measured number, relative to the largest of its kind, that counts as rounding."""
WITHIN = 2 * math.sqrt(2)
"""Standard deviations between seeds that two runs may end apart."""


class Beside(NamedTuple):
    """How many runs equal the published ones in every bit, but for rounding, but for the noise of training;
    the others by name, with how far apart they end (points of test error); how many have no published one."""

    bits: int
    rounding: int
    noise: int
    apart: dict[str, float]
    new: int

    def __str__(self) -> str:
        known = self.bits + self.rounding + self.noise + len(self.apart)
        if not known:
            return f"none of these {self.new} runs is published"
        parts = [f"{self.bits} to the last bit"]
        parts += [f"{self.rounding} but for rounding"] if self.rounding else []
        parts += [f"{self.noise} within what seeds change"] if self.noise else []
        if self.apart:
            own = ", ".join(f"{name} by {points:+.1f} points" for name, points in self.apart.items())
            parts.append(f"{len(self.apart)} not ({own})")
        return f"{known} of {known + self.new} runs are published, too; they agree: {', '.join(parts)}"


def beside(runs: Iterable[Run], published: Path) -> Beside:
    """Compare complete runs with those of the same names below a folder; damaged ones there don't count."""
    found = {"bits": 0, "rounding": 0, "noise": 0, "new": 0}
    apart: dict[str, float] = {}
    spread = seed_spread([Run(path.parent) for path in published.glob("*/result.json")])
    for run in runs:
        theirs = Run(published / run.path.name)
        if not run.complete or not theirs.complete:
            found["new"] += run.complete
            continue
        kind, points = _compared(run, theirs, spread.get(_kind(run.experiment), 0.0))
        if kind == "apart":
            apart[run.path.name] = points
        else:
            found[kind] += 1
    return Beside(found["bits"], found["rounding"], found["noise"], apart, found["new"])


def _compared(run: Run, theirs: Run, spread: float) -> tuple[str, float]:
    """Which of Beside's fields, and how far apart they end."""
    tables = [(own.curve, own.monitor) for own in (run, theirs) if own.experiment.network]
    same = all(a.equals(b) for a, b in zip(*tables, strict=True)) if tables else True
    if same and np.array_equal(run.predictions[0], theirs.predictions[0]):
        return "bits", 0.0
    if tables and all(_close(a, b) for a, b in zip(*tables, strict=True)):
        return "rounding", 0.0
    ends = [100 * own.read_json("result").get("test_error", math.nan) for own in (run, theirs)]
    points = ends[0] - ends[1]
    return ("noise" if abs(points) <= WITHIN * spread else "apart"), points


def _close(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether all numbers are the same but for rounding, those of one quantity on one scale."""
    if len(a) != len(b):
        return False
    for name in a.select_dtypes("number"):
        by = a["quantity"] if "quantity" in a else a["split"]
        apart = (a[name] - b[name]).abs().groupby(by).max()
        if not (apart <= ROUNDING * a[name].abs().groupby(by).max()).all():
            return False
    return True


def seed_spread(runs: Sequence[Run]) -> dict[tuple[str, int], float]:
    """Standard deviation of the final test error (points) between seeds, pooled over the networks that have
    several: by data set and updates."""
    ends: dict[Experiment, list[float]] = {}
    for run in runs:
        try:
            if run.experiment.network and run.complete:
                error = run.read_json("result").get("test_error", math.nan)
                ends.setdefault(replace(run.experiment, seed=0, data_seed=None), []).append(100 * error)
        except ConfigError:
            continue
    squares: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for experiment, values in ends.items():
        if len(values) > 1 and np.isfinite(values).all():
            row = (float(np.var(values, ddof=1)) * (len(values) - 1), len(values) - 1)
            squares.setdefault(_kind(experiment), []).append(row)
    return {
        kind: math.sqrt(sum(total for total, _ in rows) / sum(n for _, n in rows))
        for kind, rows in squares.items()
    }


def _kind(experiment: Experiment) -> tuple[str, int]:
    return experiment.dataset.name, experiment.updates
