"""Layer by layer during training: how fast weights change, how noisy gradients are, how many directions count

Three numbers that say how a layer learns, for the networks of Figure 11. Top: what one update changes,
relative to the weights; lectures call 1/1000 healthy. Middle: how many directions the activations of a layer
use, from one to 299 on 300 images. Bottom: how much of the gradient of a single image all images have in
common; the rest is noise, of which a mini-batch averages some away.

Implementation details
- Update over weights, of plain gradient descent on mini-batches of B: ε √E‖mean of B gradients‖² / ‖W‖ with
  E‖mean‖² = E‖g‖² (c + (1 - c) / B), g = ∂C/∂W of one of 300 test images and c what they have in common.
- Directions: participation ratio of the covariance of z over these images, (Σ λ)² / Σ λ².
- In common: ‖mean g‖² over the mean of ‖g‖², over pairs of different images, so that it may come out below 0.
- Black: the layer of the outputs, which has no activations of its own.
- Rules, written before these runs were made, each for every network. healthy: at the end, the update of each
  hidden layer is within a factor of 3 of 1/1000 of its weights. even: at the end, the largest over the
  smallest of these updates is smaller with eq. 16 than with eq. 1, for tanh and for softsign. narrowing: at
  the end, no layer uses more directions than the one below it. noisier: in every layer images have less of
  their gradients in common at the end than before training.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from repro.drawing import style
from repro.evidence import EvidenceError
from repro.evidence.models import MODELS
from repro.evidence.selection import Runs
from repro.evidence.verdict import Measure, Verdict, finding
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

_SHARED = "monitor.mechanisms=true monitor.jacobian_examples=1 monitor.every=2000"
RUNS = (
    f"activation=tanh,softsign init=standard,normalized depth=5 {_SHARED}",
    f"activation=sigmoid init=standard depth=4 {_SHARED}",
)
NETWORKS = ("Tanh", "Tanh N", "Softsign", "Softsign N", "Sigmoid depth 4")
PAIRS = {"tanh": ("Tanh", "Tanh N"), "softsign": ("Softsign", "Softsign N")}
QUANTITIES = {
    "step": "Update / weights",
    "directions": "Directions\nused by z",
    "common": "Gradient in\ncommon (%)",
}
HEALTHY, FACTOR = 1e-3, 3.0


def tables(runs: Runs) -> Tables:
    """points: network, seed, layer, quantity (QUANTITIES; common as a share), update, value.

    networks: network, seed, depth, lr, updates.
    """
    points, networks = [], []
    for name in NETWORKS:
        for run in MODELS[name].runs(runs):
            e = run.experiment
            points.append(_of(run).assign(network=name, seed=e.seed))
            networks.append(
                {"network": name, "seed": e.seed, "depth": e.depth, "lr": e.lr, "updates": e.updates}
            )
    columns = ["network", "seed", "layer", "quantity", "update", "value"]
    return {"points": pd.concat(points, ignore_index=True)[columns], "networks": pd.DataFrame(networks)}


def _of(run: Run) -> pd.DataFrame:
    rows, e = run.monitor, run.experiment
    found = rows.pivot(index=["update", "layer"], columns="quantity", values="value")
    if missing := {"gradient_signal", "z_rank"} - set(found):
        raise EvidenceError(f"{run.path.name} has no {min(missing)}: set monitor.mechanisms=true")
    square, common = found["gradient_square"], found["gradient_signal"]
    step = e.lr * np.sqrt((square * (common + (1 - common) / e.batch_size)).clip(0))
    values = {"step": step / found["W_norm"], "directions": found["z_rank"], "common": common}
    return pd.DataFrame(values).reset_index().melt(["update", "layer"], var_name="quantity").dropna()


def _at(tables: Tables, quantity: str, end: bool = True, outputs: bool = False) -> pd.DataFrame:
    """Values at the end of training, or before it: network, seed, layer, value; of hidden layers only?"""
    rows = tables["points"].merge(tables["networks"], on=["network", "seed"])
    rows = rows[(rows["quantity"] == quantity) & (rows["update"] == (rows["updates"] if end else 0))]
    return rows if outputs else rows[rows["layer"] <= rows["depth"]]


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    steps, common = _at(tables, "step"), 100 * _at(tables, "common", outputs=True)["value"]
    counts = _at(tables, "directions").groupby("network", sort=False)["value"].agg(["min", "max"])
    ranges = steps.groupby("network", sort=False)["value"].agg(["min", "max"])
    parts = [
        f"{name} {_number(low)} to {_number(high)} of the weights and {counts['min'][name]:.0f} to "
        f"{counts['max'][name]:.0f} directions"
        for name, (low, high) in zip(ranges.index, ranges.to_numpy(), strict=True)
    ]
    return (
        f"At the end, over hidden layers, one update changes and activations use: {'; '.join(parts)}. Images "
        f"have {common.min():.1f} to {common.max():.1f} % of their gradients in common."
    )


def _number(value: float) -> str:
    """1.2e-4: as in lectures."""
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(power)}"


def summary(tables: Tables) -> pd.DataFrame:
    titles = {"step": "update / weights", "directions": "directions", "common": "in common, %"}
    rows = []
    for quantity, title in titles.items():
        for end in (False, True):
            own = _at(tables, quantity, end, outputs=True)
            wide = own.pivot_table(index="network", columns="layer", values="value", sort=False)
            text = {"step": _number, "directions": "{:.1f}".format, "common": _percent}[quantity]
            shown = wide.map(lambda v, text=text: "" if math.isnan(v) else text(v))
            shown.columns = pd.Index([f"layer {layer}" for layer in shown.columns])
            when = "at the end" if end else "before training"
            rows.append(shown.reset_index().assign(quantity=f"{title}, {when}"))
    table = pd.concat(rows, ignore_index=True).fillna("")
    return table[["quantity", "network", *sorted(str(c) for c in table if str(c).startswith("layer "))]]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def verdicts(tables: Tables) -> list[Verdict]:
    return [
        _verdict("healthy", "update over weights at the end, largest distance from 1/1000 as a factor",
                 f"at most {FACTOR:g}", _healthy(tables), "updates are about 1/1000 of the weights"),
        _verdict("even", "spread of updates over weights, eq. 16 / eq. 1", "below 1", _even(tables),
                 "with eq. 16 layers learn at more equal speeds"),
        _verdict("narrowing", "directions of a layer over those of the layer below, largest", "at most 1",
                 _narrowing(tables), "activations use fewer directions from layer to layer"),
        _verdict("noisier", "share in common at the end over that before training, largest of the layers",
                 "below 1", _noisier(tables), "gradients become noisier during training"),
    ]  # fmt: skip


def _verdict(key: str, quantity: str, rule: str, measures: list[Measure], text: str) -> Verdict:
    said = "measures neither; it asks for gradients that are alike in all layers (4.2)"
    return finding(f"layers_in_training.{key}", quantity, rule, measures, text, said)


def _healthy(tables: Tables) -> list[Measure]:
    rows = _at(tables, "step")
    far = np.exp(np.abs(np.log(rows["value"] / HEALTHY)))
    worst = far.groupby([rows["network"], rows["seed"]], sort=False).max()
    return [Measure(_of_network(key), value, holds=bool(value <= FACTOR)) for key, value in worst.items()]


def _of_network(key: object) -> dict[str, str | int]:
    network, seed = cast("tuple[str, int]", key)
    return {"network": network, "seed": int(seed)}


def _even(tables: Tables) -> list[Measure]:
    rows = _at(tables, "step").groupby(["network", "seed"])["value"]
    spread = (rows.max() / rows.min()).unstack("network")
    found = []
    for activation, (standard, normalized) in PAIRS.items():
        for seed, ratio in (spread[normalized] / spread[standard]).dropna().items():
            of: dict[str, str | int] = {"activation": activation, "seed": int(str(seed))}
            found.append(Measure(of, ratio, holds=bool(ratio < 1)))
    return found


def _narrowing(tables: Tables) -> list[Measure]:
    found = []
    for key, rows in _at(tables, "directions").groupby(["network", "seed"], sort=False):
        values = rows.sort_values("layer")["value"].to_numpy()
        worst = float((values[1:] / values[:-1]).max()) if len(values) > 1 else math.nan
        found.append(Measure(_of_network(key), worst, holds=bool(worst <= 1)))
    return found


def _noisier(tables: Tables) -> list[Measure]:
    index = ["network", "seed", "layer"]
    end, start = (_at(tables, "common", e, outputs=True).set_index(index)["value"] for e in (True, False))
    worst = (end / start).groupby(["network", "seed"], sort=False).max()
    less = (end < start).groupby(["network", "seed"], sort=False).all()  # a start below 0 has no ratio
    found = zip(worst.items(), less.tolist(), strict=True)
    return [Measure(_of_network(key), value, holds=holds) for (key, value), holds in found]


@style.themed
def draw(tables: Tables) -> Figure:
    """A column for each network; rows as QUANTITIES; a line for each layer, black for the outputs."""
    figure = style.new_figure(5.4)
    panels = figure.subplots(len(QUANTITIES), len(NETWORKS), sharex=True, sharey="row")
    rows = tables["points"].merge(tables["networks"], on=["network", "seed"])
    for column, name in zip(panels.T, NETWORKS, strict=True):
        own = rows[rows["network"] == name]
        for axes, quantity in zip(column, QUANTITIES, strict=True):
            _panel(axes, own[own["quantity"] == quantity], 100 if quantity == "common" else 1)
        column[0].axhline(HEALTHY, color=style.GREY, linestyle=":", linewidth=0.8)
        column[0].set_title(f"{name}\nε = {own['lr'].iloc[0]:g}")
        column[-1].set_xlabel("Updates")
        column[-1].axhline(0, color=style.GREY, linewidth=0.5)
    for line, label in zip(panels, QUANTITIES.values(), strict=True):
        line[0].set_ylabel(label)
    panels[0, 0].set_yscale("log")
    panels[1, 0].set_ylim(0, None)
    panels[0, 0].set_xscale("symlog", linthresh=1, linscale=0.4)
    panels[0, 0].set_xlim(0, float(rows["updates"].max()))
    panels[0, 0].set_xticks([0, 10, 1000], ["0", "10", "1k"])
    panels[0, 0].xaxis.set_minor_locator(NullLocator())
    depth = int(rows["depth"].max())
    handles = [Line2D([], [], color=style.layer_colour(i), label=f"Layer {i}") for i in range(1, depth + 1)]
    handles.append(Line2D([], [], color="black", label="Outputs"))
    figure.legend(handles=handles, loc="outside upper center", ncols=7, columnspacing=1.2, handlelength=1.5)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, scale: float) -> None:
    for key, course in rows.groupby(["layer", "seed"]):
        layer = int(str(cast("tuple[int, int]", key)[0]))
        outputs = layer > course["depth"].iloc[0]
        colour = "black" if outputs else style.layer_colour(layer)
        axes.plot(course["update"], scale * course["value"], color=colour, linewidth=0.9)
