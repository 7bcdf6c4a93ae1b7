"""Intervals and tests used by every exhibit, on scipy.

Two sources of variation are kept apart: `interval` is over seeds (independent runs), `binomial_interval` is
over test examples (one run on a finite test set). `mcnemar` compares two runs on the same test examples.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A value with its 95 % interval; `half` is nan where one observation leaves the spread unknown."""

    mean: float
    half: float
    n: int

    @property
    def low(self) -> float:
        return self.mean - self.half

    @property
    def high(self) -> float:
        return self.mean + self.half

    def text(self, digits: int = 2) -> str:
        """For a reader, with `digits` decimals: `70.21 ± 0.35`, or `70.21` where n = 1.

        An interval that would print as 0 gets as many more as it needs, and the mean with it.
        """
        if np.isnan(self.half):
            return f"{self.mean:.{digits}f}"
        if 0 < self.half < 0.5 * 10**-digits:
            digits = -math.floor(math.log10(self.half))
        return f"{self.mean:.{digits}f} ± {self.half:.{digits}f}"


def interval(values: ArrayLike) -> Interval:
    """Mean over seeds and its 95 % interval by Student's t.

    With one value the interval is nan: a single seed says nothing about the spread. Raises ValueError if
    there is no value at all.
    """
    sample = np.asarray(values, dtype=float).ravel()
    if sample.size == 0:
        raise ValueError("no values to average")
    if sample.size == 1:
        return Interval(float(sample[0]), float("nan"), 1)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, sample.size - 1) * stats.sem(sample)
    return Interval(float(sample.mean()), float(half), sample.size)


def intervals(frame: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """`interval` of the column `value` in each group of the columns `by`: these and mean, half, n."""
    groups = frame.groupby(by)[value]
    table = pd.DataFrame({"mean": groups.mean(), "half": groups.sem(), "n": groups.count()}).reset_index()
    table["half"] *= stats.t.ppf((1 + CONFIDENCE) / 2, table["n"] - 1)
    return table


def decimals(value: float, figures: int = 3) -> int:
    """Decimals with which a positive number shows about so many significant figures."""
    return max(0, figures - 1 - math.floor(math.log10(value)))


def binomial_interval(share: float, n: int) -> tuple[float, float]:
    """95 % Wilson interval of a share (0 to 1) observed on `n` examples: low, high."""
    found = stats.binomtest(round(share * n), n).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def mcnemar(wrong_a: ArrayLike, wrong_b: ArrayLike) -> float:
    """Exact two-sided p of McNemar's paired test that two runs err equally often.

    `wrong_a`, `wrong_b`: bool [n], whether each run errs on each of the same n test examples. Only examples
    on which exactly one of them errs count; without any, p = 1. Raises ValueError if the lengths differ.
    """
    a, b = np.asarray(wrong_a, dtype=bool), np.asarray(wrong_b, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"a paired test needs the same examples, got {a.shape} and {b.shape}")
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b).pvalue)


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Holm's step-down correction: p-values that may each be compared with the level of the whole family."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = p[order] * (p.size - np.arange(p.size))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def kappa(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Cohen's κ of two patterns of marks (bool [n]): agreement beyond that of marks placed at random.

    1: the same pattern; 0: what as many marks in random places would reach. nan if both mark all cells
    or none.
    """
    a, b = np.asarray(ours, dtype=bool), np.asarray(theirs, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"two patterns of the same cells are needed, got {a.shape} and {b.shape}")
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return math.nan if chance == 1 else float(((a == b).mean() - chance) / (1 - chance))


def by_chance(ours: ArrayLike, theirs: ArrayLike) -> float:
    """One-sided p (Fisher's exact test) that two patterns agree so well although they are unrelated."""
    a, b = np.asarray(ours, dtype=bool), np.asarray(theirs, dtype=bool)
    counts = [[int((a & b).sum()), int((a & ~b).sum())], [int((~a & b).sum()), int((~a & ~b).sum())]]
    return float(stats.fisher_exact(counts, alternative="greater").pvalue)


def unpaired(wrong_a: float, wrong_b: float, n: int) -> float:
    """Two-sided p that two error rates (0 to 1) on `n` examples each are equal, as if on different examples.

    Fisher's exact test would need counts; this is the usual test of two shares with a pooled variance.
    """
    pooled = (wrong_a + wrong_b) / 2
    if pooled in (0, 1):
        return 1.0
    z = (wrong_a - wrong_b) / math.sqrt(2 * pooled * (1 - pooled) / n)
    return float(2 * stats.norm.sf(abs(z)))
