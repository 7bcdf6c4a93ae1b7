"""How well candidates for an unknown account for the paper's curves: log likelihoods over the best one's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from repro.drawing import style

STARTS = {
    "eq. 16": style.INITS["normalized"],
    "eq. 16, top eq. 1": "#5b8ff9",
    "hidden 1.3": style.INITS["normalized_hidden"],
}
OUTCOMES = {"settled": "#1b7f79", "open": style.GREY, "contradictory": "#9b2226", "none fits": "#9b2226"}
ROW, MARGIN = 0.27, 0.68
"""Inches of a row, and of what stands around the rows of a panel."""


def colours(unknown: str, names: Sequence[str]) -> dict[str, str]:
    """Of the candidates: what has a colour elsewhere keeps it, numbers go from light to dark."""
    known = {"inputs": style.INPUTS, "init": STARTS}.get(unknown, {})
    palette = mpl.colormaps["viridis_r"]
    rest = [name for name in names if name not in known]
    shades = {
        name: mpl.colors.to_hex(palette(0.12 + 0.8 * k / max(1, len(rest) - 1)))
        for k, name in enumerate(rest)
    }
    if unknown == "init":  # n Var[W] by how dark
        browns = mpl.colormaps["YlOrBr"]
        shades = {
            name: mpl.colors.to_hex(browns(0.3 + 0.6 * k / max(1, len(rest) - 1)))
            for k, name in enumerate(rest)
        }
    return {name: known.get(name) or shades[name] for name in names}


@style.themed
def panels(points: pd.DataFrame, answers: pd.DataFrame, titles: Mapping[str, str], decisive: float) -> Figure:
    """A panel for each unknown, a row for each network. points, answers: as the study's tables."""
    shown = [name for name in titles if (answers["unknown"] == name).any()]
    counts = [int((answers["unknown"] == name).sum()) for name in shown]
    figure = style.new_figure(0.5 + sum(MARGIN + ROW * count for count in counts))
    ratios = [MARGIN / 2 + ROW * count for count in counts]
    axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    for panel, name in zip(axes, shown, strict=True):
        own = answers[answers["unknown"] == name]
        _panel(panel, points[points["unknown"] == name], own, decisive)
        panel.set_title(titles[name], fontweight="bold", pad=16)
    small: Any = {"va": "center", "fontsize": 6.5, "color": style.GREY}
    low = counts[0] - 0.65
    axes[0].text(-decisive * 1.08, low, "20 times less likely, or more", ha="right", **small)
    axes[0].text(0.06, low, "against the leader", **small)
    axes[-1].set_xlabel(
        "Log likelihood (natural) over that of the candidate that does best on all curves together"
    )
    return figure


def _panel(axes: Axes, points: pd.DataFrame, answers: pd.DataFrame, decisive: float) -> None:
    names = sorted(points["candidate"].unique(), key=_order)
    look = colours(str(points["unknown"].iloc[0]), names)
    labels = []
    for place, row in enumerate(answers.to_dict("records")):
        own = points[(points["network"] == row["network"]) & (points["only"] == row["only"])]
        for k, (name, colour) in enumerate(look.items()):
            mine = own[own["candidate"] == name]
            if mine.empty:
                continue
            height = place + 0.22 * (k / max(1, len(look) - 1) - 0.5) * 2
            axes.plot(mine["lead"], [height] * len(mine), "o", color=colour, markersize=2.8, alpha=0.55,
                      markeredgewidth=0)  # fmt: skip
            total = (mine["lead"] * mine["weight"]).sum()
            axes.plot(total, height, "o", color=colour, markersize=7, markeredgecolor="white",
                      markeredgewidth=0.6)  # fmt: skip
        labels.append("\n".join(filter(None, (row["network"], row["only"]))))
        where = axes.get_yaxis_transform()
        axes.text(1.01, place, _outcome(row), transform=where, va="center", fontsize=style.LABEL_SIZE,
                  color=OUTCOMES[row["outcome"]])  # fmt: skip
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    axes.axvline(-decisive, color=style.GREY, linewidth=0.8, linestyle="--")
    axes.axvline(decisive, color=style.GREY, linewidth=0.5, linestyle=":")
    axes.set_xscale("symlog", linthresh=decisive, linscale=1)
    axes.set_xticks([-100, -30, -10, -3, 0, 3, 10])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    axes.set_yticks(range(len(labels)), labels, fontsize=style.LABEL_SIZE)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=c, marker="o", linestyle="", markersize=5, label=n) for n, c in look.items()
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.01, 0.98), ncols=len(handles),
                fontsize=6.5, columnspacing=0.9, handletextpad=0.1, borderpad=0)  # fmt: skip


def _outcome(row: Mapping[Any, Any]) -> str:
    settled = row["outcome"] == "settled"
    return f"settled: {row['leader']}" if settled else f"{row['outcome']}\n(best: {row['leader']})"


def _order(name: str) -> tuple[float, str]:
    """[0, 1] before [-1, 1], eq. 16 first, then numbers by size."""
    try:
        return float(name.removeprefix("hidden ").replace(",", "")), name
    except ValueError:
        return -2.0 if name in ("[0, 1]", "eq. 16") else -1.0, name
