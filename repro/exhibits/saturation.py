"""What saturation means: by activation, by slope, by the gradient that is lost

The paper calls a unit saturated where |z| is near 1. What stops learning is a small slope f', and f' falls
differently: at |z| = 0.9 tanh still passes 19 % of a gradient on, softsign 1 %. Columns are networks. Top:
share of activations whose slope is below a tenth of the largest one, during training. Bottom: what the
slopes of a layer leave of the gradient's mean square, E[f'²] over the largest f'², before training (pale) and
at its end, beside the share of activations that are saturated by |z| (crosses, lower is better).

Implementation details
- By |z|: beyond 0.95 of the way from the middle of the range to its end (sigmoid: |2 z - 1|).
- f' is a function of z for these three activations, so that all shares at the ends of training come from the
  densities of z; the curves during training are the monitor's `z_saturated`.
- Rules, written before the numbers were looked at. Softsign saturates more by slope than tanh: at the end, in
  at least 3 of 5 layers a larger share of softsign's activations has less than a tenth of the largest slope;
  for each range of softsign's inputs. Gradients flow well in softsign (section 3.3.2): its layers keep at
  least as much of the gradient's mean square as tanh's, in at least 3 of 5 layers. Runs shorter than the
  paper's can't confirm either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.evidence import EvidenceError, timeline
from repro.evidence.selection import Runs, over_seeds, variants
from repro.evidence.verdict import Measure, Verdict, finding
from repro.runs.folder import Run
from repro.theory import elementwise

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=sigmoid,tanh,softsign init=standard depth=5",
    "activation=softsign init=standard depth=5 dataset.low=-1.0",
)
"""Those of Figures 2 and 3."""
ACTIVATIONS = ("sigmoid", "tanh", "softsign")
BEYOND = 0.95
"""Of the way from the middle of the range of z to its end: saturated by |z|."""
LOW = 0.1
"""Of the largest slope: saturated by slope; that of the monitor's `z_saturated`."""
MOST = 3
"""Of five layers."""


def tables(runs: Runs) -> Tables:
    """points: network, layer, quantity (saturated, beyond, kept), update, value, half (95 %), n.

    saturated: share by slope, also during training; beyond: share by |z|; kept: E[f'²] over the largest f'².
    networks: network, activation, inputs, updates.
    """
    points, networks = [], []
    for variant in variants(runs, "activation", ACTIVATIONS, init="standard", depth=5):
        name = variant.named(variant.value)
        course = timeline.ours(variant.runs, {"z_saturated": "saturated"})
        ends = pd.concat([_ends(run).assign(run=k) for k, run in enumerate(variant.runs)])
        ends = over_seeds(ends, "layer", "quantity", "update").rename(columns={"mean": "value"})
        columns = ["layer", "quantity", "update", "value", "half", "n"]
        points += [rows[columns].assign(network=name) for rows in (course, ends)]
        updates = variant.runs[0].experiment.updates
        about = {"network": name, "activation": variant.value, "inputs": variant.inputs, "updates": updates}
        networks.append(about)
    rows = pd.concat(points, ignore_index=True)
    return {"points": rows[["network", *columns]], "networks": pd.DataFrame(networks)}


def _ends(run: Run) -> pd.DataFrame:
    """Shares at both ends of training from densities of z: layer, quantity, update, value."""
    activation, found = run.experiment.activation, []
    for update in sorted({0, run.experiment.updates}):
        for layer in range(1, run.experiment.depth + 1):
            key = f"z/{update}/{layer}"
            if key not in run.histograms:
                raise EvidenceError(f"{run.path.name} has no histogram {key}: did it diverge?")
            z, density = run.histograms[key]
            share = density / density.sum()
            slope, largest = elementwise.slope_of_value(activation, z), activation.make().max_slope
            middle = 2 * z - 1 if activation.name == "sigmoid" else z
            values = {
                "beyond": share[np.abs(middle) > BEYOND].sum(),
                "kept": (share * slope**2).sum() / largest**2,
            }
            found += [(layer, name, update, float(value)) for name, value in values.items()]
    return pd.DataFrame(found, columns=["layer", "quantity", "update", "value"])


def _at_end(tables: Tables, quantity: str) -> pd.DataFrame:
    """Values at the end of training: a row per network, a column per layer."""
    rows = tables["points"].merge(tables["networks"])
    rows = rows[(rows["quantity"] == quantity) & (rows["update"] == rows["updates"])]
    wide = rows.pivot(index="network", columns="layer", values="value")
    return wide.loc[tables["networks"]["network"]]


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    slope, beyond, kept = (100 * _at_end(tables, name) for name in ("saturated", "beyond", "kept"))
    parts = [
        f"{name}: {slope.loc[name].max():.1f} % by slope, {beyond.loc[name].max():.1f} % by |z|, "
        f"{kept.loc[name].min():.0f} % of the gradient's mean square kept"
        for name in tables["networks"]["network"]
    ]
    updates = tables["networks"]["updates"].min()
    return f"After {updates:,} updates, in the layer where it is worst, {'; '.join(parts)}."


def summary(tables: Tables) -> pd.DataFrame:
    titles = {"saturated": "f' below a tenth", "beyond": "|z| beyond 0.95", "kept": "E[f'²] kept"}
    rows = []
    for quantity, title in titles.items():
        wide = (100 * _at_end(tables, quantity)).map(lambda v: f"{v:.1f}")
        wide.columns = pd.Index([f"layer {layer}" for layer in wide.columns])
        rows.append(wide.reset_index().assign(**{"at the end of training, %": title}))
    table = pd.concat(rows, ignore_index=True)
    return table[["at the end of training, %", "network", *[c for c in table if str(c).startswith("layer ")]]]


def verdicts(tables: Tables) -> list[Verdict]:
    slope, kept = (_at_end(tables, name) for name in ("saturated", "kept"))
    names = [n for n in tables["networks"]["network"] if n.startswith("softsign")]
    complete = bool(tables["networks"]["updates"].min() >= paper.numbers()["table1"]["updates"])
    n = int(tables["points"]["n"].min())
    more = {name: int((slope.loc[name] > slope.loc["tanh"]).sum()) for name in names}
    flows = {name: int((kept.loc[name] >= kept.loc["tanh"]).sum()) for name in names}
    return [
        finding(
            f"saturation.{key}",
            "layers of 5",
            f"at least {MOST}",
            [Measure({"network": k}, v, n=n, holds=v >= MOST) for k, v in found.items()],
            statement,
            said,
            complete,
        )
        for key, found, statement, said in (
            ("slope", more, "softsign saturates more than tanh by slope", "judges saturation by |z|"),
            (
                "flow",
                flows,
                "softsign's slopes keep as much of the gradient as tanh's",
                "gradients would flow well",
            ),
        )
    ]


@style.themed
def draw(tables: Tables) -> Figure:
    """A column for each network: share saturated by slope over updates, and what both ends keep."""
    names = tables["networks"]["network"].tolist()
    figure = style.new_figure(4.4)
    panels = figure.subplots(2, len(names), sharey="row", squeeze=False)
    rows = tables["points"].merge(tables["networks"])
    top = 100 * rows[rows["quantity"] == "saturated"]["value"].max()
    for column, name in enumerate(names):
        own = rows[rows["network"] == name]
        for layer, course in own[own["quantity"] == "saturated"].groupby("layer"):
            course = course.sort_values("update")
            panels[0, column].plot(
                course["update"], 100 * course["value"], color=style.layer_colour(int(str(layer)))
            )
        panels[0, column].set(
            title=name.replace(", inputs in", ",\ninputs in"), xlabel="Updates", ylim=(0, max(1, 1.05 * top))
        )
        panels[0, column].xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}k" if value else "0")
        panels[0, column].set_xlim(0, None)
        _bars(panels[1, column], own)
    panels[0, 0].set_ylabel("f' below a tenth (%)")
    panels[1, 0].set_ylabel("E[f'²] kept (bars),\n|z| > .95 (crosses), %")
    style.layer_legend(figure, paper=False)
    return figure


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    last = rows["updates"].max()
    ends = rows[rows["update"].isin((0, last))]
    for key, own in ends.groupby(["layer", "update"]):
        layer, update = (int(str(part)) for part in key)
        values = own.set_index("quantity")["value"] * 100
        x, colour = layer + (-0.2 if update == 0 and last else 0.2), style.layer_colour(layer)
        axes.bar(x, values["kept"], 0.38, color=colour, alpha=0.35 if update == 0 and last else 1.0)
        if update == last:
            axes.plot(x, values["beyond"], "x", color="black", markersize=4, clip_on=False, zorder=5)
    axes.set(xlabel="Layer", ylim=(0, 105))
    axes.set_xticks(sorted(rows["layer"].unique()))
