"""The surfaces of Figure 5, from tables of `evidence.cost_surfaces`."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from repro.drawing import style
from repro.evidence.cost_surfaces import CELLS

COLOURS = {"cross-entropy": "#3f3f3f", "quadratic": "#c8442c"}  # black above red, as in the paper


def surfaces(axes: Any, rows: pd.DataFrame, heights: pd.DataFrame) -> None:
    """Both surfaces on 3-D axes, with dots where the paper's heights were read.

    rows: as from `evidence.cost_surfaces.surfaces`. heights: cost, w1, w2, paper.
    """
    axes.computed_zorder = False
    for cost, colour in reversed(COLOURS.items()):
        grids = _grids(cost, rows)
        w1, w2, z = (grids[name][:: CELLS // 64, :: CELLS // 64] for name in ("w1", "w2", "height"))
        axes.plot_surface(w1, w2, z, color=colour, alpha=0.16, linewidth=0, rcount=65, ccount=65)
        axes.plot_wireframe(w1, w2, z, color=colour, linewidth=0.6, rcount=9, ccount=9)
        dots = heights[heights["cost"] == cost]
        axes.plot(dots["w1"], dots["w2"], dots["paper"], "o", color=colour, markersize=4, zorder=5)
    for cost, height in (("cross-entropy", 0.955), ("quadratic", 0.915)):
        axes.text2D(0.16, height, cost, color=COLOURS[cost], transform=axes.transAxes)
    axes.text2D(0.45, 0.935, "dots: the paper", color=style.GREY, transform=axes.transAxes)
    axes.set(xlabel="W1", ylabel="W2", zlim=(0, 4.2), zticks=range(5), xticks=(-4, 0, 4), yticks=(-4, 0, 4))
    axes.set_zlabel("Cost", labelpad=-6)
    axes.grid(False)
    axes.view_init(elev=24, azim=-66)
    axes.set_box_aspect((1, 1, 1.25), zoom=1.0)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.pane.set_alpha(0)
        axis.set_tick_params(pad=-2)
    axes.xaxis.labelpad = axes.yaxis.labelpad = -6


def contours(axes: Axes, rows: pd.DataFrame, cost: str, plateau: float) -> None:
    """Ten contours of a surface, with its plateau filled: where the slope is below this."""
    grids = _grids(cost, rows)
    w, z = grids["w1"][0], grids["height"]
    axes.contourf(w, w, grids["slope"], levels=[0, plateau], colors=[COLOURS[cost]], alpha=0.4)
    axes.contour(w, w, z, levels=np.linspace(z.min(), z.max(), 11), colors=COLOURS[cost], linewidths=0.6)
    axes.set(xlabel="W1", aspect="equal", xticks=(-4, 0, 4), yticks=(-4, 0, 4))


def _grids(cost: str, rows: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """w1, w2, height and slope of one surface, [W2, W1] each."""
    own = rows[rows["cost"] == cost]
    return {name: own[name].to_numpy().reshape(CELLS + 1, -1) for name in ("w1", "w2", "height", "slope")}
