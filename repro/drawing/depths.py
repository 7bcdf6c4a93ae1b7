"""Errors over depths, a line for each model."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from repro.drawing import style
from repro.drawing.models import Look
from repro.evidence.depths import NAMES
from repro.evidence.plateau import CONSTANT

LOOKS = {
    name: Look(style.ACTIVATIONS[activation], style.LINES[init]) for (activation, init), name in NAMES.items()
}


def panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """One split of `evidence.depths.points`; the lowest point of each model is ringed."""
    found = []
    for model, own in rows.groupby("model", sort=False):
        colour, line = LOOKS[str(model)]
        axes.errorbar(own["depth"], own["error"], own["half"].fillna(0), fmt=line, color=colour, marker="o",
                      markersize=3, capsize=1.5)  # fmt: skip
        lowest = own.sort_values("error", kind="stable").iloc[0]
        axes.plot(lowest["depth"], lowest["error"], "o", color=colour, markerfacecolor="none", markersize=8)
        found.append((float(own["error"].iloc[-1]), str(model), colour))
    axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
    axes.set(title=title, xlabel="Hidden layers", ylabel="Error (%)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.place_labels(axes, found)
