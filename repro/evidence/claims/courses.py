"""What rules ask of a curve over training: has it passed a level by some moment, and is that final?"""

from __future__ import annotations

import math

import pandas as pd

from repro.evidence.timeline import measure
from repro.evidence.verdict import Key, Measure


def fallen(curve: pd.DataFrame, limit: float, by: float, of: Key) -> Measure:
    """Whether a curve has been below `limit` by epoch `by`; open while it has not and may still.

    curve: epoch, value, half, n. The number is the lowest up to there.
    """
    until = curve[curve["epoch"] <= by]
    found = until.iloc[int(until["value"].to_numpy().argmin())]
    met = bool(found["value"] < limit)
    over = met or bool(curve["epoch"].max() >= by)
    return measure(of, found, holds=met if over else None, final=over)


def first_above(curve: pd.DataFrame, limit: float) -> float:
    """First epoch at which a curve (epoch, value) is above `limit`; nan if it never is."""
    return float(curve.loc[curve["value"] > limit, "epoch"].min())


def first_below(curve: pd.DataFrame, limit: float) -> float:
    """First epoch at which a curve (epoch, value) is below `limit`; nan if it never is."""
    return float(curve.loc[curve["value"] < limit, "epoch"].min())


def lowest(curve: pd.DataFrame) -> float:
    """Epoch of the lowest value of a curve (epoch, value)."""
    return float(curve["epoch"].iloc[int(curve["value"].to_numpy().argmin())])


def at(curve: pd.DataFrame, epoch: float) -> float:
    """Value of a curve (epoch, value) at its last point up to an epoch; nan before its first."""
    until = curve[curve["epoch"] <= epoch].sort_values("epoch")
    return float(until["value"].iloc[-1]) if len(until) else math.nan
