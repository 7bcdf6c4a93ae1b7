"""Figures 3 and 10: a row of panels for each network, from tables of `evidence.saturation`."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import style, timeline
from repro.evidence.saturation import SATURATED, last_epoch

LABELS = {"std": "Standard deviation of z", "p98": "98 percentile of z"}


@style.themed
def draw(courses: pd.DataFrame) -> Figure:
    """A row for each network; standard deviation and 98 percentile. Ours are lines, the paper's dots."""
    long = last_epoch(courses) >= timeline.LINEAR
    networks = courses["network"].unique()
    figure = style.new_figure(0.6 + 2.2 * len(networks))
    panels = np.atleast_2d(figure.subplots(len(networks), 2, sharex=True, sharey="col"))
    for line, name in zip(panels, networks, strict=True):
        rows = courses[courses["network"] == name]
        for axes, (quantity, label) in zip(line, LABELS.items(), strict=True):
            timeline.panel(axes, rows[rows["quantity"] == quantity], long)
            axes.set(title=timeline.heading(name, rows), ylabel=label, ylim=(0, None))
        line[1].axhline(SATURATED, color=style.GREY, linestyle=":", linewidth=0.8, zorder=0)
        line[1].set_ylim(0, 1.05)
    timeline.time_axis(panels[-1], long, courses)
    style.layer_legend(figure)
    return figure
