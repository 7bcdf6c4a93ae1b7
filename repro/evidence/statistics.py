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
        """For a reader, with `digits` decimals: `70.21 ± 0.35`, or `70.21` where n = 1."""
        half = "" if np.isnan(self.half) else f" ± {self.half:.{digits}f}"
        return f"{self.mean:.{digits}f}{half}"


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
