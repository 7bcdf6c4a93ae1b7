"""Other data: do Figures 2 and 6 to 8 look the same elsewhere?

The paper draws what happens inside its networks on Shapeset only, and says that other data sets show the
same. Left: how the variance of activations, back-propagated gradients and weight gradients changes from
layer to layer before training, in tanh networks with either initialization. Right: the mean of the top
hidden layer of a sigmoid network with four hidden layers as it learns; on Shapeset it is driven to 0 (Figure
2).

Implementation details
- Variances are over all units and 300 test images, relative to layer 1 (activations, weight gradients) or to
  layer 5 (back-propagated gradients). Bars: 95 % intervals over seeds.
- Solid: standard initialization (eq. 1); dashed: normalized (eq. 16). Colours are data sets. With CIFAR-10's
  3072 inputs eq. 16 makes the weights of the first layer smaller relative to its fan-in.
- Inputs are grey levels or colours in [0, 1]. Without CIFAR-10's test batch images held out of its training
  set are tested on. Small-ImageNet is shown where it was rebuilt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.drawing import style
from repro.evidence import other_data
from repro.evidence.other_data import INITS
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

_BEFORE = "activation=tanh init=standard,normalized seed=0,1,2 updates=0 width=1000 depth=5"
RUNS = (
    *(f"dataset={name} {_BEFORE}" for name in other_data.DATASETS),
    *(f"dataset={name} activation=sigmoid init=standard depth=4" for name in other_data.DATASETS),
)
COLOURS = {"shapeset": "#222222", "mnist": "#e69f00", "cifar10": "#56b4e9", "small_imagenet": "#009e73"}
LABELS = {"z": "Var[z], activations", "ds": "Var[∂C/∂s]", "dW": "Var[∂C/∂W]"}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """datasets, points (variances), courses: `present`, `spreads` and `courses` of `evidence.other_data`."""
    return {
        "points": other_data.spreads(runs),
        "courses": other_data.courses(runs),
        "datasets": other_data.present(runs),
    }


def summary(tables: Tables) -> pd.DataFrame:
    """What each variance comes to over all five layers, and the lowest mean of the sigmoid's top layer."""
    rows, courses = tables["points"], tables["courses"]
    top = courses[courses["layer"] == other_data.DEPTH]
    found = []
    for data in tables["datasets"].to_dict("records"):
        own = rows[rows["dataset"] == data["dataset"]]
        lowest = top.loc[top["dataset"] == data["dataset"], "value"].min()
        for init in INITS:
            ends = {}
            for name, label in LABELS.items():
                layer = 1 if name == "ds" else 5
                cell = own.query("init == @init and quantity == @name and layer == @layer")["value"].item()
                ends[f"{label}, layer {layer} / {6 - layer}"] = f"{cell:.3g}"
            last = f"{lowest:.3f}" if init == "standard" else ""
            found.append(
                {"data": data["title"], "initialization": init, **ends, "sigmoid, lowest mean": last}
            )
    return pd.DataFrame(found)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Three panels of variances over layers, and the sigmoid network's top layer over time."""
    figure = style.new_figure(2.8)
    *before, after = figure.subplots(1, 4)
    rows = tables["points"]
    for axes, (quantity, label) in zip(before, LABELS.items(), strict=True):
        _variances(axes, rows[rows["quantity"] == quantity])
        axes.set(title=label, xlabel="Layer", yscale="log")
    before[0].set_ylabel("Variance, relative")
    courses = tables["courses"]
    for dataset, own in courses[courses["layer"] == other_data.DEPTH].groupby("dataset"):
        course = own.sort_values("update")
        after.plot(course["update"].clip(lower=0.5), course["value"], color=COLOURS[str(dataset)])
    after.set(title="Sigmoid, top layer", xlabel="Updates", ylabel="Mean of z", xscale="log", ylim=(0, None))
    handles = [
        Line2D([], [], color=COLOURS[row["dataset"]], label=row["title"])
        for row in tables["datasets"].to_dict("records")
    ]
    for init in INITS:
        line: Any = style.LINES[init]
        handles.append(Line2D([], [], color=style.GREY, linestyle=line, label=init.capitalize()))
    figure.legend(handles=handles, loc="outside upper center", ncols=6)
    return figure


def _variances(axes: Axes, rows: pd.DataFrame) -> None:
    for (dataset, init), own in rows.groupby(["dataset", "init"], sort=False):
        axes.errorbar(own["layer"], own["value"], own["half"].fillna(0), color=COLOURS[str(dataset)],
                      fmt=style.LINES[str(init)], marker="o", markersize=2.5, capsize=1.5)  # fmt: skip
    axes.set_xticks(sorted(rows["layer"].unique()))
