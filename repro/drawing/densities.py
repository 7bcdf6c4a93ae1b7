"""Figures 6, 7 and 8, from tables of `evidence.densities`."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import style
from repro.drawing.labels import init_title


@style.themed
def draw(tables: Mapping[str, pd.DataFrame], label: str) -> Figure:
    """A panel for each initialization: ours as lines, the paper's as dots, one colour per layer.

    The paper's normalized panel is drawn twice, beside either reading of it and on the same axes. `label`: of
    the x axis.
    """
    points = tables["points"]
    figure = style.new_figure(3.0)
    panels = figure.subplots(1, len(tables["panels"]))
    for axes, panel in zip(panels, tables["panels"].to_dict("records"), strict=True):
        _panel(axes, points[points["init"] == panel["init"]])
        axes.set_title(init_title(panel["init"], panel["scale"]))
    panels[0].set_ylabel("Density")
    panels[1].set_xlabel(label)
    shared = [max(limits) for limits in zip(*(_limits(axes) for axes in panels[1:]), strict=True)]
    for axes in panels[1:]:
        axes.set(xlim=(-shared[0], shared[0]), ylim=(0, shared[1]))
    style.layer_legend(figure)
    return figure


def _limits(axes: Axes) -> tuple[float, float]:
    return axes.get_xlim()[1], axes.get_ylim()[1]


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    for layer, curve in rows.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        ours, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
        axes.plot(ours["x"], ours["density"], color=colour, linewidth=1.1)
        axes.plot(theirs["x"], theirs["density"], color=colour, **style.DOTS)
    reach = max(_reach(curve) for _, curve in rows.groupby(["layer", "source"]))
    axes.set(xlim=(-reach, reach), ylim=(0, None))
    axes.locator_params(axis="x", nbins=5)


def _reach(curve: pd.DataFrame) -> float:
    """Where a curve has fallen to 1 % of its peak."""
    return float(curve.loc[curve["density"] > 0.01 * curve["density"].max(), "x"].abs().max())
