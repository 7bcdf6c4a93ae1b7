"""Test errors of networks at several learning rates as maps, and below them what follows in each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from repro.drawing import style

COLOURS = mpl.colormaps["YlGnBu_r"]
HOLDS, OPPOSITE, CLOSE = "#9fd3c7", "#f2a08d", "#e8e8e8"
DARK = 0.45
"""Share of the colours, from the lowest error, on which text is white."""


@style.themed
def maps(
    points: pd.DataFrame,
    statements: pd.DataFrame,
    networks: Sequence[str],
    claims: Mapping[str, str],
    own: str,
) -> Figure:
    """A column of panels for each range. points, statements: as the study's tables; own: the last column."""
    ranges = list(dict.fromkeys(points["inputs"]))
    rates = sorted(points["lr"].unique())
    columns = [f"{rate:g}" for rate in rates] + [own]
    finite = points.loc[points["diverged"] < points["seeds"], "error"]
    scale = Normalize(finite.min(), finite.max()) if len(finite) else Normalize(0, 100)
    figure = style.new_figure(0.95 + 0.38 * (len(networks) + len(claims)))
    panels = figure.subplots(
        2, len(ranges), sharex="col", squeeze=False, height_ratios=(len(networks), len(claims))
    )
    for k, name in enumerate(ranges):
        upper, lower = panels[:, k]
        _errors(upper, points[points["inputs"] == name], networks, rates, scale)
        _statements(lower, statements[statements["inputs"] == name], list(claims), columns)
        upper.set_title(f"Inputs in {name}: test error (%)")
        lower.set_xticks(range(len(columns)), columns)
        lower.set_xlabel("Learning rate ε")
        lower.set_title("Points by which it holds")
        for axes, labels in ((upper, list(networks)), (lower, list(claims.values()))):
            axes.set_yticks(range(len(labels)), labels if k == 0 else [""] * len(labels))
            axes.set(ylim=(len(labels) - 0.5, -0.5), xlim=(-0.5, len(columns) - 0.5))
            axes.tick_params(length=0)
            for spine in axes.spines.values():
                spine.set_visible(False)
    bar = figure.colorbar(mpl.cm.ScalarMappable(scale, COLOURS), ax=panels[0], aspect=12, pad=0.01)
    bar.set_label("Test error (%)")
    return figure


def _errors(
    axes: Axes, points: pd.DataFrame, networks: Sequence[str], rates: Sequence[float], scale: Normalize
) -> None:
    for row in points.to_dict("records"):
        place = networks.index(row["network"])
        _error(axes, rates.index(row["lr"]), place, row, scale, framed=row["best"])
        if row["best"]:
            _error(axes, len(rates), place, row, scale, framed=False)


def _error(axes: Axes, x: int, y: int, row: Mapping[Any, Any], scale: Normalize, framed: bool) -> None:
    lost = row["diverged"] == row["seeds"]
    value = float(scale(row["error"]))
    colour = "white" if lost else COLOURS(value)
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=1))
    text = "×" if lost else f"{row['error']:.1f}"
    if not lost and np.isfinite(row["half"]):
        text += f"\n± {row['half']:.1f}"
    if row["diverged"] and not lost:
        text += f"\n{row['diverged']} of {row['seeds']} ×"
    ink = "white" if not lost and value < DARK else "black"
    axes.text(x, y, text, ha="center", va="center", fontsize=7, color=ink, linespacing=1)
    if framed:
        axes.add_patch(
            Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, fill=False, edgecolor="#e4572e", linewidth=1.6)
        )


def _statements(axes: Axes, rows: pd.DataFrame, claims: Sequence[str], columns: Sequence[str]) -> None:
    for row in rows.to_dict("records"):
        x, y = columns.index(row["column"]), claims.index(row["claim"])
        colour = CLOSE if not row["clear"] else HOLDS if row["holds"] else OPPOSITE
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=1))
        axes.text(x, y, f"{row['size']:+.1f}", ha="center", va="center", fontsize=7)
