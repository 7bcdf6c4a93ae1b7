"""The edge of chaos: which initializations let a deep tanh network start

Of a deep network's gradient each layer keeps the share χ of the square. Below χ = 1 gradients vanish and all
examples end up alike (order); above, gradients explode and neighbours drift apart (chaos); only near 1 can a
network of any depth start to learn. Left: χ for tanh by the variances of weights and biases, with the paper's
initializations and today's defaults. Middle: the same for other activations, without biases. Right: measured
back-propagated gradients in networks of 20 hidden layers before training, and mean-field theory's (lines).

Implementation details
- χ = n Var[W] E[f'(s)²] at the fixed point of E[s²] (`repro.theory.mean_field`).
- PyTorch's nn.Linear draws weights like eq. 1 and biases with the same bound; Keras' Dense is eq. 16; LeCun's
  and eq. 16 coincide for equal widths. PyTorch's recommended gain for tanh, 5/3, makes n Var[W] = 25/9.
- Right: standard deviation of ∂C/∂s of one example in each layer, over that of the top one. Three seeds;
  thin lines in the figure's data are each seed's.
- Rule, written before the numbers were looked at: over all layers below the top, the factor per layer by
  which the standard deviation changes (its geometric mean) is within 5 % of the predicted one, for each
  initialization, averaged over seeds.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from repro.drawing import style
from repro.evidence import EvidenceError, predictions
from repro.evidence.selection import Runs, having, monitored, over_seeds
from repro.evidence.verdict import Measure, Verdict, finding
from repro.experiment.components import Activation
from repro.runs.folder import Run
from repro.theory import mean_field
from repro.theory.mean_field import Layer

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden,orthogonal,he_normal seed=0,1,2 updates=0"
    " width=1000 depth=20 monitor.jacobian_examples=0 n_valid=300 n_test=300",
)
TOLERANCE = 0.05
"""Largest relative difference between the measured and the predicted factor per layer that counts as none."""
WIDTH = 1000
TANH = Activation("tanh")


class Start(NamedTuple):
    """Where an initialization lies on the left: fan_in Var[W], standard deviation of b."""

    weights: float
    bias_std: float = 0.0


STARTS = {
    "eq. 1": Start(1 / 3),
    "PyTorch nn.Linear": Start(1 / 3, (3 * WIDTH) ** -0.5),
    "eq. 16 = Keras, LeCun": Start(1.0),
    "the panels": Start(1.3),
    "He": Start(2.0),
    "PyTorch, tanh gain": Start(25 / 9),
}
ACTIVATIONS = ("tanh", "softsign", "sigmoid", "relu", "gelu")
COLOURS = {**style.ACTIVATIONS, "relu": "#cc79a7", "gelu": "#8c6d1f"}
NETWORKS = {
    "standard": ("eq. 1", style.INITS["standard"]),
    "normalized": ("eq. 16", style.INITS["normalized"]),
    "normalized_hidden": ("n Var[W] = 1.3", style.INITS["normalized_hidden"]),
    "variance_scaling": ("He", "#1b7f79"),
    "orthogonal": ("orthogonal", "#5b8ff9"),
}
"""Name and colour of each measured initialization."""


def tables(runs: Runs) -> Tables:
    """points: init, layer, source (measured, predicted), ratio (std of ∂C/∂s over the top layer's), half, n.

    factors: init, run, measured, predicted: factor per layer, downwards. phases: weights, bias_std, chi.
    activations: activation, weights, chi. starts: name, weights, bias_std, chi.
    """
    rows, factors = [], []
    for init in NETWORKS:
        own = _of(runs, init)
        ratios = (
            monitored(own, "ds_std").query("update == 0").pivot(index="layer", columns="run", values="value")
        )
        ratios /= ratios.iloc[-1]
        measured = over_seeds(ratios.reset_index().melt("layer", var_name="run"), "layer")
        rows.append(measured.rename(columns={"mean": "ratio"}).assign(init=init, source="measured"))
        predicted = _predicted(own[0])
        rows.append(predicted.assign(init=init, source="predicted"))
        steps = len(ratios) - 1
        for run, first in ratios.iloc[0].items():
            factor = {
                "measured": first ** (1 / steps),
                "predicted": predicted["ratio"].iloc[0] ** (1 / steps),
            }
            factors.append({"init": init, "run": run, **factor})
    points = pd.concat(rows, ignore_index=True)[["init", "layer", "source", "ratio", "half", "n"]]
    return {"points": points, "factors": pd.DataFrame(factors), **_theory()}


def _of(runs: Runs, init: str) -> list[Run]:
    found = having(runs, activation="tanh", init=init)
    if not found:
        raise EvidenceError(f"no run with init={init} among the {len(runs)} given")
    return sorted(found, key=lambda run: run.experiment.seed)


def _predicted(run: Run) -> pd.DataFrame:
    layers = predictions.layers(run.experiment)
    q = mean_field.variances(layers, np.diag(predictions.inputs(run.experiment)))
    squares = mean_field.gradients(layers, q, np.ones(predictions.IMAGES)).mean(1)
    return pd.DataFrame({"layer": range(1, len(layers) + 1), "ratio": np.sqrt(squares)})


@cache
def _theory() -> dict[str, pd.DataFrame]:
    """What the left two panels show."""
    weights, biases = np.linspace(0.1, 3.1, 31), np.linspace(0, 0.6, 13)
    phases = [(w, b, _chi(TANH, w, b)) for w in weights for b in biases]
    scales = np.geomspace(0.1, 30, 60)
    lines = [(name, w, _chi(Activation(name), w, 0.0)) for name in ACTIVATIONS for w in scales]
    starts = [(name, *start, _chi(TANH, *start)) for name, start in STARTS.items()]
    return {
        "phases": pd.DataFrame(phases, columns=["weights", "bias_std", "chi"]),
        "activations": pd.DataFrame(lines, columns=["activation", "weights", "chi"]),
        "starts": pd.DataFrame(starts, columns=["name", "weights", "bias_std", "chi"]),
    }


def _chi(activation: Activation, weights: float, bias_std: float) -> float:
    """χ at the fixed point of E[s²]."""
    layer = Layer(activation, float(weights), float(bias_std) ** 2)
    return float(layer.chi(np.clip(layer.fixed_point(), mean_field.SMALLEST, mean_field.LARGEST)))


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    points, starts = tables["points"], tables["starts"].set_index("name")["chi"]
    measured = points[(points["source"] == "measured") & (points["layer"] == 1)].set_index("init")["ratio"]
    depth = points["layer"].max()
    return (
        f"Through {depth} hidden layers of tanh the gradient keeps {measured['standard']:.1g} of its "
        f"standard deviation with eq. 1 (χ = {starts['eq. 1']:.2f}, today's PyTorch default, too), "
        f"{measured['normalized']:.2f} with eq. 16 (χ = {starts['eq. 16 = Keras, LeCun']:.2f}) and "
        f"{measured['normalized_hidden']:.2f} with the paper's panels' n Var[W] = 1.3 "
        f"(χ = {starts['the panels']:.2f})."
    )


def summary(tables: Tables) -> pd.DataFrame:
    """Factor per layer by initialization, and χ of all named starts."""
    factors = tables["factors"].groupby("init", sort=False)[["measured", "predicted"]].mean()
    rows = [
        {
            "what": f"{NETWORKS[str(init)][0]}: factor per layer on std of ∂C/∂s, downwards",
            "measured": f"{row['measured']:.4f}",
            "mean field": f"{row['predicted']:.4f}",
        }
        for init, row in factors.to_dict("index").items()
    ]
    rows += [
        {
            "what": f"{row['name']}: χ of tanh, n Var[W] = {row['weights']:.3g}",
            "measured": "",
            "mean field": f"{row['chi']:.3f}",
        }
        for row in tables["starts"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    means = (
        tables["factors"]
        .groupby("init", sort=False)
        .agg(measured=("measured", "mean"), predicted=("predicted", "first"), n=("run", "size"))
    )
    measures = tuple(
        Measure(
            of={"init": str(init)},
            value=row["measured"],
            n=int(row["n"]),
            holds=bool(abs(row["measured"] / row["predicted"] - 1) <= TOLERANCE),
        )
        for init, row in means.to_dict("index").items()
    )
    rule = f"within {TOLERANCE:.0%} of √χ, averaged over the layers"
    text, paper = "χ says how gradients change with depth", "stops at five hidden layers"
    return [finding("edge_of_chaos.gradient", "factor per layer", rule, measures, text, paper)]


@style.themed
def draw(tables: Tables) -> Figure:
    """Phase diagram of tanh, χ of other activations, and measured gradients with their predictions."""
    figure = style.new_figure(3.3)
    axes = figure.subplots(1, 3, width_ratios=(1.15, 0.9, 1.15))
    _phases(axes[0], tables)
    for name, rows in tables["activations"].groupby("activation", sort=False):
        axes[1].plot(rows["weights"], rows["chi"], color=COLOURS[str(name)], label=name)
    axes[1].axhline(1, color=style.GREY, linewidth=0.8, linestyle=":")
    axes[1].set(title="χ without biases", xlabel="n Var[W]", xscale="log", yscale="log", ylim=(0.005, 20))
    axes[1].legend(fontsize=style.LABEL_SIZE, loc="lower right")
    _gradients(axes[2], tables["points"])
    return figure


def _phases(axes: Axes, tables: Tables) -> None:
    grid = tables["phases"].pivot(index="bias_std", columns="weights", values="chi")
    x, y = grid.columns.to_numpy(float), grid.index.to_numpy(float)
    levels = [0.0, 0.25, 0.5, 0.75, 1.0, 1.1, 1.2, 1.3]
    axes.contourf(x, y, grid, levels, cmap="RdBu_r", vmin=0, vmax=2, alpha=0.55)
    lines = axes.contour(
        x, y, grid, [0.25, 0.5, 0.75, 1.0, 1.2], colors=style.GREY, linewidths=[0.6] * 3 + [1.6, 0.6]
    )
    heights = {level: 0.27 if level > 1 else 0.5 for level in lines.levels}  # above the names
    places = [
        (np.interp(level, grid.loc[_nearest(y, height)], x), height) for level, height in heights.items()
    ]
    axes.clabel(lines, fmt="χ = %g", fontsize=6, manual=places)
    for row in tables["starts"].to_dict("records"):
        axes.plot(row["weights"], row["bias_std"], "o", color="black", markersize=4, clip_on=False, zorder=5)
        if row["name"].startswith("PyTorch nn"):
            continue  # as good as eq. 1's place
        text = "eq. 1 ≈ PyTorch nn.Linear" if row["name"] == "eq. 1" else row["name"]
        axes.annotate(text, (row["weights"], row["bias_std"]), xytext=(0, 7), textcoords="offset points",
                      fontsize=6.2, rotation=90, ha="center", va="bottom",
                      path_effects=[withStroke(linewidth=2, foreground="white", alpha=0.7)])  # fmt: skip
    axes.set(
        title="tanh: order (blue), chaos (red)", xlabel="n Var[W]", ylabel="std of biases", ylim=(0, 0.6)
    )


def _nearest(values: NDArray[np.float64], wanted: float) -> float:
    return float(values[np.abs(values - wanted).argmin()])


def _gradients(axes: Axes, points: pd.DataFrame) -> None:
    depth, labels = int(points["layer"].max()), []
    for init, (name, colour) in NETWORKS.items():
        own = points[points["init"] == init].sort_values("layer")
        measured, predicted = (own[own["source"] == s] for s in ("measured", "predicted"))
        axes.plot(predicted["layer"], predicted["ratio"], color=colour, linewidth=1)
        axes.plot(measured["layer"], measured["ratio"], "o", color=colour, markersize=3)
        labels.append((float(predicted["ratio"].iloc[0]), name, colour))
    axes.set(title="Std of ∂C/∂s, of the top layer's", xlabel="Layer", yscale="log", xlim=(depth + 0.5, 0.5))
    style.place_labels(axes, labels)
