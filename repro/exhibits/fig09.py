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

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.evidence import inits, timeline
from repro.evidence.inits import INITS, PANEL, PAPERS
from repro.evidence.selection import Runs, variants
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict, not_tested, outcome
from repro.runs.folder import Run

QUANTITIES = {"dW": "Std of ∂C/∂W (10 examples)", "ds": "Std of ∂C/∂s (per example)"}
TOLERANCE = 0.25
"""Largest relative difference from the paper's curve that counts as agreement: its own jitter."""
QUICK = 5.0
"""Epochs that count as very quickly (C17): a twentieth of what the paper's figures show."""


def table(runs: Runs) -> pd.DataFrame:
    """Plotted points: init, layer, quantity, source, update, epoch, value (nats), half (95 %), n."""
    tables = []
    for init, mine in _networks(runs).items():
        names = {"dW_std": "dW", "ds_std": "ds"}
        tables.append(timeline.ours(mine, names).assign(init=init))
        printed = timeline.papers(f"fig09_{PANEL[init.partition(',')[0]]}", ["std"]).assign(quantity="dW")
        tables.append(printed.assign(init=init))
    columns = ["init", "layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def _networks(runs: Runs) -> dict[str, list[Run]]:
    return variants(runs, "init", INITS, activation="tanh")


def summary(runs: Runs) -> pd.DataFrame:
    """Std of the weight gradients at the start and at the end of our training, beside the paper's."""
    rows = table(runs).query("quantity == 'dW'")
    end = timeline.last_epoch(rows, "init")
    result = []
    for (init, layer), mine in rows.groupby(["init", "layer"], sort=False):
        ours, theirs = (mine[mine["source"] == source].sort_values("epoch") for source in ("ours", "paper"))
        first, last = ours.iloc[0], ours.iloc[-1]
        near = theirs[theirs["epoch"] <= end]
        result.append(
            {
                "initialization": init,
                "layer": layer,
                "before training": Interval(first["value"], first["half"], int(first["n"])).text(4),
                "paper, epoch 0": f"{theirs['value'].iloc[0]:.4f}",
                f"epoch {end:g}": Interval(last["value"], last["half"], int(last["n"])).text(4),
                f"paper, epoch {near['epoch'].max():g}": f"{near['value'].iloc[-1]:.4f}",
            }
        )
    return pd.DataFrame(result)


def verdicts(runs: Runs) -> list[Verdict]:
    return judged(table(runs))


def judged(rows: pd.DataFrame) -> list[Verdict]:
    """The verdicts on a `table`."""
    return [reversal(rows), divergence(rows), *(levels(rows, init) for init in rows["init"].unique())]


def trend(rows: pd.DataFrame) -> pd.Series:
    """Slope of log10 Var[∂C/∂s] over the layers, per layer, by epoch; positive: smaller towards the input."""
    ds = rows[(rows["quantity"] == "ds") & (rows["source"] == "ours")]
    wide = ds.pivot(index="epoch", columns="layer", values="value")
    log_variance = 2 * np.log10(wide.to_numpy())
    return pd.Series(np.polyfit(wide.columns.to_numpy(float), log_variance.T, 1)[0], index=wide.index)


def reversal(rows: pd.DataFrame) -> Verdict:
    """C17, for the standard initialization."""
    slopes = trend(rows[rows["init"] == "standard"])
    end = float(slopes.index.max())
    level = float(slopes[slopes <= 0].index.min())
    verdict = Verdict(
        claim="C17",
        verdict=outcome(float(level <= QUICK)),
        measured=f"per layer downwards Var[∂C/∂s] changes by a factor {10 ** -slopes.iloc[0]:.2f} before "
        f"training and {10 ** -slopes.iloc[-1]:.2f} at epoch {end:g}; level {timeline.moment(level)}",
        paper=paper.claims()["C17"].expected,
        why=f"a level trend within {QUICK:g} epochs counts as very quickly",
    )
    if np.isnan(level) and end < QUICK:
        return not_tested(
            [verdict], f"not within {timeline.span(end)}; {QUICK:g} would count as very quickly"
        )[0]
    return verdict


def ratio(rows: pd.DataFrame, source: str, end: float) -> float:
    """Std of weight gradients of layer 1 over layer 5, in the last quarter of the epochs up to `end`."""
    dW = rows[(rows["quantity"] == "dW") & (rows["source"] == source)]
    late = dW[dW["epoch"].between(0.75 * end, end)].groupby("layer")["value"].mean()
    return float(late.iloc[0] / late.iloc[-1])


def divergence(rows: pd.DataFrame) -> Verdict:
    """C18: larger in lower layers, and more so with the standard initialization."""
    end = timeline.last_epoch(rows, "init")
    by_init = dict(list(rows.groupby("init")))
    ours = {init: ratio(by_init[init], "ours", end) for init in INITS}
    whole = timeline.papers("fig09_standard", ["std"])["epoch"].max()
    holds = [ours["standard"] > 1, ours["normalized"] > 1, ours["standard"] > ours["normalized"]]
    reach = max(end, 1.0)  # the paper has a point every epoch
    theirs = {init: ratio(by_init[init], "paper", reach) for init in PAPERS}
    verdict = Verdict(
        claim="C18",
        verdict=outcome(float(np.mean(holds)), complete=end >= whole),
        measured="layer 1 over layer 5: "
        + ", ".join(f"{init} {value:.1f}" for init, value in ours.items())
        + f" (last quarter of {timeline.span(end)})",
        paper=", ".join(f"{init} {value:.1f}" for init, value in theirs.items())
        + f" at the same time; {paper.claims()['C18'].expected} later",
        why=f"{sum(holds)} of 3: both above 1, standard the larger",
    )
    return verdict if end >= 1 else not_tested([verdict], f"trained for {timeline.span(end)}")[0]


def levels(rows: pd.DataFrame, init: str) -> Verdict:
    """Weight gradients beside the paper's, at the last epoch that both have."""
    at, ours, theirs = timeline.last_in_common(rows[(rows["init"] == init) & (rows["quantity"] == "dW")])
    near = (ours / theirs - 1).abs() <= TOLERANCE
    return Verdict(
        claim=f"Figure 9, {init}: standard deviations at epoch {at:g}",
        verdict=outcome(near.mean()),
        measured=" / ".join(f"{value:.4f}" for value in ours) + f" (layers 1 to {len(ours)})",
        paper=" / ".join(f"{value:.4f}" for value in theirs),
        why=f"{near.sum()} of {len(near)} within {TOLERANCE:.0%}",
    )


@style.themed
def draw(runs: Runs) -> Figure:
    """Rows: weight gradients, back-propagated gradients. A column for each initialization."""
    rows = table(runs)
    long = timeline.last_epoch(rows, "init") >= rows["epoch"].max() / 2
    figure = style.new_figure(5.0)
    chosen = _networks(runs)
    panels = figure.subplots(2, len(chosen), sharex=True, sharey="row")
    for column, (init, mine) in zip(panels.T, chosen.items(), strict=True):
        for axes, quantity in zip(column, QUANTITIES, strict=True):
            points = rows[(rows["init"] == init) & (rows["quantity"] == quantity)]
            timeline.panel(axes, points, mine, long)
        heading = timeline.heading(inits.title(init, mine), mine)
        column[0].set_title(heading.replace(", n ", ",\nn ").replace(", inputs", ",\ninputs"))
    for line, label in zip(panels, QUANTITIES.values(), strict=True):
        line[0].set(ylabel=label, ylim=(0, None))
    timeline.time_axis(panels[1], long)
    label, middle = panels[1][0].get_xlabel(), (len(chosen) - 1) / 2
    for axes in panels[1]:
        axes.set_xlabel("")
    panels[1][int(middle)].set_xlabel(label, x=0.5 + 1.1 * (middle % 1))  # one for all, below the middle
    style.layer_legend(figure)
    return figure
