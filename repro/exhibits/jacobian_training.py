"""Singular values of the Jacobian during training

Not in the paper, which measures them before training only. The Jacobian ∂z^i/∂z^(i-1) says how a small
change of one layer's activations arrives in the next: by what factor on average (top), and at most, over
all directions (bottom). A saturated unit passes hardly anything on, so that the average falls where layers
saturate; directions that learning stretches raise the largest value.

Implementation details
- J^i = diag(f'(s^i)) W^i. Lines are of one test example, the same throughout, once per epoch. Open circles,
  before training and at its end, are of `monitor.jacobian_examples` test examples, the same at both. The two
  are never joined: once layers saturate images differ, and a largest value is the larger the more of them
  there are.
- Runs made before these were measured in training have circles only.
- Layer 1 is ∂z^1/∂x, from an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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
    """courses: as in `evidence.timeline`; init and scale (n Var[W]) tell panels apart; examples:
    `monitor.jacobian_examples`; whole: measured on so many rather than on one. points: the CSV."""
    names = {f"jacobian_{name}": name for name in QUANTITIES}
    parts = []
    for init in INITS:
        mine = select(runs, activation="tanh", init=init)
        rows = timeline.ours(mine, names)
        own = mine[0].experiment
        whole = rows["update"].isin((0, own.updates))
        named = rows.assign(init=init, scale=init_scale(mine[0]), whole=whole)
        parts.append(named.assign(examples=own.monitor.jacobian_examples))
    courses = pd.concat(parts, ignore_index=True)
    columns = ["init", "layer", "quantity", "update", "epoch", "value", "half", "n", "whole"]
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
    ring: dict[str, Any] = {"linestyle": "", "marker": "o", "markerfacecolor": "white", "markersize": 4.5}
    colours = [Line2D([], [], color=style.layer_colour(i), label=f"Layer {i}") for i in range(1, 6)]
    several = ", ".join(f"{n}" for n in sorted(rows["examples"].unique()))
    what = [
        Line2D([], [], color=style.GREY, label="one example"),
        Line2D([], [], color=style.GREY, label=f"{several} examples", **ring),
    ]
    figure.legend(
        handles=colours + what, loc="outside upper center", ncols=7, columnspacing=1.2, handlelength=1.5
    )
    return figure


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    """A line through what was measured on the one example, circles around what was measured on several."""
    drawing.panel(axes, rows[~rows["whole"]], long=True)
    for layer, points in rows[rows["whole"]].groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        line = "" if (~rows["whole"]).any() else ":"  # to see which circles are one layer
        ring: dict[str, Any] = {
            "marker": "o",
            "markerfacecolor": "white",
            "markersize": 4.5,
            "linewidth": 0.8,
        }
        axes.plot(points["epoch"], points["value"], color=colour, linestyle=line, **ring)
