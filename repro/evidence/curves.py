"""Test errors over examples seen, ours and the paper's: what Figures 11 and 12 share."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from repro.evidence.models import Model, error_curve
from repro.evidence.selection import Runs, diverged
from repro.evidence.statistics import Interval, binomial_interval


def points(model: Model, runs: Runs) -> pd.DataFrame:
    """Our curve of one model: examples, error (%), low, high (95 % interval), n (seeds).

    The interval is over seeds, or of a share observed on the test examples (Wilson) where there is one seed.
    """
    chosen = model.runs(runs)
    rows = error_curve(chosen)
    rows = rows.assign(low=rows["mean"] - rows["half"], high=rows["mean"] + rows["half"])
    if len(chosen) == 1:
        bounds = [binomial_interval(e / 100, chosen[0].experiment.n_test) for e in rows["mean"]]
        rows[["low", "high"]] = 100 * np.array(bounds)
    return rows.rename(columns={"mean": "error"})[["examples", "error", "low", "high", "n"]]


def last_points(rows: pd.DataFrame) -> pd.DataFrame:
    """Ours at the last point that all models have: model, examples, error, low, high, n, paper.

    `rows`: model, source ("ours" or "paper"), examples, error, low, high, n. The paper's curve is
    interpolated; nan before its first point.
    """
    ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    last = ours.groupby("model")["examples"].max().min()
    ends = ours[ours["examples"] == last].drop(columns="source")
    printed = dict(list(theirs.sort_values("examples").groupby("model")))
    curves = [printed[name] for name in ends["model"]]
    paper = [np.interp(last, c["examples"], c["error"], left=np.nan, right=np.nan) for c in curves]
    return ends.assign(paper=paper)


def draw_curve(axes: Axes, rows: pd.DataFrame, model: Model, markers: bool) -> None:
    """One model: the paper's curve faint, ours strong with its band. `rows` as in `last_points`."""
    look: dict[str, Any] = {"color": model.colour, "linestyle": model.line}
    ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    marker = "o" if markers else ""
    axes.plot(theirs["examples"] / 1e6, theirs["error"], **look, alpha=0.35, linewidth=1)
    axes.plot(ours["examples"] / 1e6, ours["error"], **look, marker=marker, markersize=2.5)
    band = (ours["examples"] / 1e6, ours["low"], ours["high"])
    axes.fill_between(*band, color=model.colour, alpha=0.15, linewidth=0)


def mark_ends(axes: Axes, models: Iterable[tuple[str, Model]], runs: Runs) -> list[tuple[float, str, str]]:
    """Labels for `style.place_labels`: names with our last error; draws a cross where a run diverged."""
    labels = []
    for name, model in models:
        chosen = model.runs(runs)
        lost = [run for run in chosen if diverged(run)]
        for run in lost:
            last = error_curve([run]).iloc[-1]
            axes.plot(last["examples"] / 1e6, last["mean"], "x", color=model.colour, markersize=7)
        end = error_curve(chosen).iloc[-1]
        note = f", {len(lost)} of {len(chosen)} diverged" if lost else ""
        text = f"{name}: {Interval(end['mean'], end['half'], end['n']).text(1)}{note}"
        labels.append((end["mean"], text, model.colour))
    return labels
