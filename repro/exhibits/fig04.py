"""Figure 4: activations at the end of training

Where the activations of each hidden layer lie, over all units and 300 test images, when training ends. A
tanh unit at ±1 is saturated: it passes on hardly any gradient. One near 0 hardly moves. In between, at the
knees of the curve, the non-linearity is strong and gradient still passes.

Implementation details
- Lines are ours at the end of our training, whose length is given below the picture; dots are the paper's,
  digitised, at the end of theirs, which was at least a hundred of its epochs. With short runs the two are
  not expected to agree.
- Densities are in cells of width 0.01. The axis ends at the paper's 3, or where ours does inside ±.95: the
  spikes at ±1 may leave it, as they are as high as cells are narrow. A layer's mode is the highest cell of
  width 0.1 of the density of |z|.
- The third row is softsign with grey levels from -1 to 1 instead of 0 to 1, beside the same dots.
- Spikes: the last cell of width 0.02 on either side has a higher density than those from .8 to .96.
- A run that diverged has no end and is left out; the heading of its panel says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.evidence import EvidenceError, timeline
from repro.evidence.claims.saturation import mode
from repro.evidence.selection import Runs, diverged, over_seeds, variants
from repro.evidence.verdict import Verdict
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh,softsign init=standard depth=5",
    "activation=softsign init=standard depth=5 dataset.low=-1.0",
)
"""Those of Figure 3."""
NETWORKS = ("tanh", "softsign")
TOP, INSIDE = 3.0, 0.95
"""Upper end of the paper's axis of densities; beyond INSIDE are tanh's spikes, which may leave ours."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: the densities at the end of training: network, layer, source, x, density, half (95 %), n.

    networks: network, activation, wide (the same is there with a narrower range of inputs), epochs (of
    training), runs, diverged (how many of them). Runs that diverged have no end: points lack them. Raises
    EvidenceError if no run is left, or if one was not trained.
    """
    own = variants(runs, "activation", NETWORKS, init="standard")
    ended = {v.named(v.value): [run for run in v.runs if not diverged(run)] for v in own}
    if not any(ended.values()):
        names = ", ".join(run.path.name for v in own for run in v.runs)
        raise EvidenceError(f"{names} diverged: there is no end of training to show")
    networks = [
        {
            "network": v.named(v.value),
            "activation": v.value,
            "wide": v.wide,
            "epochs": v.runs[0].experiment.updates / timeline.epoch_length(),
            "runs": len(v.runs),
            "diverged": len(v.runs) - len(ended[v.named(v.value)]),
        }
        for v in own
    ]
    parts = [
        rows.assign(network=v.named(v.value))
        for v in own
        for rows in (*_ours(ended[v.named(v.value)]), _papers(v.value))
    ]
    columns = ["network", "layer", "source", "x", "density", "half", "n"]
    return {"points": pd.concat(parts, ignore_index=True)[columns], "networks": pd.DataFrame(networks)}


def _ours(runs: Sequence[Run]) -> list[pd.DataFrame]:
    """The densities of each layer, means over seeds; nothing without runs."""
    parts = []
    for layer in range(1, paper.numbers()["setting"]["depth"] + 1) if runs else ():
        stored = [_at_end(run, layer) for run in runs]
        rows = [pd.DataFrame({"x": x.round(6), "density": density}) for x, density in stored]
        means = over_seeds(pd.concat(rows), "x", value="density").rename(columns={"mean": "density"})
        parts.append(means.assign(layer=layer, source="ours"))
    return parts


def _at_end(run: Run, layer: int) -> np.ndarray:
    """Cells and density [2, cells] of a layer at the last update of a run, which is never its first."""
    updates = run.experiment.updates
    if not updates:
        raise EvidenceError(f"{run.path.name} was not trained: it has no end of training")
    return run.histograms[f"z/{updates}/{layer}"]


def _papers(activation: str) -> pd.DataFrame:
    printed = paper.curve(f"fig04_{activation}").query("quantity == 'density' and quality != 'hidden'")
    printed = printed[["x", "y", "layer"]].rename(columns={"y": "density"})
    return printed.assign(source="paper")


def summary(tables: Tables) -> pd.DataFrame:
    """Per layer: density at 0, mode and share beyond .95, ours and where it can be read the paper's."""
    result = []
    for (network, layer), rows in tables["points"].groupby(["network", "layer"], sort=False):
        ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
        result.append(
            {
                "network": network,
                "layer": layer,
                "density at 0, ours": f"{at_zero(ours):.2f}" if len(ours) else "diverged",
                "paper": f"{at_zero(theirs):.2f}",
                "mode of |z|, ours": f"{mode(ours)[0]:.2f}" if len(ours) else "",
                "mode of |z|, paper": f"{mode(theirs)[0]:.2f}",
                "share beyond ±.95, ours": f"{beyond(ours, 0.95):.1%}" if len(ours) else "",
            }
        )
    return pd.DataFrame(result)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


def at_zero(rows: pd.DataFrame) -> float:
    """Density within 0.02 of 0."""
    return float(rows.loc[rows["x"].abs() < 0.02, "density"].mean())


def beyond(rows: pd.DataFrame, edge: float) -> float:
    """Share of activations farther from 0 than `edge`."""
    return float(rows.loc[rows["x"].abs() > edge, "density"].sum() / rows["density"].sum())


@style.themed
def draw(tables: Tables) -> Figure:
    """A row for each network, a column for each layer, so that none covers another."""
    rows, networks = tables["points"], tables["networks"]
    figure = style.new_figure(0.5 + 1.35 * len(networks))
    lines: Any = figure.subfigures(len(networks), 1, squeeze=False)[:, 0]
    for line, network in zip(lines, networks.itertuples(), strict=True):
        own = rows[rows["network"] == network.network]
        line.suptitle(_heading(network), x=0.01, ha="left", fontsize=style.THEME["axes.titlesize"])
        for axes, (layer, curve) in zip(line.subplots(1, 5), own.groupby("layer"), strict=True):
            _layer(axes, curve, int(str(layer)))
            axes.set_ylabel("Density" if layer == 1 else "")
            last = network.network == networks["network"].iloc[-1]
            axes.set_xlabel("Activation z" if layer == 3 and last else "")
    style.layer_legend(figure)
    return figure


def _layer(axes: Axes, rows: pd.DataFrame, layer: int) -> None:
    """One layer: ours and the paper's, up to the higher of the paper's axis and ours inside ±.95."""
    colour = style.layer_colour(layer)
    ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    axes.plot(theirs["x"], theirs["density"], color=colour, **{**style.DOTS, "markersize": 1.8})
    axes.plot(ours["x"], ours["density"], color=colour, linewidth=1.1)
    inside = ours.loc[ours["x"].abs() < INSIDE, "density"]
    axes.set(xlim=(-1, 1), xticks=(-1, 0, 1), ylim=(0, max(TOP, 1.05 * inside.max() if len(inside) else 0)))
    axes.locator_params(axis="y", nbins=4)


def _heading(network: Any) -> str:
    """Title of the panel of a row of the table networks."""
    if network.diverged == network.runs:
        return f"{network.network}, diverged (paper: at the end)"
    lost = f"; {network.diverged} of {network.runs} diverged, with no end" if network.diverged else ""
    return f"{network.network}, after {timeline.span(network.epochs)} (paper: at the end){lost}"
