"""Figure 4: activations at the end of training

Where the activations of each hidden layer lie, over all units and 300 test images, when training ends. A
tanh unit at ±1 is saturated: it passes on no gradient, and the paper's tanh network has many of those in
its lower layers, and in its upper ones many units that hardly move from 0. Softsign units sit in between,
at the knees of their curve, where the non-linearity is strong and the gradient still passes.

Implementation details
- Lines are ours at the end of our training, whose length is given below the picture; dots are the paper's,
  digitised, at the end of theirs, which was at least a hundred of its epochs. With short runs the two are
  not expected to agree.
- Densities are in cells of width 0.01; the axis ends at the paper's 3, as the spikes at ±1 are as high as
  cells are narrow. A layer's mode is the highest cell of width 0.1 of the density of |z|.
- Spikes: the last cell of width 0.02 on either side has a higher density than those from .8 to .96.
- A run that diverged has no end and is left out; the heading of its panel says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.evidence import EvidenceError, timeline
from repro.evidence.claims.saturation import mode
from repro.evidence.selection import Runs, diverged, over_seeds, select
from repro.evidence.verdict import Verdict
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = ("activation=tanh,softsign init=standard depth=5",)
"""Those of Figure 3."""
NETWORKS = ("tanh", "softsign")
TOP = 3.0
"""Upper end of the paper's density axis."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: the densities at the end of training: network, layer, source, x, density, half (95 %), n.

    networks: network, activation, epochs (of training), runs, diverged (how many of them). Runs that
    diverged have no end: points lack them. Raises EvidenceError if no run is left, or if one was not trained.
    """
    own = {network: select(runs, activation=network, init="standard") for network in NETWORKS}
    ended = {network: [run for run in mine if not diverged(run)] for network, mine in own.items()}
    if not any(ended.values()):
        names = ", ".join(run.path.name for mine in own.values() for run in mine)
        raise EvidenceError(f"{names} diverged: there is no end of training to show")
    networks = [
        (
            name,
            name,
            mine[0].experiment.updates / timeline.epoch_length(),
            len(mine),
            len(mine) - len(ended[name]),
        )
        for name, mine in own.items()
    ]
    parts = [rows for name in NETWORKS for rows in (*_ours(name, ended[name]), _papers(name))]
    columns = ["network", "layer", "source", "x", "density", "half", "n"]
    return {
        "points": pd.concat(parts, ignore_index=True)[columns],
        "networks": pd.DataFrame(networks, columns=["network", "activation", "epochs", "runs", "diverged"]),
    }


def _ours(network: str, runs: Sequence[Run]) -> list[pd.DataFrame]:
    """The densities of each layer, means over seeds; nothing without runs."""
    parts = []
    for layer in range(1, paper.numbers()["setting"]["depth"] + 1) if runs else ():
        stored = [_at_end(run, layer) for run in runs]
        rows = [pd.DataFrame({"x": x.round(6), "density": density}) for x, density in stored]
        means = over_seeds(pd.concat(rows), "x", value="density").rename(columns={"mean": "density"})
        parts.append(means.assign(network=network, layer=layer, source="ours"))
    return parts


def _at_end(run: Run, layer: int) -> np.ndarray:
    """Cells and density [2, cells] of a layer at the last update of a run, which is never its first."""
    updates = run.experiment.updates
    if not updates:
        raise EvidenceError(f"{run.path.name} was not trained: it has no end of training")
    return run.histograms[f"z/{updates}/{layer}"]


def _papers(network: str) -> pd.DataFrame:
    printed = paper.curve(f"fig04_{network}").query("quantity == 'density' and quality != 'hidden'")
    printed = printed[["x", "y", "layer"]].rename(columns={"y": "density"})
    return printed.assign(network=network, source="paper")


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
    """tanh above, softsign below, as in the paper; a colour for each layer."""
    rows = tables["points"]
    figure = style.new_figure(5.4)
    panels = figure.subplots(2, 1, sharex=True)
    for axes, network in zip(panels, tables["networks"].itertuples(), strict=True):
        for layer, curve in rows[rows["network"] == network.network].groupby("layer"):
            colour = style.layer_colour(int(str(layer)))
            ours, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
            axes.plot(theirs["x"], theirs["density"], color=colour, **style.DOTS)
            axes.plot(ours["x"], ours["density"], color=colour, linewidth=1.3)
        axes.set(title=_heading(network), ylabel="Density", xlim=(-1, 1), ylim=(0, TOP))
    panels[1].set_xlabel("Activation z")
    style.layer_legend(figure)
    return figure


def _heading(network: Any) -> str:
    """Title of the panel of a row of the table networks."""
    if network.diverged == network.runs:
        return f"{network.network}, diverged (paper: at the end)"
    lost = f"; {network.diverged} of {network.runs} diverged, with no end" if network.diverged else ""
    return f"{network.network}, after {timeline.span(network.epochs)} (paper: at the end){lost}"
