"""Theory beside measurement: variances per layer before training

The paper derives its initialization from three formulas for a linear network: how the variance of
activations changes upwards (eq. 5), that of back-propagated gradients downwards (eq. 6), and that of weight
gradients (eq. 7), which is the product of both. Lines are these formulas, points are tanh networks that
have not learned anything yet. Where points leave their line, tanh is not linear: it passes on less than
its slope of 1 promises, and the more so the larger the activations.

Implementation details
- Each line starts from one measured variance (activations: layer 1; gradients: layer 5) and needs nothing
  else but the measured variances of the weights above or below it (from the norm of W).
- Gradients are summed over mini-batches of 10, as in Figures 7 to 9. That multiplies all layers about
  alike, but not by exactly 10, as the images of a mini-batch resemble each other.
- Crosses are the paper's: standard deviations at epoch 0 of Figures 3 and 10 (activations) and 9 (weight
  gradients), and those of the digitised curves of Figure 7 (back-propagated gradients), squared.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import style
from repro.evidence import densities, inits
from repro.evidence.inits import INITS, PAPERS
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.verdict import Verdict, outcome
from repro.runs.folder import Run
from repro.theory import linear as theory

QUANTITIES = {
    "z_std": ("Var[z]", "eq. 5"),
    "ds_batch_std": ("Var[∂C/∂s], nats²", "eq. 6"),
    "dW_std": ("Var[∂C/∂W], nats²", "eq. 7"),
}
FIGURES = {"z_std": "6", "ds_batch_std": "7", "dW_std": "8"}
TOLERANCE = 0.25
"""Largest relative difference of a variance from its formula that counts as agreement."""


def table(runs: Runs) -> pd.DataFrame:
    """Variances: init, quantity, layer, source (measured, predicted, paper), variance, half (95 %), n."""
    tables = [_papers()]
    for init in INITS:
        rows = pd.concat(
            [_variances(run).assign(run=k) for k, run in enumerate(densities.networks(runs, init))]
        )
        means = over_seeds(rows, "quantity", "layer", "source", value="variance")
        tables.append(means.rename(columns={"mean": "variance"}).assign(init=init))
    columns = ["init", "quantity", "layer", "source", "variance", "half", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def _variances(run: Run) -> pd.DataFrame:
    """Measured and predicted variances of one network: quantity, layer, source, variance."""
    rows = monitored([run], *QUANTITIES, "W_norm").query("update == 0")
    wide = rows.pivot(index="layer", columns="quantity", values="value") ** 2
    z, ds, dW, W = (wide[name].to_numpy(float) for name in (*QUANTITIES, "W_norm"))
    widths = run.experiment.widths
    var_W = list(W[1:] / (np.array(widths[1:]) * np.array(widths[:-1])))
    upwards = theory.activation_variances(widths, var_W, z[0])
    # eq. 6 needs no weights into layer 1: any number will do
    downwards = theory.gradient_variances((0, *widths), [0.0, *var_W], ds[-1])
    product = upwards[:-1] * downwards[1:]  # eq. 7 for layers 2 and up, of one example
    weights = np.append(np.nan, product * dW[-1] / product[-1])
    tables = [
        pd.DataFrame(dict(zip(QUANTITIES, values, strict=True)), index=wide.index).assign(source=source)
        for source, values in (("measured", (z, ds, dW)), ("predicted", (upwards, downwards, weights)))
    ]
    tidy = (
        pd.concat(tables).reset_index().melt(["layer", "source"], var_name="quantity", value_name="variance")
    )
    return tidy.dropna(subset="variance")


def _papers() -> pd.DataFrame:
    """The paper's variances at epoch 0, from its digitised figures."""
    tables = []
    for init, activations in zip(PAPERS, ("fig03_tanh", "fig10"), strict=True):
        stds = {
            "z_std": paper.curve(activations),
            "dW_std": paper.curve(f"fig09_{init}"),
        }
        for quantity, curve in stds.items():
            start = curve.query("x == 0 and quantity == 'std'")
            table = pd.DataFrame({"layer": start["layer"], "variance": start["y"] ** 2})
            tables.append(table.assign(init=init, quantity=quantity))
        curve = paper.curve(f"fig07_{init}").assign(square=lambda c: c["y"] * c["x"] ** 2)
        sums = curve.groupby("layer")[["square", "y"]].sum()
        spread = (sums["square"] / sums["y"]).rename("variance").reset_index()
        tables.append(spread.assign(init=init, quantity="ds_batch_std"))
    return pd.concat(tables).assign(source="paper")


def summary(runs: Runs) -> pd.DataFrame:
    """Measured over predicted variance, per layer."""
    wide = _wide(table(runs))
    rows = wide.assign(ratio=wide["measured"] / wide["predicted"])["ratio"].unstack("layer")
    rows.columns = pd.Index([f"layer {layer}" for layer in rows.columns])
    named = rows.map(lambda ratio: f"{ratio:.2f}".replace("nan", "")).reset_index()
    named["quantity"] = [
        " by ".join(QUANTITIES[name]) + ", measured / predicted" for name in named["quantity"]
    ]
    return named.rename(columns={"init": "initialization"})


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    ours = rows[rows["source"] != "paper"]
    return ours.pivot(index=["init", "quantity", "layer"], columns="source", values="variance")


def verdicts(runs: Runs) -> list[Verdict]:
    rows = table(runs)
    wide = _wide(rows).dropna()
    n = int(rows["n"].min())
    result = []
    for quantity, (label, formula) in QUANTITIES.items():
        ratio = (wide["measured"] / wide["predicted"]).xs(quantity, level="quantity")
        near = (ratio - 1).abs() <= TOLERANCE
        spans = {init: ratio.xs(init, level="init") for init in INITS}
        result.append(
            Verdict(
                claim=f"Figure {FIGURES[quantity]}: {label.partition(',')[0]} by {formula}",
                verdict=outcome(near.mean()),
                measured="measured / predicted: "
                + ", ".join(f"{init} {r.min():.2f} to {r.max():.2f}" for init, r in spans.items())
                + f" (n = {n} seeds)",
                paper="1 in the linear regime",
                why=f"{near.sum()} of {len(near)} layers within {TOLERANCE:.0%}, the starting point included",
            )
        )
    return result


@style.themed
def draw(runs: Runs) -> Figure:
    """A panel for each formula, a colour for each initialization, variances on a logarithmic axis."""
    rows = table(runs)
    figure = style.new_figure(3.3)
    for axes, (quantity, (label, formula)) in zip(figure.subplots(1, 3), QUANTITIES.items(), strict=True):
        for init in INITS:
            _series(axes, rows[(rows["quantity"] == quantity) & (rows["init"] == init)], style.INITS[init])
        axes.set(title=f"{label} and {formula}", xlabel="Layer", yscale="log")
        axes.set_xticks(sorted(rows["layer"].unique()))
        axes.set_xlim(0.6, rows["layer"].max() + 0.4)
    handles = [Line2D([], [], color=style.INITS[i], label=inits.title(i, runs)) for i in INITS]
    handles += [
        Line2D([], [], color=style.GREY, linestyle="--", label="theory"),
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=4, label="measured"),
        Line2D([], [], color=style.GREY, linestyle="", marker="x", markersize=5, label="paper"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=6, columnspacing=1.0, handlelength=1.6)
    return figure


def _series(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    by_source = dict(list(rows.sort_values("layer").groupby("source")))
    predicted, measured = by_source["predicted"], by_source["measured"]
    axes.plot(predicted["layer"], predicted["variance"], color=colour, linestyle="--", linewidth=1)
    half = np.minimum(measured["half"].fillna(0), 0.9 * measured["variance"])
    axes.errorbar(measured["layer"], measured["variance"], half, fmt="o", color=colour, markersize=4)
    if "paper" in by_source:
        theirs = by_source["paper"]
        axes.plot(theirs["layer"], theirs["variance"], "x", color=colour, markersize=5.5, alpha=0.8)
