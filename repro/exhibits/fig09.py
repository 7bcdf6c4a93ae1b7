"""Figure 9: weight gradients during training

Top: the standard deviation of the weight gradients ∂C/∂W of each layer while tanh networks learn. They
start equal in all layers (Figure 8). With the standard initialization those of the lower layers soon become
several times as large as those of the upper ones, so that one learning rate can't suit all; with the
normalized initialization they stay closer together. Bottom, not in the paper: back-propagated gradients
∂C/∂s, which before training shrink from layer 5 down to layer 1. Training undoes this within a few epochs.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised; its
  normalized panel is drawn in all but the first of ours. The paper draws ± one standard deviation, here is
  one side.
- Top: over all weights of a layer and all mini-batches of 10 of the 300 test images, summed, not averaged,
  over a mini-batch: only sums have the size of the paper's. Bottom: per example, as in the theory.
- Third column: standard initialization in the first and the output layer, n Var[W] = 1.3 in between, which
  is what the paper's normalized panel shows at epoch 0 (see the page `hidden_scale`). Fourth: the same
  network on the same images with grey levels from -1 to 1 (see the page `input_range`).
- Claim C17 counts as soon as the trend of log Var[∂C/∂s] over the layers (a line by least squares) is level.
- Claim C18 compares means over the last quarter of the measurements, as single ones jump.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.drawing import timeline as drawing
from repro.drawing.labels import init_title
from repro.evidence import timeline
from repro.evidence.inits import INITS, PANEL, PAPERS
from repro.evidence.selection import Runs, init_scale, variants
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Measure, Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden depth=5",
    "activation=tanh init=normalized_hidden depth=5 dataset.low=-1.0",
)
QUANTITIES = {"dW": "Std of ∂C/∂W (10 examples)", "ds": "Std of ∂C/∂s (per example)"}
TOLERANCE = 0.25
"""Largest relative difference from the paper's curve that counts as agreement: its own jitter."""
QUICK = 5.0
"""Epochs that count as very quickly (C17): a twentieth of what the paper's figures show."""


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


def verdicts(tables: Tables) -> list[Verdict]:
    rows = tables["courses"]
    panels = [mine for _, mine in rows.groupby("panel", sort=False)]
    return [reversal(rows), divergence(rows), *map(levels, panels)]


def trend(rows: pd.DataFrame) -> pd.Series:
    """Slope of log10 Var[∂C/∂s] over the layers, per layer, by epoch; positive: smaller towards the input."""
    ds = rows[(rows["quantity"] == "ds") & (rows["source"] == "ours")]
    wide = ds.pivot(index="epoch", columns="layer", values="value").dropna()
    log_variance = 2 * np.log10(wide.to_numpy())
    return pd.Series(np.polyfit(wide.columns.to_numpy(float), log_variance.T, 1)[0], index=wide.index)


def reversal(rows: pd.DataFrame) -> Verdict:
    """C17, for the standard initialization."""
    standard = rows[(rows["init"] == "standard") & ~rows["wide"]]
    slopes, n = trend(standard), int(standard["n"].min())
    end, level = float(slopes.index.max()), float(slopes[slopes <= 0].index.min())
    factor = "factor by which it changes per layer downwards"
    verdict = Verdict(
        claim="C17",
        outcome="not tested",
        quantity="Var[∂C/∂s]",
        unit="",
        rule=f"its trend over layers is level within {QUICK:g} epochs",
        measures=(
            Measure({"what": "epoch at which its trend is level"}, level, n=n, holds=level <= QUICK),
            Measure({"what": factor, "epoch": 0.0}, 10 ** -float(slopes.iloc[0]), n=n),
            Measure({"what": factor, "epoch": end}, 10 ** -float(slopes.iloc[-1]), n=n),
        ),
        paper=paper.claims()["C17"].expected,
        figures=2,
    )
    if np.isnan(level) and end < QUICK:
        why = f"not within {timeline.span(end)}; {QUICK:g} would count as very quickly"
        return not_tested(verdict, why)
    return judged(verdict)


def ratio(rows: pd.DataFrame, source: str, end: float) -> float:
    """Std of weight gradients of layer 1 over layer 5, in the last quarter of the epochs up to `end`."""
    dW = rows[(rows["quantity"] == "dW") & (rows["source"] == source)]
    late = dW[dW["epoch"].between(0.75 * end, end)].groupby("layer")["value"].mean()
    return float(late.iloc[0] / late.iloc[-1])


def divergence(rows: pd.DataFrame) -> Verdict:
    """C18: larger in lower layers, and more so with the standard initialization."""
    end = timeline.last_epoch(rows, "panel")
    by_init = dict(list(rows[~rows["wide"]].groupby("init")))
    ours = {init: ratio(by_init[init], "ours", end) for init in INITS}
    theirs = {init: ratio(by_init[init], "paper", max(end, 1.0)) for init in PAPERS}  # it has whole epochs
    whole, n = timeline.papers("fig09_standard", ["std"])["epoch"].max(), int(rows["n"].min())
    more, theirs_more = (of["standard"] / of["normalized"] for of in (ours, theirs))
    verdict = Verdict(
        claim="C18",
        outcome="not tested",
        quantity=f"std of ∂C/∂W, layer 1 over layer 5, in the last quarter of {timeline.span(end)}",
        unit="",
        rule="above 1 with both of the paper's initializations, and larger with the standard one",
        measures=(
            *(Measure({"init": i}, ours[i], theirs[i], n=n, holds=ours[i] > 1) for i in PAPERS),
            Measure({"what": "standard over normalized"}, more, theirs_more, n=n, holds=more > 1),
            *(Measure({"init": i}, ours[i], n=n) for i in INITS if i not in PAPERS),
        ),
        paper=paper.claims()["C18"].expected,
        figures=2,
    )
    if end < 1:
        return not_tested(verdict, f"trained for {timeline.span(end)}")
    return judged(verdict, complete=end >= whole)


def levels(rows: pd.DataFrame) -> Verdict:
    """Weight gradients of one panel beside the paper's, at the last epoch that both have."""
    at, found = timeline.last_in_common(rows[rows["quantity"] == "dW"])
    near = (found["value"] / found["paper"] - 1).abs() <= TOLERANCE
    first = rows.iloc[0]
    return judged(
        Verdict(
            claim="fig09.levels",
            outcome="not tested",
            quantity=f"std of ∂C/∂W, layers 1 to {len(found)}",
            unit="",
            rule=f"within {TOLERANCE:.0%} of the paper's",
            measures=timeline.by_layer(found, near),
            statement="Figure 9: standard deviations beside the paper's",
            subject={"init": str(first["init"]), "inputs": str(first["inputs"]), "epoch": at},
        )
    )


@style.themed
def draw(tables: Tables) -> Figure:
    """Rows: weight gradients, back-propagated gradients. A column for each initialization."""
    rows = tables["courses"]
    long = timeline.last_epoch(rows, "panel") >= rows["epoch"].max() / 2
    names = rows["panel"].unique()
    figure = style.new_figure(5.0)
    panels = figure.subplots(2, len(names), sharex=True, sharey="row")
    for column, name in zip(panels.T, names, strict=True):
        mine = rows[rows["panel"] == name]
        for axes, quantity in zip(column, QUANTITIES, strict=True):
            drawing.panel(axes, mine[mine["quantity"] == quantity], long)
        column[0].set_title(_heading(mine))
    for line, label in zip(panels, QUANTITIES.values(), strict=True):
        line[0].set(ylabel=label, ylim=(0, None))
    drawing.time_axis(panels[1], long)
    label, middle = panels[1][0].get_xlabel(), (len(names) - 1) / 2
    for axes in panels[1]:
        axes.set_xlabel("")
    panels[1][int(middle)].set_xlabel(label, x=0.5 + 1.1 * (middle % 1))  # one for all, below the middle
    style.layer_legend(figure)
    return figure


def _heading(rows: pd.DataFrame) -> str:
    """Title of a column of panels, broken into lines that fit."""
    first = rows.iloc[0]
    title = init_title(first["init"], first["scale"], first["inputs"] if first["wide"] else "")
    return re.sub(", (?=n |inputs|diverged)", ",\n", drawing.heading(title, rows))
