"""Singular values of the Jacobian during training

Not in the paper, which measures them before training only. The Jacobian ∂z^i/∂z^(i-1) says how a small
change of one layer's activations arrives in the next: by what factor on average (top), and at most, over
all directions (bottom). Learning stretches a few directions: the largest value of the lowest layer grows
from the first epoch on. The average follows saturation, as a saturated unit passes nothing on: where layers
saturate, as with the normalized initialization within a dozen epochs, it falls.

Implementation details
- J^i = diag(f'(s^i)) W^i. Before training and at the end (open circles) averages and extremes are over
  `monitor.jacobian_examples` test examples; in between, once per epoch, they are of a single one, which
  costs less. Once layers saturate images differ, so that the circle at the end may lie off the line.
- Runs made before these were measured in training have points at both ends only, joined by a line.
- Layer 1 is ∂z^1/∂x, from an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import style
from repro.drawing import timeline as drawing
from repro.drawing.labels import init_title
from repro.evidence import timeline
from repro.evidence.inits import INITS
from repro.evidence.selection import Runs, init_scale, select
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = ("activation=tanh init=standard,normalized,normalized_hidden depth=5",)
"""Those of Figure 9."""
QUANTITIES = {"mean": "Mean singular value", "max": "Largest singular value"}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.timeline`; init and scale (n Var[W]) tell panels apart; whole: measured on
    `monitor.jacobian_examples` examples rather than one. points: the CSV."""
    names = {f"jacobian_{name}": name for name in QUANTITIES}
    parts = []
    for init in INITS:
        mine = select(runs, activation="tanh", init=init)
        rows = timeline.ours(mine, names)
        whole = rows["update"].isin((0, mine[0].experiment.updates))
        parts.append(rows.assign(init=init, scale=init_scale(mine[0]), whole=whole))
    courses = pd.concat(parts, ignore_index=True)
    columns = ["init", "layer", "quantity", "update", "epoch", "value", "half", "n"]
    return {"courses": courses, "points": courses[columns]}


def summary(tables: Tables) -> pd.DataFrame:
    """Per layer before training and at the end of ours, and how often it was measured."""
    result = []
    for (init, layer), rows in tables["courses"].groupby(["init", "layer"], sort=False):
        row: dict[str, object] = {"initialization": init, "layer": layer}
        for name in QUANTITIES:
            mine = rows[rows["quantity"] == name].sort_values("update")
            for when, point in zip(("before", "end"), mine.iloc[[0, -1]].to_dict("records"), strict=True):
                row[f"{name}, {when}"] = Interval(point["value"], point["half"], point["n"]).text(3)
        row["measured at epochs"] = f"0 to {timeline.reached(rows)}, {rows['update'].nunique()} times"
        result.append(row)
    return pd.DataFrame(result)


def verdicts(tables: Tables) -> list[Verdict]:
    """None: the paper says nothing about it."""
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Rows: mean and largest. A column for each initialization, a line for each layer."""
    rows = tables["courses"]
    figure = style.new_figure(4.6)
    panels = figure.subplots(2, 3, sharex=True, sharey="row")
    for column, init in zip(panels.T, INITS, strict=True):
        mine = rows[rows["init"] == init]
        for axes, quantity in zip(column, QUANTITIES, strict=True):
            _panel(axes, mine[mine["quantity"] == quantity])
        heading = drawing.heading(init_title(init, mine["scale"].iloc[0]), mine)
        column[0].set_title(heading.replace(", diverged", ",\ndiverged"))
    for line, label in zip(panels, QUANTITIES.values(), strict=True):
        line[0].set(ylabel=label, ylim=(0, None))
    panels[1][1].set_xlabel("Epochs of 20,000 updates")
    style.layer_legend(figure, paper=False)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    """Lines through what was measured alike, and circles around what was measured on more examples."""
    ends = rows[rows["whole"]]
    between = rows[~rows["whole"] | (rows["update"] == 0)]
    drawing.panel(axes, between if between["update"].any() else rows, long=True)
    for layer, points in ends.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        axes.plot(points["epoch"], points["value"], "o", color=colour, markerfacecolor="white", markersize=4)
