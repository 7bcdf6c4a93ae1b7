"""Figure 9: weight gradients during training

Top: the standard deviation of the weight gradients ∂C/∂W of each layer while tanh networks learn. With the
paper's two initializations they start about equal (Figure 8). In the paper those of the lower layers then
become several times as large as those of the upper ones with the standard initialization, so that one
learning rate can't suit all; with the normalized one they stay closer together. Bottom, not in the paper:
back-propagated gradients ∂C/∂s, of which it says that training soon undoes their fall towards the input.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds). Dots are the paper's, digitised, as medians
  over windows: epochs 0 to 4 by themselves, then five epochs each, for its curves jump from point to point.
  Its normalized panel is drawn in all but the first of ours. It draws ± one standard deviation, here is one
  side.
- Top: over all weights of a layer and all mini-batches of 10 of the 300 test images, summed, not averaged,
  over a mini-batch: only sums have the size of the paper's. Bottom: per example, as in the theory, on a
  logarithmic axis, on which equal ratios are equal distances.
- Third column: standard initialization in the first and the output layer, n Var[W] = 1.3 in between, which
  is what the paper's normalized panel shows at epoch 0, layer 1 included (see the page `hidden_scale`). The
  table and the CSV have the same network on images with grey levels from -1 to 1, too (`input_range`).
- The verdicts compare the start by itself, then medians over the last window of five epochs that both have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import style
from repro.drawing import timeline as drawing
from repro.drawing.labels import init_title
from repro.evidence import along as whole
from repro.evidence import timeline
from repro.evidence.inits import INITS, PANEL, kind
from repro.evidence.selection import Runs, init_scale, variants
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden depth=5",
    "activation=tanh init=normalized_hidden depth=5 dataset.low=-1.0",
)
QUANTITIES = {"dW": "Std of ∂C/∂W (10 examples)", "ds": "Std of ∂C/∂s (per example)"}
TOLERANCE = 0.25
"""Largest relative difference from the paper's curve that counts as agreement: its own jitter."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.timeline`, std in nats; panel (its name), init, inputs, wide (the same network
    is there with a narrower range) and scale (n Var[W]) tell panels apart. points: the CSV."""
    parts = []
    for v in variants(runs, "init", INITS, activation="tanh"):
        mine = timeline.ours(v.runs, {"dW_std": "dW", "ds_std": "ds"})
        theirs = timeline.papers(f"fig09_{PANEL[v.value]}", ["std"]).assign(quantity="dW")
        both = pd.concat([mine, theirs]).assign(panel=v.named(v.value), init=v.value, inputs=v.inputs)
        parts.append(both.assign(wide=v.wide, scale=init_scale(v.runs[0])))
    courses = pd.concat(parts, ignore_index=True)
    columns = ["init", "layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return {"courses": courses, "points": courses.assign(init=courses["panel"])[columns]}


def summary(tables: Tables) -> pd.DataFrame:
    """Std of the weight gradients at the start and at the end of our training, beside the paper's."""
    rows = tables["courses"].query("quantity == 'dW'")
    end = timeline.last_epoch(rows, "panel")
    result = []
    for (panel, layer), mine in rows.groupby(["panel", "layer"], sort=False):
        ours, theirs = (mine[mine["source"] == source].sort_values("epoch") for source in ("ours", "paper"))
        first, last = ours.iloc[0], ours[ours["epoch"] <= end].iloc[-1]
        near = theirs[theirs["epoch"] <= end]
        result.append(
            {
                "initialization": str(panel) + (" (diverged)" if mine["diverged"].any() else ""),
                "layer": layer,
                "before training": Interval(first["value"], first["half"], int(first["n"])).text(4),
                "paper, epoch 0": f"{theirs['value'].iloc[0]:.4f}",
                f"epoch {end:g}": Interval(last["value"], last["half"], int(last["n"])).text(4),
                f"paper, epoch {near['epoch'].max():g}": f"{near['value'].iloc[-1]:.4f}",
            }
        )
    return pd.DataFrame(result)


def along(tables: Tables) -> pd.DataFrame:
    return whole.shown(tables["points"], whole.courses("init", reading=0.0003))


def verdicts(tables: Tables) -> list[Verdict]:
    rows = tables["courses"]
    panels = [mine for _, mine in rows.groupby("panel", sort=False)]
    return [*map(before_training, panels), *map(levels, panels)]


def before_training(rows: pd.DataFrame) -> Verdict:
    """Weight gradients of one panel at epoch 0."""
    dW = rows[(rows["quantity"] == "dW") & (rows["epoch"] == 0)]
    both = timeline.last_in_common(dW)[1]
    return _beside(rows, both, "before_training", "before training")


def levels(rows: pd.DataFrame) -> Verdict:
    """Weight gradients of one panel in training: medians over the last window that both have."""
    windows = timeline.in_windows(rows[rows["quantity"] == "dW"])
    at, both = timeline.last_in_common(windows[windows["epoch"] > 0])
    if both.empty:
        return not_tested(
            _beside(rows, both, "in_training", "in training"), "trained for less than one epoch"
        )
    return _beside(rows, both, "in_training", f"in training, median around epoch {at:g}")


def _beside(rows: pd.DataFrame, found: pd.DataFrame, key: str, when: str) -> Verdict:
    near = (found["value"] / found["paper"] - 1).abs() <= TOLERANCE
    first = rows.iloc[0]
    verdict = Verdict(
        claim=f"fig09.{key}",
        outcome="not tested",
        quantity=f"std of ∂C/∂W, layers 1 to {len(found)}",
        unit="",
        rule=f"within {TOLERANCE:.0%} of the paper's",
        measures=timeline.by_layer(found, near),
        statement=f"Figure 9: standard deviations {when}",
        subject={"init": str(first["init"]), "inputs": str(first["inputs"])},
        kind=kind(str(first["init"]), trained=key == "in_training"),
    )
    return judged(verdict) if len(found) else verdict


@style.themed
def draw(tables: Tables) -> Figure:
    """Rows: weight gradients, back-propagated gradients. A column for each initialization."""
    rows = tables["courses"]
    rows = rows[~rows["wide"]]
    long = timeline.last_epoch(rows, "panel") >= drawing.LINEAR
    names = rows["panel"].unique()
    figure = style.new_figure(5.0)
    panels = figure.subplots(2, len(names), sharex=True, sharey="row")
    for column, name in zip(panels.T, names, strict=True):
        mine = rows[rows["panel"] == name]
        for axes, quantity in zip(column, QUANTITIES, strict=True):
            drawing.panel(axes, timeline.papers_in_windows(mine[mine["quantity"] == quantity]), long)
        first = mine.iloc[0]
        column[0].set_title(drawing.heading(init_title(first["init"], first["scale"]), mine))
    for line, label in zip(panels, QUANTITIES.values(), strict=True):
        line[0].set_ylabel(label)
    panels[0][0].set_ylim(0, None)
    panels[1][0].set_yscale("log")
    panels[1][0].set_yticks([0.002, 0.005, 0.01, 0.02, 0.05], ["0.002", "0.005", "0.01", "0.02", "0.05"])
    panels[1][0].minorticks_off()
    drawing.time_axis(panels[1], long, rows)
    for axes in panels[1][[0, 2]]:
        axes.set_xlabel("")
    style.layer_legend(figure)
    return figure
