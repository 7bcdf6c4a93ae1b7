"""A sigmoid network that dies and comes back: a column for each network, from tables of `dying_layer`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from repro.drawing import style

OUTPUTS = "black"
MOMENTS = {
    "prior": (":", "output is π"),
    "dead": ("--", "top layer gone"),
    "escape": ("-", "off the plateau"),
}
ROWS = {
    "z_mean": "Mean of z",
    "learned": "Learned of log π",
    "s_varying": "Varying part of s, rms",
    "ds_std": "Std of ∂C/∂s (nats)",
    "z_saturated": "Saturated units (%)",
}
LOGARITHMIC = ("s_varying", "ds_std")
MOST = 4
"""Columns that have room."""


@style.themed
def draw(points: pd.DataFrame, networks: pd.DataFrame) -> Figure:
    """points, networks: as in `dying_layer.tables`.

    Networks with larger mini-batches are in the column of the same network, dash-dotted.
    """
    usual = networks[networks["batch"] == networks["batch"].min()]
    names = list(dict.fromkeys(usual["network"]))[:MOST]
    figure = style.new_figure(8.6)
    panels = figure.subplots(len(ROWS), len(names), squeeze=False, sharex="col", sharey="row")
    for column, name in zip(panels.T, names, strict=True):
        about = usual[usual["network"] == name]
        own = points[points["network"] == name]
        for axes, quantity in zip(column, ROWS, strict=True):
            _panel(axes, own, quantity, about)
            _moments(axes, about)
        _calmer(column[0], points, networks, about)
        column[0].set_title(_title(about))
        _time(column[-1], about)
    for line, (quantity, label) in zip(panels, ROWS.items(), strict=True):
        line[0].set_ylabel(label)
        if quantity in LOGARITHMIC:
            line[0].set_yscale("log")
    panels[0, 0].set_ylim(0, 1)
    panels[1, 0].set_ylim(-0.7, 2.6)
    _name_parts(panels[1])
    panels[-1, 0].set_ylim(-3, 103)
    _legend(figure, len(points.query("quantity == 'z_mean'")["layer"].unique()))
    return figure


def _title(about: pd.DataFrame) -> str:
    name, row = str(about["network"].iloc[0]), about.iloc[0]
    return f"{name.replace(', whole training', '')}\n{row['updates']:,} updates"


def _panel(axes: Axes, own: pd.DataFrame, quantity: str, about: pd.DataFrame) -> None:
    """Lines of a quantity, one for each layer and seed; `learned`: of b and of W m, up to the escape."""
    for seed, rows in own.groupby("seed"):
        if quantity == "learned":
            escape = about.loc[about["seed"] == seed, "escape"].max()
            for of, line in (("bias", "--"), ("mean", "-")):
                course = rows[(rows["quantity"] == f"learned_{of}") & ~(rows["update"] > escape)]
                axes.plot(course["update"], course["value"], line, color=OUTPUTS, linewidth=0.9)
            continue
        outputs = rows["layer"].max()
        scale = 100 if quantity == "z_saturated" else 1
        for layer, course in rows[rows["quantity"] == quantity].groupby("layer"):
            colour = OUTPUTS if layer == outputs else style.layer_colour(int(str(layer)))
            axes.plot(course["update"], scale * course["value"], color=colour, linewidth=0.9)
    recorded = not own[own["quantity"] == {"learned": "learned_bias"}.get(quantity, quantity)].empty
    if quantity == "learned" and recorded:
        axes.axhline(1, color=style.GREY, linewidth=0.5)
    if not recorded:
        axes.text(0.5, 0.5, "not recorded", ha="center", transform=axes.transAxes, color=style.GREY,
                  fontsize=style.LABEL_SIZE)  # fmt: skip


def _name_parts(panels: Iterable[Axes]) -> None:
    """Say which line is b and which is W m, in the first panel that has them."""
    looks: dict[str, Any] = {"color": OUTPUTS, "linewidth": 0.9}
    handles = [Line2D([], [], label="W·mean(h)", **looks), Line2D([], [], label="b", linestyle="--", **looks)]
    having = [axes for axes in panels if any(np.size(line.get_xdata()) > 2 for line in axes.lines)]
    for axes in having[:1]:
        axes.legend(handles=handles, loc="upper left", ncols=2, fontsize=style.LABEL_SIZE, columnspacing=1)


def _moments(axes: Axes, about: pd.DataFrame) -> None:
    for name, (line, _) in MOMENTS.items():
        for update in about.get(name, pd.Series(dtype=float)).dropna().iloc[:1]:
            axes.axvline(update, color=style.GREY, linestyle=line, linewidth=0.7, zorder=0)


def _calmer(axes: Axes, points: pd.DataFrame, networks: pd.DataFrame, about: pd.DataFrame) -> None:
    """The top layer's mean of the same network with larger mini-batches."""
    same = networks[
        (networks["batch"] > about["batch"].min()) & networks["measured"] & about["measured"].all()
    ]
    same = same[(same["width"] == about["width"].iloc[0]) & (same["lr"] == about["lr"].iloc[0])]
    rows = points[points["network"].isin(same["network"]) & (points["quantity"] == "z_mean")]
    rows = rows[rows["layer"] == rows["layer"].max()]
    if len(rows):
        colour = style.layer_colour(int(rows["layer"].max()))
        axes.plot(rows["update"], rows["value"], "-.", color=colour, linewidth=1.1)


def _time(axes: Axes, about: pd.DataFrame) -> None:
    """Linear where the network comes back, else a logarithmic axis that also holds 0."""
    last = float(about["updates"].max())
    if about["escape"].notna().any():
        axes.set_xlim(0, last)
        unit, name = (1e6, "M") if last > 1e6 else (1e3, "k")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit:g}{name}" if value else "0")
        axes.set_xlabel("Updates")
        return
    axes.set_xscale("symlog", linthresh=1, linscale=0.4)
    axes.set_xlim(0, last)
    ticks = [0, *(10**k for k in range(1, int(np.log10(last)) + 1))]
    axes.set_xticks(ticks, [f"{t // 1000}k" if t >= 1000 else str(t) for t in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Updates (logarithmic)")


def _legend(figure: Figure, layers: int) -> None:
    def line(label: str, **looks: Any) -> Line2D:
        return Line2D([], [], label=label, **looks)

    handles = [line(f"Layer {i}", color=style.layer_colour(i)) for i in range(1, layers + 1)]
    handles += [
        line("Outputs", color=OUTPUTS),
        line(f"Layer {layers}, mini-batches of 100", color=style.layer_colour(layers), linestyle="-."),
    ]
    handles += [
        line(text, color=style.GREY, linestyle=dash, linewidth=0.8) for dash, text in MOMENTS.values()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3, columnspacing=1.2, handlelength=2)
