"""Ours beside the paper's along the whole of a curve: differences at equal x, and how large they are.

A difference is ours less the paper's, in the curve's own unit, straight lines drawn between points. Noise is
what two curves of the same network may differ by: the error of reading the paper's and the scatter of both
from point to point (`noise.jitter`), added in squares. Another seed may differ by more.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence.noise import jitter

MILLIONS = (0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
"""Examples at which differences are given."""
ENOUGH = 10
"""Points of the paper's within our training with which there is something to say, also on scatter."""


class Axes(NamedTuple):
    """What a curve's table has in its columns, and the error of reading the paper's (1 sigma)."""

    series: tuple[str, ...]
    x: str
    y: str
    reading: float
    unit: str = ""
    digits: int = 1


def errors(*series: str, reading: float) -> Axes:
    """Test errors (%) over examples."""
    return Axes(series, "examples", "error", reading, "points")


def courses(*series: str, reading: float) -> Axes:
    """A quantity of the layers over epochs."""
    return Axes((*series, "layer", "quantity"), "epoch", "value", reading, digits=4)


def along(points: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """A row per curve: its series, a column for each of MILLIONS that was reached, rms, worst, at (millions
    of examples), noise, points (of the paper's within our training).

    points: columns as in `axes`, source "ours" or "paper". No rows where no curve has ENOUGH.
    """
    rows = []
    for key, own in points.groupby(list(axes.series), sort=False):
        ours, theirs = (_curve(own[own["source"] == source], axes) for source in ("ours", "paper"))
        if len(ours) < 2:
            continue
        theirs = theirs[(theirs.index >= ours.index[0]) & (theirs.index <= ours.index[-1])]
        if len(theirs) >= ENOUGH:
            row: dict[Any, Any] = dict(zip(axes.series, key, strict=True))
            rows.append(row | _differences(ours, theirs) | {"noise": _noise(ours, theirs, axes)})
    found = pd.DataFrame(rows)
    order = [*axes.series, *(m for m in MILLIONS if m in found), "rms", "worst", "at", "noise", "points"]
    return found[order] if rows else found


def _curve(rows: pd.DataFrame, axes: Axes) -> pd.Series:
    """Values by millions of examples, sorted."""
    known = rows.dropna(subset=[axes.x, axes.y])
    millions = known[axes.x] * (_epoch() if axes.x == "epoch" else 1) / 1e6
    return pd.Series(known[axes.y].to_numpy(), index=millions.to_numpy()).sort_index()


def _epoch() -> int:
    """Examples in one of the paper's epochs."""
    setting = paper.numbers()["setting"]
    return int(setting["updates_per_epoch"] * setting["batch_size"])


def _differences(ours: pd.Series, theirs: pd.Series) -> dict[Any, Any]:
    apart = np.interp(theirs.index, ours.index, ours) - theirs.to_numpy()
    worst = int(np.abs(apart).argmax())
    reached = [m for m in MILLIONS if theirs.index[0] <= m <= theirs.index[-1] * 1.001]
    at = {m: float(np.interp(m, theirs.index, apart)) for m in reached}
    rms = math.sqrt(float((apart**2).mean()))
    return {
        **at,
        "rms": rms,
        "worst": float(apart[worst]),
        "at": float(theirs.index[worst]),
        "points": len(apart),
    }


def _noise(ours: pd.Series, theirs: pd.Series, axes: Axes) -> float:
    scatter = [one.sd for one in map(jitter, (ours, theirs)) if math.isfinite(one.sd)]
    return math.sqrt(axes.reading**2 + sum(sd**2 for sd in scatter))


def shown(points: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """`along` as text: a column for each number of examples, rms and worst also in units of the noise."""
    found = along(points, axes)
    unit = f" ({axes.unit})" if axes.unit else ""
    number = f"+.{axes.digits}f"
    rows = []
    for row in found.to_dict("records"):
        cells = {name: str(row[name]) for name in axes.series}
        cells |= {f"at {m:g} million": _text(row.get(m), number) for m in MILLIONS if m in found}
        rms, worst, noise = row["rms"], row["worst"], row["noise"]
        cells[f"rms{unit}"] = f"{rms:.{axes.digits}f} ({rms / noise:.1f} x noise)"
        cells[f"worst{unit}"] = (
            f"{worst:{number}} ({abs(worst) / noise:.1f} x noise) at {row['at']:.2g} million"
        )
        cells[f"noise{unit}"] = f"{noise:.{axes.digits + 1}f}"
        rows.append(cells)
    return pd.DataFrame(rows)


def _text(value: float | None, form: str) -> str:
    return "" if value is None or math.isnan(value) else format(value, form)
