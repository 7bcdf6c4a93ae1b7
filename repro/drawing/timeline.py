"""Panels of Figures 2, 3, 9 and 10, from tables of `evidence.timeline`: a line for each layer."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from repro.drawing import style

LINEAR = 4.0
"""Epochs that all runs must have come to for a linear time axis."""


def panel(axes: Axes, rows: pd.DataFrame, long: bool) -> None:
    """A line for each layer with its band over seeds, and the paper's dots; × where a run of ours diverged.

    `rows`: one quantity of one panel. `long`: runs reach far into the paper's time axis, which is then used;
    otherwise it is logarithmic.
    """
    time = "epoch" if long else "update"
    for layer, curve in rows.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        mine, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
        axes.plot(theirs[time], theirs["value"], color=colour, **style.DOTS)
        axes.plot(mine[time], mine["value"], color=colour, linewidth=1.3)
        low, high = mine["value"] - mine["half"], mine["value"] + mine["half"]
        axes.fill_between(mine[time], low, high, color=colour, alpha=0.2, linewidth=0)
        gone = mine[mine["diverged"] > 0]
        axes.plot(gone[time], gone["value"], "x", color=colour, zorder=3)


def heading(name: str, rows: pd.DataFrame) -> str:
    """Title of a panel with these rows, which says if a run of ours diverged."""
    return name + (", diverged at ×" if (rows["diverged"] > 0).any() else "")


def time_axis(panels: Iterable[Axes], long: bool, rows: pd.DataFrame | None = None) -> None:
    """Label the x axes: the paper's epochs, or updates on a logarithmic axis that also holds 0.

    A linear axis ends where ours do, or, with less than half of the paper's time, at twice that: there
    dots have room. rows: of all panels; without them it holds all.
    """
    for axes in panels:
        axes.set_xlabel("Epochs of 20,000 updates" if long else "Updates (20,000 are an epoch of the paper)")
        if not long:
            axes.set_xscale("symlog", linthresh=1, linscale=0.4)
            axes.set_xlim(-0.3, 3e6)
            axes.set_xticks([0, 10, 1_000, 100_000])
        elif rows is not None:
            reach = rows.loc[rows["source"] == "ours", "epoch"].max()
            whole = rows["epoch"].max()
            axes.set_xlim(-0.02 * min(whole, 2 * reach), 1.02 * min(whole, 2 * reach))
