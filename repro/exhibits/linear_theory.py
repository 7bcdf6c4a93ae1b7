"""Theory beside measurement: variances per layer before training

The paper derives its initialization from three formulas for a linear network: how the variance of
activations changes upwards (eq. 5), that of back-propagated gradients downwards (eq. 6), and that of weight
gradients (eq. 7), which is the product of both. Lines are these formulas, points are tanh networks that
have not learned anything yet. Where points leave their line, tanh is not linear: it passes on less than
its slope of 1 promises, and the more so the larger the activations.

Implementation details
- Each broken line starts from one measured variance (activations: layer 1; gradients: layer 5) and needs
  nothing else but the measured variances of the weights above or below it (from the norm of W).
- Dotted: eqs. 13 and 14, which need no more than n Var[W] of the hidden layers (1/3 by eq. 15, 1 by eq. 16,
  1.3) and the variance at the top; eq. 14 says that all layers of equal size have the same. The paper prints
  Var[x] in eq. 13 where the variance at the top must stand.
- Gradients are summed over mini-batches of 10, as in Figures 7 to 9. That multiplies all layers about
  alike, but not by exactly 10, as the images of a mini-batch resemble each other.
- Crosses are the paper's: standard deviations at epoch 0 of Figures 3 and 10 (activations) and 9 (weight
  gradients), and those of the digitised curves of Figure 7 (back-propagated gradients), squared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import style
from repro.drawing.labels import init_title
from repro.evidence import densities, inits
from repro.evidence.inits import PAPERS
from repro.evidence.selection import Runs, init_scale, monitored, over_seeds
from repro.evidence.verdict import Verdict, judged, near_one
from repro.runs.folder import Run
from repro.theory import linear as theory

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden seed=0,1,2,3,4 updates=0 n_valid=300 "
    "n_test=300",
)
"""Those of Figures 6, 7, 8 and the Jacobian."""

QUANTITIES = {
    "z_std": ("Var[z]", "eq. 5"),
    "ds_batch_std": ("Var[∂C/∂s], nats²", "eqs. 6, 13"),
    "dW_std": ("Var[∂C/∂W], nats²", "eqs. 7, 14"),
}
FORMULAS = {
    "eq. 5": ("z_std", "predicted", "6"),
    "eq. 6": ("ds_batch_std", "predicted", "7"),
    "eq. 7": ("dW_std", "predicted", "8"),
    "eq. 13": ("ds_batch_std", "equal widths", "7"),
    "eq. 14": ("dW_std", "equal widths", "8"),
}
"""What each is about, which of the table's lines it draws, and the figure with the measured densities."""
TOLERANCE = 0.25
"""Largest relative difference of a variance from its formula that counts as agreement."""


def tables(runs: Runs) -> Tables:
    """points: init, quantity, layer, source (measured, predicted, equal widths, paper), variance, half, n.

    ratios: init, formula, layer, ratio (measured variance over that of the formula), half (95 %), n, without
    the layers at which a formula starts. panels: `inits.panels`.
    """
    networks = inits.of_papers_depth(runs)
    rows = pd.concat(
        [_variances(run, gain(run)).assign(run=k, init=init) for init, own in networks.items()
         for k, run in enumerate(own)]
    )  # fmt: skip
    means = over_seeds(rows, "init", "quantity", "layer", "source", value="variance")
    means = means.sort_values("init", key=lambda names: names.map(list(networks).index), kind="stable")
    columns = ["init", "quantity", "layer", "source", "variance", "half", "n"]
    points = pd.concat([papers(), means.rename(columns={"mean": "variance"})], ignore_index=True)[columns]
    return {"points": points, "ratios": _ratios(rows, points), "panels": inits.panels(networks)}


def gain(run: Run) -> float:
    """n Var[W] of the hidden layers, as its initialization is meant: eq. 15, eq. 16, or the third's scale."""
    return {"standard": 1 / 3, "normalized": 1.0}.get(run.experiment.init.name, init_scale(run))


def _variances(run: Run, gain: float) -> pd.DataFrame:
    """Measured and predicted variances of one network: quantity, layer, source, variance, start.

    start: whether the formula takes its value there from the measured one. Eqs. 13 and 14, "equal widths",
    need no more of the weights than n Var[W] = `gain`.
    """
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
    nothing, depth = np.full(len(z), np.nan), len(z)
    flat = np.append(np.nan, np.full(depth - 1, dW[-1]))  # eq. 14: the same in all layers of equal size
    lines = {
        "measured": (z, ds, dW),
        "predicted": (upwards, downwards, weights),
        "equal widths": (nothing, theory.equal_gradient_variances(gain, depth, ds[-1]), flat),
    }
    tables = [
        pd.DataFrame(dict(zip(QUANTITIES, values, strict=True)), index=wide.index).assign(source=source)
        for source, values in lines.items()
    ]
    tidy = (
        pd.concat(tables).reset_index().melt(["layer", "source"], var_name="quantity", value_name="variance")
    )
    return tidy.dropna(subset="variance")


def papers() -> pd.DataFrame:
    """The paper's variances at epoch 0, from its digitised figures."""
    tables = []
    for init, activations in zip(PAPERS, ("fig03_tanh", "fig10"), strict=True):
        stds = {"z_std": paper.curve(activations), "dW_std": paper.curve(f"fig09_{init}")}
        for quantity, curve in stds.items():
            start = curve.query("x == 0 and quantity == 'std'")
            table = pd.DataFrame({"layer": start["layer"], "variance": start["y"] ** 2})
            tables.append(table.assign(init=init, quantity=quantity))
        spread = densities.papers_spread("fig07", init).rename("variance").reset_index()
        tables.append(spread.assign(init=init, quantity="ds_batch_std"))
    return pd.concat(tables).assign(source="paper")


def _ratios(rows: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Measured over predicted variance of the means over seeds; its interval from the ratio of each."""
    keys = ["init", "quantity", "layer"]
    ours = points[points["source"] != "paper"].pivot(index=keys, columns="source", values="variance")
    each = rows.pivot(index=[*keys, "run"], columns="source", values="variance")
    tables = []
    for formula, (quantity, line, _) in FORMULAS.items():
        spread = (each["measured"] / each[line]).rename("value").reset_index()
        ratio = (ours["measured"] / ours[line]).rename("ratio").dropna().reset_index()
        both = ratio.merge(over_seeds(spread.dropna(), *keys)[[*keys, "half", "n"]], on=keys)
        start = 1 if quantity == "z_std" else rows["layer"].max()
        own = both[(both["quantity"] == quantity) & (both["layer"] != start)]
        tables.append(own.drop(columns="quantity").assign(formula=formula))
    return pd.concat(tables, ignore_index=True)


def summary(tables: Tables) -> pd.DataFrame:
    """Measured over predicted variance, per layer."""
    rows = tables["ratios"].pivot(index=["init", "formula"], columns="layer", values="ratio")
    order = [(init, formula) for init in tables["panels"]["init"] for formula in FORMULAS]
    rows = rows.loc[order]
    rows.columns = pd.Index([f"layer {layer}" for layer in rows.columns])
    named = rows.map(lambda ratio: f"{ratio:.2f}".replace("nan", "")).reset_index()
    named["formula"] = [
        f"{QUANTITIES[FORMULAS[name][0]][0].partition(',')[0]} by {name}, measured / predicted"
        for name in named["formula"]
    ]
    return named.rename(columns={"init": "initialization"})


def verdicts(tables: Tables) -> list[Verdict]:
    """Each formula for each initialization, without the layer at which it starts."""
    ratios, result = tables["ratios"], []
    for formula, (quantity, _, figure) in FORMULAS.items():
        for init in tables["panels"]["init"]:
            rows = ratios[(ratios["formula"] == formula) & (ratios["init"] == init)]
            verdict = Verdict(
                claim=f"linear_theory.{formula.removeprefix('eq. ')}",
                outcome="not tested",
                quantity="measured / predicted",
                unit="",
                rule=f"layers within {TOLERANCE:.0%}, without the one at which the formula starts",
                measures=tuple(
                    near_one({"layer": row["layer"]}, row, TOLERANCE) for row in rows.to_dict("records")
                ),
                statement=f"Figure {figure}: {QUANTITIES[quantity][0].partition(',')[0]} by {formula}",
                subject={"init": str(init)},
                paper="1 in the linear regime",
            )
            result.append(judged(verdict))
    return result


@style.themed
def draw(tables: Tables) -> Figure:
    """A panel for each formula, a colour for each initialization, variances on a logarithmic axis."""
    rows, panels = tables["points"], tables["panels"].to_dict("records")
    figure = style.new_figure(3.5)
    for axes, (quantity, (label, formula)) in zip(figure.subplots(1, 3), QUANTITIES.items(), strict=True):
        for panel in panels:
            own = rows[(rows["quantity"] == quantity) & (rows["init"] == panel["init"])]
            _series(axes, own, style.INITS[panel["init"]])
        axes.set(title=f"{label} and {formula}", xlabel="Layer", yscale="log")
        axes.set_xticks(sorted(rows["layer"].unique()))
        axes.set_xlim(0.6, rows["layer"].max() + 0.4)
    handles = [
        Line2D([], [], color=style.INITS[panel["init"]], label=init_title(panel["init"], panel["scale"]))
        for panel in panels
    ]
    handles += [
        Line2D([], [], color=style.GREY, linestyle="--", label="theory, of these weights"),
        Line2D([], [], color=style.GREY, linestyle=":", label="theory, of n Var[W]"),
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=4, label="measured"),
        Line2D([], [], color=style.GREY, linestyle="", marker="x", markersize=5, label="paper"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, columnspacing=1.4, handlelength=1.8)
    return figure


def _series(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    by_source = dict(list(rows.sort_values("layer").groupby("source")))
    predicted, measured = by_source["predicted"], by_source["measured"]
    axes.plot(predicted["layer"], predicted["variance"], color=colour, linestyle="--", linewidth=1)
    if "equal widths" in by_source:
        simple = by_source["equal widths"]
        axes.plot(simple["layer"], simple["variance"], color=colour, linestyle=":", linewidth=1.2)
    half = np.minimum(measured["half"].fillna(0), 0.9 * measured["variance"])
    axes.errorbar(measured["layer"], measured["variance"], half, fmt="o", color=colour, markersize=4)
    if "paper" in by_source:
        theirs = by_source["paper"]
        axes.plot(theirs["layer"], theirs["variance"], "x", color=colour, markersize=5.5, alpha=0.8)
