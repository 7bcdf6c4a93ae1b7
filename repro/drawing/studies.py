"""Curves of test errors of the networks of a study, with names at their ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from repro.drawing import labels, style
from repro.drawing.curves import cross_out
from repro.drawing.models import Look


def number(value: float, low: float, high: float, n: float) -> str:
    """`70.2`, or with several seeds `70.2 ± 0.3`."""
    half = f" ± {(high - low) / 2:.1f}" if n > 1 else ""
    return "" if np.isnan(value) else f"{value:.1f}{half}"


Labels = list[tuple[float, str, str]]
"""As `style.place_labels` takes them, when the limits of the axes are final."""


def error_curves(axes: Axes, points: pd.DataFrame, runs: pd.DataFrame, looks: Mapping[str, Look]) -> Labels:
    """A line for each network of `looks`, its band, a cross where a run diverged; returns names for the end.

    points, runs: as in `evidence.studies`. What stands after a comma in a name goes without saying.
    """
    found: Labels = []
    for name, look in looks.items():
        rows, own = points[points["network"] == name], runs[runs["network"] == name]
        few = "o" if len(rows) <= 10 else ""
        axes.plot(
            rows["examples"] / 1e6, rows["error"], look.line, color=look.colour, marker=few, markersize=2.5
        )
        axes.fill_between(
            rows["examples"] / 1e6, rows["low"], rows["high"], color=look.colour, alpha=0.15, linewidth=0
        )
        cross_out(axes, own, look.colour)
        parts = [labels.lost(own["diverged"])]
        height = float(own["error"].iloc[-1]) if len(own) else np.nan
        if len(rows):
            end: Mapping[Any, Any] = rows.iloc[-1].to_dict()
            height = end["error"]
            parts.insert(0, number(end["error"], end["low"], end["high"], end["n"]))
        text = ", ".join(filter(None, parts))
        found.append((height, f"{name.partition(',')[0]}: {text}", look.colour))
    axes.set(xlabel="Examples seen (millions)", xlim=(0, None))
    return [label for label in found if not np.isnan(label[0])]


def place(labels: Mapping[Axes, Labels]) -> None:
    """Write the names of all panels, which may share their axes."""
    for axes, found in labels.items():
        style.place_labels(axes, found)
