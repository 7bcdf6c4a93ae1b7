"""Test errors over examples seen, ours and the paper's: what Figures 11 and 12 and `input_range` share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import EvidenceError
from repro.evidence.models import Networks, error_curve
from repro.evidence.statistics import binomial_interval
from repro.evidence.verdict import Measure
from repro.runs.folder import Run

TOLERANCES = {"shapeset": 2.0, "mnist": 0.3, "cifar10": 2.0}
"""Largest difference from the paper's curve that counts as agreement, percentage points: its own jitter."""
COLUMNS = ["model", "source", "examples", "error", "low", "high", "n"]


def points(runs: Sequence[Run]) -> pd.DataFrame:
    """Our curve of one model: examples, error (%), low, high (95 % interval), n (seeds).

    The interval is over seeds, or of a share observed on the test examples (Wilson) where there is one seed.
    """
    rows = error_curve(runs)
    rows = rows.assign(low=rows["mean"] - rows["half"], high=rows["mean"] + rows["half"])
    alone = rows["n"] == 1
    bounds = [binomial_interval(e / 100, runs[0].experiment.n_test) for e in rows.loc[alone, "mean"]]
    rows.loc[alone, ["low", "high"]] = 100 * np.array(bounds).reshape(-1, 2)
    return rows.rename(columns={"mean": "error"})[["examples", "error", "low", "high", "n"]]


def ours(networks: Networks) -> pd.DataFrame:
    """Our curves: COLUMNS, source "ours"."""
    tables = [points(runs).assign(model=name, source="ours") for name, runs in networks.items()]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def papers(figure: str) -> pd.DataFrame:
    """The paper's curves of a digitised figure, without what its axes cut off: COLUMNS less the interval."""
    printed = paper.curve(figure).query("quality != 'clipped_at_axis'")
    printed = printed.rename(columns={"series": "model", "x": "examples", "y": "error"})
    return printed.assign(source="paper")[["model", "source", "examples", "error"]]


def last_points(rows: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The last point that all models have: model, examples, error, low, high, n, paper, lr, runs, diverged.

    rows: COLUMNS; source is "ours" or "paper". runs: as `models.endings`. A model of which a run diverged
    doesn't decide which point that is; where it is gone by then, its error is nan. paper: the paper's curve,
    interpolated; nan before its first point. runs, diverged: how many. Raises EvidenceError if all models
    diverged, or if one was not tested in training at all.
    """
    mine, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    counts = {"lr": ("lr", "first"), "runs": ("run", "size"), "diverged": ("diverged", "sum")}
    ends = runs.groupby("model", sort=False).agg(**counts).reset_index()
    left = ends.loc[ends["diverged"] == 0, "model"]
    if left.empty:
        raise EvidenceError(f"all runs diverged: {', '.join(runs['run'])}")
    lasts = mine.groupby("model")["examples"].max().reindex(left)
    if lasts.isna().any():
        raise EvidenceError(f"{', '.join(lasts.index[lasts.isna()])}: no test error after the first update")
    last = int(lasts.min())
    there = mine[mine["examples"] == last].drop(columns=["source", "examples"])
    printed = dict(list(theirs.sort_values("examples").groupby("model")))
    paper = [
        np.interp(last, own["examples"], own["error"], left=np.nan, right=np.nan)
        for own in (printed[name] for name in ends["model"])
    ]
    return ends.assign(examples=last, paper=paper).merge(there, on="model", how="left")


def measure(end: Mapping[Any, Any], holds: bool | None) -> Measure:
    """A row of `last_points` as a number of a verdict; an interval is given where it is over seeds."""
    n = end["runs"] - end["diverged"]
    low, high = (end["low"], end["high"]) if n > 1 else (np.nan, np.nan)
    return Measure({"model": end["model"]}, end["error"], end["paper"], low, high, n, holds)


def agreement(ends: pd.DataFrame, tolerance: float) -> tuple[Measure, ...]:
    """`measure` of each row, held if it is that near to the paper's curve; not judged where it has no point.

    A model that diverged is near to nothing.
    """
    near = ((ends["error"] - ends["paper"]).abs() <= tolerance).tolist()
    known = ends["paper"].notna().tolist()
    rows = ends.to_dict("records")
    return tuple(measure(end, n if k else None) for end, n, k in zip(rows, near, known, strict=True))
