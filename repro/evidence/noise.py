"""How far training itself scatters: what a difference between two trained networks is judged against.

A network that is trained by stochastic gradients jumps about its smooth course: two checkpoints of one
training differ, and so do two trainings that differ in nothing but the seed. A test on the images alone knows
nothing of either. Two estimates are used:

- `contrast` over seeds, where there are at least SEEDS of them: Student's t of the differences seed by seed,
  each between two means over the last points of a curve. It answers whether a method does better when it is
  trained again.
- With fewer seeds the jitter of the curves takes its place: second differences of neighbouring points, in
  which the smooth course cancels. That says whether these very networks differ by more than checkpoints do;
  how much a new seed would change stays unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from repro.evidence.statistics import CONFIDENCE

SEEDS = 3
"""Seeds from which their own spread is used."""
LAST = 10
"""Points whose mean is the end of a curve; of a short curve its last quarter."""
SMOOTH = 40
"""Points from which the jitter at the end is estimated."""

Curves = Mapping[int, NDArray[np.float64]]
"""Test errors (%) of one network by seed, each at the same points of training, the last one last."""


class Jitter(NamedTuple):
    """Standard deviation of single points around the smooth course, and its degrees of freedom."""

    sd: float
    freedom: float


class Difference(NamedTuple):
    """A difference between trained networks with its 95 % interval.

    p: one-sided, that it is 0 or less. n: seeds. by: "seeds" or "checkpoints", whose scatter it was judged
    against. Interval and p are nan where neither is known.
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    by: str

    @property
    def above(self) -> bool:
        """Whether all of the interval lies above 0."""
        return bool(self.low > 0)


def jitter(curve: ArrayLike) -> Jitter:
    """Of the last SMOOTH points of a curve, by second differences e_{t-1} - 2 e_t + e_{t+1}.

    Independent scatter of standard deviation σ gives these the variance 6 σ²; neighbours share points, which
    leaves them 18/35 as many degrees of freedom as there are. nan with fewer than four points.
    """
    second = np.diff(np.asarray(curve, dtype=float)[-SMOOTH:], 2)
    if second.size < 2:
        return Jitter(math.nan, math.nan)
    return Jitter(math.sqrt(float((second**2).mean()) / 6), second.size * 18 / 35)


def end(curve: ArrayLike) -> float:
    """Mean of the last points of a curve, which scatters less than its last one."""
    values = np.asarray(curve, dtype=float)
    return float(values[-_last(values.size) :].mean())


def area(curve: ArrayLike) -> float:
    """Mean of a curve over all of its points, which are equally far apart: its area, per unit of training.

    It is lower for what learns sooner and for what ends lower.
    """
    return float(np.asarray(curve, dtype=float).mean())


def _last(points: int) -> int:
    return max(1, min(LAST, points // 4))


def contrast(networks: Mapping[str, Curves], weights: Mapping[str, float], of: str = "end") -> Difference:
    """The sum of `weights` times `end` (or `area`) of these networks, over the seeds that all of them have.

    {"Tanh": 1, "Tanh N": -1} is a difference, two of each a difference of differences. Raises ValueError if
    the networks have no seed in common, or if their curves have different lengths.
    """
    seeds = sorted(set.intersection(*(set(networks[name]) for name in weights)))
    if not seeds:
        raise ValueError(f"{', '.join(weights)} have no seed in common")
    sums = [sum(weight * networks[name][seed] for name, weight in weights.items()) for seed in seeds]
    return difference([np.asarray(curve) for curve in sums], of)


def difference(curves: Sequence[ArrayLike], of: str = "end") -> Difference:
    """Mean over seeds of the end (or area) of curves that are differences, one for each seed."""
    summary = {"end": end, "area": area}[of]
    values = np.array([summary(curve) for curve in curves])
    n = len(values)
    if n >= SEEDS:
        sd, freedom, by = float(values.std(ddof=1)), n - 1.0, "seeds"
    else:
        found = [jitter(curve) for curve in curves]
        points = [len(np.asarray(curve)) for curve in curves]
        used = [_last(count) if of == "end" else count for count in points]
        sd = math.sqrt(float(np.mean([j.sd**2 / count for j, count in zip(found, used, strict=True)])))
        freedom, by = sum(j.freedom for j in found), "checkpoints"
    return _difference(float(values.mean()), sd / math.sqrt(n), freedom, n, by)


def _difference(value: float, error: float, freedom: float, n: int, by: str) -> Difference:
    """By Student's t; a standard error of 0 leaves no doubt."""
    if math.isnan(error):
        return Difference(value, math.nan, math.nan, math.nan, n, by)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = float(stats.t.sf(np.divide(value, error), freedom)) if value else 0.5
    return Difference(value, value - half, value + half, p, n, by)


def by_model(points: pd.DataFrame) -> dict[str, dict[int, NDArray[np.float64]]]:
    """Curves of each model by seed, from rows with model, seed, examples and error (%).

    All at the points from the first to the last that every one of them has; single gaps are interpolated.
    """
    wide = points.pivot(index="examples", columns=["model", "seed"], values="error").sort_index()
    wide = wide.interpolate(limit_area="inside").dropna()
    return {
        str(model): {int(str(seed)): column.to_numpy() for seed, column in wide[model].items()}
        for model in dict.fromkeys(points["model"])
    }
