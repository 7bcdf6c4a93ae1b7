"""Mean-field theory beside measurement: why the linear theory misses, layer by layer

Eqs. 5 to 7 take tanh for a straight line. Mean-field theory takes it as it is and needs one assumption only,
that layers are wide: pre-activations are then normally distributed, whatever the weights' distribution.
Solid lines are its predictions, dashed ones those of the linear theory, both from the same start; points are
measured in untrained networks. Nothing is fitted.

Implementation details
- Start upwards: the inputs' mean squares and products, from 500 images of the original generator's
  stream, not those that the networks were measured on; fan_in Var[W] as each initialization
  defines it, not as drawn. Start downwards: ∂C/∂s of layer 5 as measured (its standard deviation for one
  example and for sums over mini-batches of 10).
- Each image has its own E[x²], from which its own variances follow; pairs of images have their own
  correlation, on which sums over mini-batches depend.
- Jacobians: the whole distribution of singular values is predicted (`repro.theory.spectrum`), at the three
  images at which they were measured. These are darker than most: E[x²] = 0.28, 0.17 and 0.10, where 0.35 is
  the average. (At the average image the predictions are up to 5 % lower, 8 % for the 25th percentile.) The
  linear theory's is a quarter circle with mean 0.849 √(n Var[W]).
- Rule, written before the numbers were looked at: a prediction agrees if the measured standard deviation or
  mean singular value, averaged over seeds, is within 5 % of it. The linear theory is shown, not judged.
- Crosses are the paper's, as on the page of the linear theory.
- Two layers of the same network don't err independently: E[s²] of a network of 1000 units differs from the
  infinitely wide one's by the percentage in the table (one standard deviation), as it is an average over its
  units.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.drawing import style
from repro.drawing.labels import init_title
from repro.evidence import inits, predictions
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.verdict import Key, Verdict, finding, near_one
from repro.exhibits import linear_theory
from repro.experiment.components import Activation
from repro.experiment.settings import Experiment
from repro.theory import kernels, mean_field, spectrum
from repro.theory.mean_field import Layer

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = linear_theory.RUNS
"""Those of Figures 6, 7, 8, the Jacobian and the linear theory."""

TOLERANCE = 0.05
"""Largest relative difference of a standard deviation, or mean singular value, that counts as agreement."""
SPREADS = {
    "z_std": "z",
    "ds_std": "∂C/∂s of one example",
    "ds_batch_std": "∂C/∂s, mini-batches",
    "dW_std": "∂C/∂W, mini-batches",
}
PERCENTILES = (25, 50, 75, 95)
"""Of the singular values; those nearer to 0 are as small as the error of measuring and predicting them."""
PANELS = {
    "z_std": "Figure 6: std of z",
    "ds_batch_std": "Figure 7: std of ∂C/∂s, nats",
    "dW_std": "Figure 8: std of ∂C/∂W, nats",
    "jacobian_mean": "Mean singular value of ∂z$^i$/∂z$^{i-1}$",
}
STATEMENTS = {
    **{name: f"the standard deviation of {text}" for name, text in SPREADS.items()},
    "jacobian_mean": "the mean singular value between layers",
    "spectrum": f"percentiles {', '.join(map(str, PERCENTILES))} of the singular values",
}


def tables(runs: Runs) -> Tables:
    """points: init, quantity, layer, source (measured, mean field, linear, paper), value, half (95 %), n.

    ratios: init, quantity, layer, ratio (measured over mean field), half, n, linear (measured over linear).
    spread: init, layer, spread (of E[s²] over networks of this width, relative). panels: `inits.panels`.
    """
    networks = inits.of_papers_depth(runs)
    measured = pd.concat([_measured(own).assign(init=init) for init, own in networks.items()])
    theories, spreads = [], []
    for init, own in networks.items():
        experiment, top = (
            own[0].experiment,
            measured[measured["init"] == init].set_index(["quantity", "layer"]),
        )
        theories.append(_predicted(experiment, top["value"]).assign(init=init))
        layers = predictions.layers(experiment)
        found = mean_field.spread_over_networks(
            layers, float(np.trace(predictions.inputs(experiment)) / predictions.IMAGES), experiment.widths
        )
        spreads.append(pd.DataFrame({"init": init, "layer": range(1, len(layers) + 1), "spread": found}))
    theory = pd.concat(theories, ignore_index=True)
    points = pd.concat([measured, theory, _papers()], ignore_index=True)
    return {
        "points": points[["init", "quantity", "layer", "source", "value", "half", "n"]],
        "ratios": _ratios(measured, theory),
        "spread": pd.concat(spreads, ignore_index=True),
        "panels": inits.panels(networks),
    }


def _measured(runs: Runs) -> pd.DataFrame:
    """Means over seeds before training: quantity, layer, value, half, n, source."""
    names = (*SPREADS, "jacobian_mean", *(f"jacobian_p{p}" for p in PERCENTILES))
    rows = over_seeds(monitored(runs, *names).query("update == 0"), "quantity", "layer")
    return rows.rename(columns={"mean": "value"}).assign(source="measured")


def _predicted(experiment: Experiment, measured: pd.Series) -> pd.DataFrame:
    """Both theories of one network: quantity, layer, value, source. `measured` by quantity and layer."""
    batch, top = experiment.monitor.batch, experiment.depth
    own, summed = (measured[name, top] ** 2 for name in ("ds_std", "ds_batch_std"))
    shared = (summed / batch - own) / (batch - 1)  # of two examples of a mini-batch
    linear = Activation("leaky_relu", (("negative_slope", 1.0),))  # f(s) = s
    found = []
    for source, layers in (
        ("mean field", predictions.layers(experiment)),
        ("linear", [Layer(linear, layer.weights, layer.biases) for layer in predictions.layers(experiment)]),
    ):
        inputs, bright = (
            predictions.inputs(experiment),
            mean_field.variances(layers, predictions.brightness(experiment)),
        )
        signals = kernels.propagate(layers, inputs)
        start = np.full_like(inputs, shared)
        np.fill_diagonal(start, own)
        gradients = kernels.back_propagate(layers, signals, start)
        for i, (layer, below, above, ds) in enumerate(
            zip(layers, [inputs, *signals.z], signals.z, gradients, strict=False), start=1
        ):
            variances = {
                "z_std": np.diag(above).mean(),
                "ds_std": np.diag(ds).mean(),
                "ds_batch_std": kernels.batch_variance(ds, 1.0, batch),
                "dW_std": kernels.batch_variance(ds, below, batch),
            }
            values = {name: float(np.sqrt(value)) for name, value in variances.items()}
            values |= _singular_values(layer, tuple(bright[i - 1])) if i > 1 else {}
            found += [
                {"quantity": name, "layer": i, "value": v, "source": source} for name, v in values.items()
            ]
    return pd.DataFrame(found)


@cache
def _singular_values(layer: Layer, q: tuple[float, ...]) -> dict[str, float]:
    """Of the layer's Jacobian, averaged over images with these E[s²] in it."""
    found = [spectrum.layer_spectrum(layer, square) for square in q]
    names = {"jacobian_mean": [one.mean() for one in found]}
    names |= {f"jacobian_p{p}": [one.percentile(p) for one in found] for p in PERCENTILES}
    return {name: float(np.mean(values)) for name, values in names.items()}


def _papers() -> pd.DataFrame:
    """The paper's standard deviations at epoch 0."""
    rows = linear_theory.papers()
    return rows.assign(value=np.sqrt(rows["variance"])).drop(columns="variance")


def _ratios(measured: pd.DataFrame, theory: pd.DataFrame) -> pd.DataFrame:
    """Measured over predicted; the start of each prediction is left out."""
    keys = ["init", "quantity", "layer"]
    wide = theory.pivot(index=keys, columns="source", values="value").reset_index()
    rows = measured.merge(wide, on=keys)
    top = rows["layer"].max()
    rows = rows[~(rows["quantity"].isin(["ds_std", "ds_batch_std"]) & (rows["layer"] == top))]
    rows = rows.assign(
        ratio=rows["value"] / rows["mean field"],
        half=rows["half"] / rows["mean field"],
        linear=rows["value"] / rows["linear"],
    )
    return rows[[*keys, "ratio", "half", "n", "linear"]].reset_index(drop=True)


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    rows = tables["ratios"]
    rows = rows[rows["quantity"].isin(PANELS)]
    theirs, ours = ((rows[name] - 1).abs() for name in ("linear", "ratio"))
    return (
        f"With nothing fitted, mean-field theory predicts {(ours <= TOLERANCE).sum()} of {len(rows)} "
        f"standard deviations and mean singular values within {TOLERANCE:.0%} (the farthest off by "
        f"{ours.max():.0%}); "
        f"the linear theory {(theirs <= TOLERANCE).sum()} (the farthest off by {theirs.max():.0%})."
    )


def summary(tables: Tables) -> pd.DataFrame:
    """Measured over predicted per layer, with the linear theory's in brackets."""
    ratios = tables["ratios"].assign(
        text=[
            f"{r:.3f} ({linear:.3f})"
            for r, linear in zip(tables["ratios"]["ratio"], tables["ratios"]["linear"], strict=True)
        ]
    )
    wide = ratios.pivot(index=["init", "quantity"], columns="layer", values="text").fillna("")
    wide.columns = pd.Index([f"layer {layer}" for layer in wide.columns])
    order = {name: k for k, name in enumerate([*SPREADS, "jacobian_mean"])}
    rows = wide.reset_index()
    rows = rows.sort_values(
        "quantity", key=lambda names: names.map(lambda n: order.get(n, 99)), kind="stable"
    )
    spread = tables["spread"].pivot(index="init", columns="layer", values="spread")
    spread.columns = wide.columns
    widths = (
        spread.map(lambda share: f"± {share:.1%}").reset_index().assign(quantity="E[s²], networks differ by")
    )
    named = {**{k: f"std of {v}" for k, v in SPREADS.items()}, "jacobian_mean": "mean singular value"}
    rows = pd.concat([rows, widths], ignore_index=True)
    rows["quantity"] = [
        named.get(name, name.replace("jacobian_p", "singular values, percentile "))
        for name in rows["quantity"]
    ]
    return rows.rename(columns={"init": "initialization", "quantity": "measured / mean field (/ linear)"})


def verdicts(tables: Tables) -> list[Verdict]:
    ratios, order = tables["ratios"], tables["panels"]["init"].tolist()
    result = []
    for name, what in STATEMENTS.items():
        wanted = [f"jacobian_p{p}" for p in PERCENTILES] if name == "spectrum" else [name]
        rows = ratios[ratios["quantity"].isin(wanted)]
        rows = rows.sort_values("init", key=lambda names: names.map(order.index), kind="stable")
        result.append(
            finding(
                f"mean_field.{name}",
                "measured / predicted",
                f"layers within {TOLERANCE:.0%}, nothing fitted",
                [near_one(_of(row), row, TOLERANCE) for row in rows.to_dict("records")],
                f"mean-field theory predicts {what}",
                "has the linear theory only",
            )
        )
    return result


def _of(row: Mapping[Any, Any]) -> Key:
    what = {"percentile": int(row["quantity"].rpartition("p")[2])} if "_p" in row["quantity"] else {}
    return {"init": row["init"], **what, "layer": row["layer"]}


@style.themed
def draw(tables: Tables) -> Figure:
    """A panel for each quantity, a colour for each initialization, both theories as lines."""
    rows, panels = tables["points"], tables["panels"].to_dict("records")
    figure = style.new_figure(5.4)
    for axes, (quantity, title) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
        for panel in panels:
            own = rows[(rows["quantity"] == quantity) & (rows["init"] == panel["init"])]
            _series(axes, own, style.INITS[panel["init"]])
        scale = "linear" if quantity == "jacobian_mean" else "log"
        axes.set(title=title, xlabel="Layer", yscale=scale, xlim=(0.7, rows["layer"].max() + 0.3))
        axes.set_xticks(sorted(rows["layer"].unique()))
    handles = [
        Line2D([], [], color=style.INITS[panel["init"]], label=init_title(panel["init"], panel["scale"]))
        for panel in panels
    ]
    handles += [
        Line2D([], [], color=style.GREY, label="mean field"),
        Line2D([], [], color=style.GREY, linestyle="--", linewidth=0.9, label="linear"),
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=4, label="measured"),
        Line2D([], [], color=style.GREY, linestyle="", marker="x", markersize=5, label="paper"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, columnspacing=1.2, handlelength=1.6)
    return figure


def _series(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    by_source = dict(list(rows.sort_values("layer").groupby("source")))
    for source, line in (("mean field", "-"), ("linear", "--")):
        theory = by_source[source]
        axes.plot(
            theory["layer"], theory["value"], line, color=colour, linewidth=0.9 if line == "--" else 1.4
        )
    measured = by_source["measured"]
    measured = measured[measured["layer"].isin(by_source["linear"]["layer"])]
    half = np.minimum(measured["half"].fillna(0), 0.9 * measured["value"])
    axes.errorbar(measured["layer"], measured["value"], half, fmt="o", color=colour, markersize=4)
    if "paper" in by_source:
        theirs = by_source["paper"]
        axes.plot(theirs["layer"], theirs["value"], "x", color=colour, markersize=5.5, alpha=0.8)
