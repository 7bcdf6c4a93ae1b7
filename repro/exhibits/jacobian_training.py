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

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import style
from repro.evidence import inits, timeline
from repro.evidence.inits import INITS
from repro.evidence.selection import Runs
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict

QUANTITIES = {"mean": "Mean singular value", "max": "Largest singular value"}


def table(runs: Runs) -> pd.DataFrame:
    """Plotted points: init, layer, quantity, update, epoch, value, half (95 %), n."""
    names = {f"jacobian_{name}": name for name in QUANTITIES}
    tables = [timeline.ours(inits.networks(runs, init), names).assign(init=init) for init in INITS]
    columns = ["init", "layer", "quantity", "update", "epoch", "value", "half", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def summary(runs: Runs) -> pd.DataFrame:
    """Per layer before training and at the end of ours, and how often it was measured."""
    result = []
    for (init, layer), rows in table(runs).groupby(["init", "layer"], sort=False):
        row: dict[str, object] = {"initialization": init, "layer": layer}
        for name in QUANTITIES:
            mine = rows[rows["quantity"] == name].sort_values("update")
            for when, point in zip(("before", "end"), mine.iloc[[0, -1]].to_dict("records"), strict=True):
                row[f"{name}, {when}"] = Interval(point["value"], point["half"], point["n"]).text(3)
        row["measured at epochs"] = f"0 to {rows['epoch'].max():g}, {rows['update'].nunique()} times"
        result.append(row)
    return pd.DataFrame(result)


def verdicts(runs: Runs) -> list[Verdict]:
    """None: the paper says nothing about it."""
    return []


@style.themed
def draw(runs: Runs) -> Figure:
    """Rows: mean and largest. A column for each initialization, a line for each layer."""
    rows = table(runs).assign(source="ours")
    figure = style.new_figure(4.6)
    panels = figure.subplots(2, 3, sharex=True, sharey="row")
    for column, init in zip(panels.T, INITS, strict=True):
        mine = inits.networks(runs, init)
        for axes, quantity in zip(column, QUANTITIES, strict=True):
            points = rows[(rows["init"] == init) & (rows["quantity"] == quantity)]
            _panel(axes, points, mine)
        column[0].set_title(timeline.heading(inits.title(init, runs), mine))
    for line, label in zip(panels, QUANTITIES.values(), strict=True):
        line[0].set(ylabel=label, ylim=(0, None))
    panels[1][1].set_xlabel("Epochs of 20,000 updates")
    style.layer_legend(figure, paper=False)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, runs: Runs) -> None:
    """Lines through what was measured alike, and circles around both ends."""
    end = rows["update"].max()
    ends = rows[rows["update"].isin((0, end))]
    between = rows[rows["update"] < end] if len(rows) > len(ends) else rows
    timeline.panel(axes, between, runs, long=True)
    for layer, points in ends.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        axes.plot(points["epoch"], points["value"], "o", color=colour, markerfacecolor="white", markersize=4)
