"""Singular values of the Jacobian before training

The Jacobian ∂z^i/∂z^(i-1) (eq. 17) says how a small change of one layer's activations arrives in the next.
Its singular values are the factors by which changes in different directions are stretched or shrunk. If
their mean is well below 1, signals die out over a few layers, in both directions. The paper gives one
average for each initialization (section 4.2.2) and takes it to be the ratio of the layers' activation
variances; on the right both are drawn over what sets them, the scale of the weights.

Implementation details
- J^i = diag(f'(s^i)) W^i, at a few of the monitored test examples (`monitor.jacobian_examples`), averaged
  over them; all singular values are computed, not only the largest. The first three are darker than most
  images, which makes units saturate less and eq. 16's values larger than at average ones: see `mean_field`.
- Layers 2 to 5, between hidden layers of equal size. Layer 1 (∂z^1/∂x) is in the table and not in the
  averages.
- Points are means over all singular values. The third network has the standard initialization in its first
  and its output layer and n Var[W] = 1.3 in between, and fits the paper's pictures (Figures 6 to 10); the
  number in its text fits eq. 16 in every layer.
- Boxes hold the middle half of the singular values, thin lines reach from the 5th to the 95th percentile;
  the extremes are in the table.
- Right: claim C16 takes the mean singular value to be the ratio of the layers' activation variances. Where
  f' = 1 and n Var[W] = g², the ratio of standard deviations is g, that of variances g², and the singular
  values of a large random matrix with independent entries have root mean square g and mean 8/(3π) g = 0.85 g
  (the quarter circle law). The two curves cross at g = 0.85 and nowhere else: what the paper says can hold at
  one scale of weights, and no more. At any scale the mean goes with the ratio of standard deviations.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import style
from repro.drawing.labels import init_title
from repro.evidence import inits
from repro.evidence.inits import PANEL, PAPERS
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.statistics import Interval, interval
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden seed=0,1,2,3,4 updates=0 n_valid=300 "
    "n_test=300",
)
"""Figures 6, 7, 8, the Jacobian and the page on linear theory share these."""

QUARTER_CIRCLE = 8 / (3 * math.pi)
"""Mean over root mean square of the singular values of a large square matrix with independent entries."""
STATISTICS = ("mean", "min", "p5", "p25", "p50", "p75", "p95", "max")

_BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def tables(runs: Runs) -> Tables:
    """points: `_layers`. averages over layers 2 to 5: init, mean, half (95 %), n. panels: `inits.panels`."""
    networks = inits.of_papers_depth(runs)
    averages = [{"init": init, **_average(own)._asdict()} for init, own in networks.items()]
    return {
        "points": pd.concat([_layers(init, own) for init, own in networks.items()], ignore_index=True),
        "averages": pd.DataFrame(averages),
        "panels": inits.panels(networks),
    }


def _layers(init: str, runs: Runs) -> pd.DataFrame:
    """Means over seeds: layer, STATISTICS, half (95 %, of mean), n, std_ratio, variance_ratio, init, paper.

    Ratios are those of the activations of layer i over layer i - 1.
    """
    names = [f"jacobian_{name}" for name in STATISTICS]
    rows = over_seeds(monitored(runs, *names).query("update == 0"), "layer", "quantity")
    wide = rows.pivot(index="layer", columns="quantity", values="mean")[names]
    wide.columns = pd.Index(STATISTICS)
    mean = rows[rows["quantity"] == "jacobian_mean"].set_index("layer")
    std = monitored(runs, "z_std").query("update == 0").pivot(index="layer", columns="run", values="value")
    ratio = std / std.shift(1)
    wide = wide.assign(half=mean["half"], n=mean["n"], std_ratio=ratio.mean(axis=1))
    wide["variance_ratio"] = (ratio**2).mean(axis=1)
    return wide.reset_index().assign(init=init, paper=paper.numbers()["jacobian"][PANEL[init]])


def _average(runs: Runs) -> Interval:
    """Mean singular value over layers 2 to depth, and its interval over seeds."""
    rows = monitored(runs, "jacobian_mean")
    return interval(rows.query("update == 0 and layer > 1").groupby("run")["value"].mean())


def summary(tables: Tables) -> pd.DataFrame:
    rows = [
        {
            "initialization": layer["init"],
            "layer": layer["layer"],
            "mean singular value": Interval(layer["mean"], layer["half"], layer["n"]).text(3),
            "smallest to largest": f"{layer['min']:.2g} to {layer['max']:.2f}",
            "median": f"{layer['p50']:.2f}",
            "paper": f"≈ {layer['paper']:g}",
            "ratio of variances": f"{layer['variance_ratio']:.2f}".replace("nan", ""),
            "ratio of stds": f"{layer['std_ratio']:.2f}".replace("nan", ""),
        }
        for layer in tables["points"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    """None of its own: claims C15 and C16 rest on it."""
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Left: the singular values of each layer, and the paper's averages. Right: what claim C16 compares."""
    figure = style.new_figure(3.7)
    left, right = figure.subplots(1, 2, width_ratios=(1.75, 1))
    _layers_drawn(left, tables)
    _crossing(right, tables["points"])
    handles, _ = left.get_legend_handles_labels()
    handles += [
        Line2D([], [], color=style.GREY, linewidth=7, alpha=0.35, label="middle half"),
        Line2D([], [], color=style.GREY, linewidth=0.9, label="5th to 95th percentile"),
        Line2D([], [], color=style.GREY, linestyle=":", label="the paper's average"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _layers_drawn(axes: Axes, tables: Tables) -> None:
    """Mean, middle half and central 90 % of the singular values."""
    rows = tables["points"].query("layer > 1")
    for panel, shift in zip(tables["panels"].to_dict("records"), (-0.28, 0.0, 0.28), strict=True):
        mine, title = rows[rows["init"] == panel["init"]], init_title(panel["init"], panel["scale"])
        _bars(axes, mine, shift, style.INITS[panel["init"]], title)
    for init in PAPERS:
        level = rows.loc[rows["init"] == init, "paper"].iloc[0]
        axes.axhline(level, color=style.INITS[init], linestyle=":", linewidth=1)
    layers = sorted(rows["layer"].unique())
    axes.set_xticks(layers, [f"Layer {i}\n∂z$^{i}$/∂z$^{i - 1}$" for i in layers])
    axes.set(ylabel="Singular value", ylim=(0, None), xlim=(min(layers) - 0.5, max(layers) + 0.5))


def _crossing(axes: Axes, points: pd.DataFrame) -> None:
    """Ratio of variances and mean singular value over the ratio of standard deviations, layers 2 to 5."""
    rows = points.query("layer > 1")
    top = 1.1 * rows["std_ratio"].max()
    g = np.linspace(0, top, 50)
    for line, values in (("-", g**2), ("--", QUARTER_CIRCLE * g)):
        axes.plot(g, values, color=style.GREY, linestyle=line, linewidth=1)
    for init, own in rows.groupby("init", sort=False):
        colour = style.INITS[str(init)]
        axes.plot(own["std_ratio"], own["variance_ratio"], "s", color=colour, markersize=4, alpha=0.8)
        axes.plot(own["std_ratio"], own["mean"], "o", color=colour, markerfacecolor="white", markersize=4)
    axes.axvline(QUARTER_CIRCLE, color=style.GREY, linestyle=":", linewidth=0.8)
    axes.annotate("equal only here", (QUARTER_CIRCLE, 0.03), xytext=(-4, 0), textcoords="offset points",
                  ha="right", fontsize=style.LABEL_SIZE, color=style.GREY)  # fmt: skip
    axes.plot([], [], "s-", color=style.GREY, markersize=4, label="ratio of variances")
    axes.plot(
        [], [], "o--", color=style.GREY, markerfacecolor="white", markersize=4, label="mean singular value"
    )
    axes.set(xlim=(0, top), ylim=(0, None), title="Layers 2 to 5; lines: f' = 1")
    axes.set_xlabel("Std of z over that of the layer below")
    axes.legend(loc="upper left", fontsize=style.LABEL_SIZE, handlelength=1.6)


def _bars(axes: Axes, rows: pd.DataFrame, shift: float, colour: str, label: str) -> None:
    x = rows["layer"] + shift
    axes.vlines(x, rows["p5"], rows["p95"], color=colour, linewidth=0.9)
    axes.vlines(x, rows["p25"], rows["p75"], color=colour, linewidth=7, alpha=0.35)
    axes.errorbar(x, rows["mean"], rows["half"], fmt="o", color=colour, markersize=4, label=label)
    text: dict[str, Any] = {
        "color": colour,
        "fontsize": style.LABEL_SIZE,
        "va": "center",
        "bbox": _BEHIND_TEXT,
    }
    for place, mean in zip(x, rows["mean"], strict=True):
        axes.annotate(f"{mean:.2f}", (place, mean), xytext=(7, 0), textcoords="offset points", **text)
