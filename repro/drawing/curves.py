"""Curves of test errors over examples seen: lines, crosses where runs diverged, and names at their ends."""

import math

import pandas as pd
from matplotlib.axes import Axes

from repro.drawing import labels
from repro.drawing.models import look
from repro.evidence.statistics import Interval

MARKED = 8
"""Points up to which a curve shows each of them."""


def draw_curve(axes: Axes, rows: pd.DataFrame, seeds: pd.DataFrame, model: str) -> None:
    """One model: the paper's curve faint, ours strong; several seeds as thin lines, one with its band.

    rows: as `evidence.curves.COLUMNS`. seeds: as `evidence.models.seed_curves`.
    """
    colour, line = look(model)
    own, each = rows[rows["model"] == model], seeds[seeds["model"] == model]
    ours, theirs = (own[own["source"] == source] for source in ("ours", "paper"))
    axes.plot(theirs["examples"] / 1e6, theirs["error"], line, color=colour, alpha=0.35, linewidth=1)
    if each["seed"].nunique() > 1:
        for _, curve in each.groupby("seed"):
            axes.plot(curve["examples"] / 1e6, curve["error"], line, color=colour, linewidth=0.5, alpha=0.7)
    else:
        band = (ours["examples"] / 1e6, ours["low"], ours["high"])
        axes.fill_between(*band, color=colour, alpha=0.15, linewidth=0)
    marker = "o" if len(ours) <= MARKED else ""
    axes.plot(ours["examples"] / 1e6, ours["error"], line, color=colour, marker=marker, markersize=2.5)


def cross_out(axes: Axes, runs: pd.DataFrame, colour: str) -> None:
    """A cross at the last point of each run that diverged. `runs`: diverged, examples, error (%)."""
    lost = runs[runs["diverged"]]
    if len(lost):
        axes.plot(lost["examples"] / 1e6, lost["error"], "x", color=colour, markersize=7)


def mark_ends(axes: Axes, rows: pd.DataFrame, runs: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Labels for `style.place_labels`: names with our last error, or how many runs diverged, with a cross.

    rows: as `evidence.curves.COLUMNS`. runs: as `evidence.models.endings`; its models are labelled.
    """
    ours = rows[rows["source"] == "ours"]
    found = []
    for model, own in runs.groupby("model", sort=False):
        name, colour = str(model), look(str(model)).colour
        cross_out(axes, own, colour)
        curve = ours[ours["model"] == name]
        height = curve["error"].iloc[-1] if len(curve) else own["error"].iloc[-1]
        text = labels.lost(own["diverged"])
        if not text:
            end = curve.iloc[-1]
            half = end["high"] - end["error"] if end["n"] > 1 else math.nan
            text = Interval(height, half, end["n"]).text(1)
        found.append((height, f"{name}: {text}", colour))
    return found


def paper_ends(rows: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Labels for `style.place_labels`: the names of the paper's curves at their ends."""
    theirs = rows[rows["source"] == "paper"].sort_values("examples").groupby("model", sort=False).last()
    return [(end["error"], str(name), look(str(name)).colour) for name, end in theirs.iterrows()]
