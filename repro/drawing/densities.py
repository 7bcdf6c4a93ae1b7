"""Figures 6, 7 and 8, from tables of `evidence.densities`."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import style
from repro.drawing.labels import init_title

SHIFT = 0.16
"""How far ours and the paper's peak of a layer stand apart, in layers."""


@style.themed
def draw(tables: Mapping[str, pd.DataFrame], label: str) -> Figure:
    """A column for each initialization: the densities, and below them how high each one peaks.

    Ours as lines, the paper's as dots, one colour per layer. Curves that coincide hide each other; their
    peaks don't. The paper's normalized panel is drawn twice, beside either reading of it and on the same
    axes. `label`: of the x axis.
    """
    points, peaks = tables["points"], tables["peaks"]
    figure = style.new_figure(4.3)
    panels, below = figure.subplots(2, len(tables["panels"]), height_ratios=(1.75, 1))
    for axes, small, panel in zip(panels, below, tables["panels"].to_dict("records"), strict=True):
        _panel(axes, points[points["init"] == panel["init"]])
        axes.set_title(init_title(panel["init"], panel["scale"]))
        _peaks(small, peaks[peaks["init"] == panel["init"]])
    panels[0].set_ylabel("Density")
    panels[1].set_xlabel(label)
    below[0].set_ylabel("Peak of the density")
    _share([(*axes.get_xlim(), *axes.get_ylim()) for axes in panels[1:]], panels[1:])
    top = max(axes.get_ylim()[1] for axes in below[1:])
    for axes in below[1:]:
        axes.set_ylim(0, top)
    style.layer_legend(figure)
    return figure


def _share(limits: list[tuple[float, float, float, float]], panels: list[Axes]) -> None:
    """The widest limits for all."""
    low, high, _, top = zip(*limits, strict=True)
    for axes in panels:
        axes.set(xlim=(min(low), max(high)), ylim=(0, max(top)))


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    for layer, curve in rows.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        ours, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
        axes.plot(ours["x"], ours["density"], color=colour, linewidth=1.1)
        axes.plot(theirs["x"], theirs["density"], color=colour, **style.DOTS)
    reach = max(_reach(curve) for _, curve in rows.groupby(["layer", "source"]))
    axes.set(xlim=(-reach, reach), ylim=(0, None))
    axes.locator_params(axis="x", nbins=4)


def _reach(curve: pd.DataFrame) -> float:
    """Where a curve has fallen to 1 % of its peak."""
    return float(curve.loc[curve["density"] > 0.01 * curve["density"].max(), "x"].abs().max())


def _peaks(axes: Axes, rows: pd.DataFrame) -> None:
    """Left of a layer's place ours with its interval over seeds, right of it the paper's with its error."""
    for peak in rows.to_dict("records"):
        colour = style.layer_colour(peak["layer"])
        ours: dict[str, Any] = {
            "fmt": "_",
            "markersize": 9,
            "markeredgewidth": 1.6,
            "capsize": 2.5,
            "linewidth": 1.0,
        }
        axes.errorbar(peak["layer"] - SHIFT, peak["ours"], peak["half"], color=colour, **ours)
        theirs: dict[str, Any] = {
            "fmt": "o",
            "markersize": 3.6,
            "alpha": 0.6,
            "markeredgewidth": 0,
            "linewidth": 0.8,
        }
        axes.errorbar(peak["layer"] + SHIFT, peak["paper"], peak["error"], color=colour, **theirs)
    layers = sorted(rows["layer"].unique())
    axes.set(xlim=(0.5, len(layers) + 0.5), ylim=(0, None), xlabel="Layer")
    axes.set_xticks(layers)
