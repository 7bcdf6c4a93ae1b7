"""Curves of test errors over examples seen: lines, crosses where runs diverged, and names at their ends."""

import math

import pandas as pd
from matplotlib.axes import Axes

from repro.drawing import labels
from repro.drawing.models import look
from repro.evidence.statistics import Interval


def draw_curve(axes: Axes, rows: pd.DataFrame, model: str, markers: bool) -> None:
    """One model: the paper's curve faint, ours strong with its band. `rows` as `evidence.curves.COLUMNS`."""
    colour, line = look(model)
    own = rows[rows["model"] == model]
    ours, theirs = (own[own["source"] == source] for source in ("ours", "paper"))
    marker = "o" if markers else ""
    axes.plot(theirs["examples"] / 1e6, theirs["error"], line, color=colour, alpha=0.35, linewidth=1)
    axes.plot(ours["examples"] / 1e6, ours["error"], line, color=colour, marker=marker, markersize=2.5)
    band = (ours["examples"] / 1e6, ours["low"], ours["high"])
    axes.fill_between(*band, color=colour, alpha=0.15, linewidth=0)


def cross_out(axes: Axes, runs: pd.DataFrame, colour: str) -> None:
    """A cross at the last point of each run that diverged. `runs`: diverged, examples, error (%)."""
    lost = runs[runs["diverged"]]
    if len(lost):
        axes.plot(lost["examples"] / 1e6, lost["error"], "x", color=colour, markersize=7)


def mark_ends(axes: Axes, rows: pd.DataFrame, runs: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Labels for `style.place_labels`: names with our last error; draws a cross where a run diverged.

    rows: as `evidence.curves.COLUMNS`. runs: as `evidence.models.endings`; its models are labelled.
    """
    ours = rows[rows["source"] == "ours"]
    found = []
    for model, own in runs.groupby("model", sort=False):
        name, colour = str(model), look(str(model)).colour
        cross_out(axes, own, colour)
        curve = ours[ours["model"] == name]
        parts = [labels.lost(own["diverged"])]
        height = own["error"].iloc[-1]  # of a run that diverged before our first point
        if len(curve):
            end = curve.iloc[-1]
            height = end["error"]
            half = end["high"] - end["error"] if end["n"] > 1 else math.nan
            parts.insert(0, Interval(height, half, end["n"]).text(1))
        found.append((height, f"{name}: {', '.join(filter(None, parts))}", colour))
    return found
