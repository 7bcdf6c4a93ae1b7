"""Two sets of runs side by side: what differs in their settings, and by how much they end apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from repro.evidence.statistics import CONFIDENCE, Interval, interval, mcnemar
from repro.experiment.flat import SEEDS
from repro.experiment.values import ConfigError
from repro.runs.folder import Run
from repro.runs.store import settings_in

COLUMNS = ["value", "a", "a_half", "a_n", "b", "b_half", "b_n", "difference", "difference_half", "basis"]


def settings_apart(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Settings in which `a` and `b`, rows of `collect`, are not alike: setting, a, b (lists of values)."""
    rows = []
    for name in settings_in(pd.concat([a, b])):
        own = [_values(table, name) for table in (a, b)]
        if own[0] != own[1]:
            rows.append({"setting": name, "a": own[0], "b": own[1]})
    return pd.DataFrame(rows, columns=["setting", "a", "b"])


def _values(table: pd.DataFrame, name: str) -> list[object]:
    if name not in table:
        return []
    return [value for value in table[name].drop_duplicates() if value == value]


def compared(a: pd.DataFrame, b: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    """How finished runs end: COLUMNS, a row per value; means, halves of 95 % intervals, and b - a.

    basis: paired (over the seeds that both have, two at least) or Welch (independent runs); "one run each"
    and "no interval" have none. `values`: columns of `collect`.
    """
    own = a[a["state"] == "finished"], b[b["state"] == "finished"]
    rows = []
    for value in values:
        one, other = (table[value].dropna() for table in own)
        if one.empty or other.empty:
            continue
        basis, apart = _difference(own[0], own[1], value)
        ends = [interval(one), interval(other), apart]
        flat = [number for end in ends[:2] for number in (end.mean, end.half, end.n)]
        rows.append([value, *flat, apart.mean, apart.half, basis])
    return pd.DataFrame(rows, columns=COLUMNS)


def _difference(a: pd.DataFrame, b: pd.DataFrame, value: str) -> tuple[str, Interval]:
    seeds = list(SEEDS)
    alone = not (a.duplicated(seeds).any() or b.duplicated(seeds).any())
    both = a[[*seeds, value]].merge(b[[*seeds, value]], on=seeds, suffixes=("_a", "_b")) if alone else a[:0]
    if len(both) > 1:
        return "paired", interval(both[f"{value}_b"] - both[f"{value}_a"])
    one, other = a[value].dropna(), b[value].dropna()
    mean = float(other.mean() - one.mean())
    if len(one) == len(other) == 1:
        return "one run each", Interval(mean, math.nan, 1)
    if min(len(one), len(other)) < 2:
        return "no interval", Interval(mean, math.nan, 1)
    found = stats.ttest_ind(other, one, equal_var=False).confidence_interval(CONFIDENCE)
    return "Welch", Interval(mean, float(found.high - found.low) / 2, len(one) + len(other))


def told_apart(a: Run, b: Run) -> float:
    """p of McNemar's test that two runs err equally often on the same test examples; nan if those differ."""
    try:
        (one, labels), (other, theirs) = a.predictions, b.predictions
    except ConfigError:
        return math.nan
    return mcnemar(one != labels, other != theirs) if np.array_equal(labels, theirs) else math.nan
