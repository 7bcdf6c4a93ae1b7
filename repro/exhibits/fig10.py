"""Figure 10: activations during training, normalized initialization

As Figure 3 (top), for tanh networks with the normalized initialization: how far the activations of each
layer spread over all units and 300 test images. In the paper all layers start alike and grow together, so
that none saturates long before the others and starves those below it of gradient. First eq. 16 in every
layer, then the standard initialization in the first and the output layer and n Var[W] = 1.3 in between, which
is where the paper's dots begin; then both on images with grey levels from -1 to 1 instead of 0 to 1. A last
row, of long runs only, is what claim C19 compares: each layer's course from its start (0) to our end (1).

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised, the same
  for all networks. These differ by constant factors on the same random weights and see the same examples.
- Std and 98 percentile: as in Figure 3. The percentile is in the table and the CSV only: in the paper it is
  near 1 from epoch 4 on.
- The time axis is logarithmic and holds 0, until runs are long enough for a linear one.
- Why 1.3: see the page `hidden_scale`, which estimates it from the paper's pictures before training. Nothing
  here was fitted to the course of training.
- Claim C19 compares Figures 3 and 10 of the paper, for either range of inputs. In the last row inputs are in
  [0, 1], and the paper's dots end where ours do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from repro.drawing import style
from repro.drawing import timeline as drawing
from repro.drawing.labels import init_title
from repro.evidence import along as whole
from repro.evidence import saturation
from repro.evidence.saturation import Network, last_epoch
from repro.evidence.selection import Runs, Variant, init_scale, variants
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=normalized,normalized_hidden depth=5",
    "activation=tanh init=normalized,normalized_hidden depth=5 dataset.low=-1.0",
    # those of Figure 3, beside which claim C19 sets the first
    "activation=tanh,softsign init=standard depth=5",
    "activation=softsign init=standard depth=5 dataset.low=-1.0",
)
BESIDE = ("softsign", "tanh")
"""What C19 compares normalized tanh with, standard initialization: like it, and unlike it."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.saturation`. points: their columns in the CSV. beside: as courses, BESIDE."""
    found = variants(runs, "init", ("normalized", "normalized_hidden"), activation="tanh")
    networks = [
        Network(v.named(f"tanh, {_short(v)}"), "tanh", v.value, v.inputs, v.wide, v.runs, "fig10")
        for v in found
    ]
    others = [
        Network(
            v.named(f"{v.value}, standard"), v.value, "standard", v.inputs, v.wide, v.runs, f"fig03_{v.value}"
        )
        for v in variants(runs, "activation", BESIDE, init="standard")
    ]
    return {**saturation.tables(networks), "beside": saturation.courses(others)}


def _short(variant: Variant) -> str:
    """The initialization, as headings have it."""
    title = init_title(variant.value, init_scale(variant.runs[0]))
    return title[0].lower() + title[1:]


def summary(tables: Tables) -> pd.DataFrame:
    return saturation.summary(tables["courses"])


def along(tables: Tables) -> pd.DataFrame:
    return whole.shown(tables["points"], whole.courses("network", reading=0.0025))


def verdicts(tables: Tables) -> list[Verdict]:
    return saturation.agreement(tables["courses"], "fig10")


@style.themed
def draw(tables: Tables) -> Figure:
    """A panel for each network; below, the courses that claim C19 compares, from 0 at the start to 1."""
    rows = tables["courses"]
    std = rows[rows["quantity"] == "std"]
    long = last_epoch(rows) >= drawing.LINEAR
    names = list(std["network"].unique())
    lines = math.ceil(len(names) / 2)
    figure = style.new_figure(0.8 + 2.0 * lines + 1.7 * long)
    grid = figure.add_gridspec(lines + long, 6, height_ratios=[1.15] * lines + [1] * long)
    for i, name in enumerate(names):
        left = 3 * (i % 2)
        axes = figure.add_subplot(grid[i // 2, left : left + 3])
        mine = std[std["network"] == name]
        drawing.panel(axes, mine, long)
        title = drawing.heading(name, mine).replace(", inputs", ",\ninputs")
        axes.set(title=title, ylabel="Std of z" if not left else "", ylim=(0, 1))
        drawing.time_axis([axes], long, std)
        axes.set_xlabel(axes.get_xlabel() if i >= len(names) - 2 and not long else "")
    if long:
        _compared(figure, grid, tables)
    style.layer_legend(figure)
    return figure


def _compared(figure: Figure, grid: GridSpec, tables: Tables) -> None:
    """The last row: what claim C19 compares."""
    rows, beside = tables["courses"], tables["beside"]
    end = min(last_epoch(rows), last_epoch(beside))
    both = pd.concat([rows[rows["network"] == rows["network"].iloc[0]], beside[~beside["wide"]]])
    compared = both[both["epoch"] <= end]
    for i, (name, mine) in enumerate(compared.groupby("network", sort=False)):
        axes = figure.add_subplot(grid[-1, 2 * i : 2 * i + 2])
        _rises(axes, mine)
        axes.set(title=str(name), ylabel="Share of its rise" if not i else "", ylim=(-0.05, 1.05))
        drawing.time_axis([axes], True, compared)
        axes.set_xlabel(axes.get_xlabel() if i == 1 else "")


def _rises(axes: Axes, rows: pd.DataFrame) -> None:
    """Both sources' courses up to the same epoch, each scaled to its own rise."""
    for source, look in (("paper", style.DOTS), ("ours", {"linewidth": 1.3})):
        own = rows[rows["source"] == source]
        if own["epoch"].nunique() > 2:
            for layer, course in saturation.rises(own).items():
                axes.plot(course.index, course, color=style.layer_colour(int(str(layer))), **look)
