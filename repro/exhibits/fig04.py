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
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.evidence import timeline
from repro.evidence.selection import Runs, over_seeds, select
from repro.evidence.verdict import Verdict, not_tested, outcome
from repro.runs.folder import Run

NETWORKS = ("tanh", "softsign")
TOP = 3.0
"""Upper end of the paper's density axis."""
KNEES = (0.3, 0.9)
"""Where modes count as knees: outside 0, inside ±1."""


def table(runs: Runs) -> pd.DataFrame:
    """The plotted densities: network, layer, source, x, density, half (95 %), n."""
    tables = []
    for network in NETWORKS:
        for layer in range(1, paper.numbers()["setting"]["depth"] + 1):
            stored = [run.histograms[_key(run, layer)] for run in _networks(runs, network)]
            rows = [pd.DataFrame({"x": x.round(6), "density": density}) for x, density in stored]
            means = over_seeds(pd.concat(rows), "x", value="density").rename(columns={"mean": "density"})
            tables.append(means.assign(network=network, layer=layer, source="ours"))
        printed = paper.curve(f"fig04_{network}").query("quantity == 'density' and quality != 'hidden'")
        printed = printed[["x", "y", "layer"]].rename(columns={"y": "density"})
        tables.append(printed.assign(network=network, source="paper"))
    columns = ["network", "layer", "source", "x", "density", "half", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def summary(runs: Runs) -> pd.DataFrame:
    """Per layer: density at 0, mode and share beyond .95, ours and where it can be read the paper's."""
    result = []
    for (network, layer), rows in table(runs).groupby(["network", "layer"], sort=False):
        ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
        result.append(
            {
                "network": network,
                "layer": layer,
                "density at 0, ours": f"{at_zero(ours):.2f}",
                "paper": f"{at_zero(theirs):.2f}",
                "mode of |z|, ours": f"{mode(ours):.2f}",
                "mode of |z|, paper": f"{mode(theirs):.2f}",
                "share beyond ±.95, ours": f"{beyond(ours, 0.95):.1%}",
            }
        )
    return pd.DataFrame(result)


def verdicts(runs: Runs) -> list[Verdict]:
    return judged(table(runs), _epochs(runs))


def judged(rows: pd.DataFrame, end: float) -> list[Verdict]:
    """C10 for a `table` of networks trained for `end` epochs."""
    ours = rows[rows["source"] == "ours"]
    tanh, softsign = (dict(list(ours[ours["network"] == name].groupby("layer"))) for name in NETWORKS)
    spikes = [spiked(tanh[layer]) for layer in (1, 2, 3)]
    modes = [mode(softsign[layer]) for layer in (1, 2, 3)]
    knees = [KNEES[0] < place < KNEES[1] and not spiked(softsign[i]) for i, place in enumerate(modes, 1)]
    at_0 = [mode(tanh[layer]) < KNEES[0] for layer in (4, 5)]
    numbers = paper.numbers()["fig03"]
    verdict = Verdict(
        claim="C10",
        verdict=outcome(float(np.mean(spikes + knees + at_0)), complete=end >= numbers["last_epoch"]),
        measured=f"after {timeline.span(end)}: tanh with spikes at ±1 in {sum(spikes)} of layers 1 to 3, "
        f"mode at 0 in {sum(at_0)} of 4 and 5; "
        f"softsign modes at ±{', ±'.join(f'{place:.2f}' for place in modes)}, "
        f"at most {max(beyond(layer, 0.95) for layer in softsign.values()):.1%} beyond ±.95",
        paper=paper.claims()["C10"].expected,
        why=f"{sum(spikes + knees + at_0)} of 8 checks hold (spikes, modes at 0, modes at the knees)",
    )
    if end < numbers["softsign_bend_epochs"]:
        why = (
            f"{timeline.span(end)}; the paper's layers still move fast for {numbers['softsign_bend_epochs']}"
        )
        return not_tested([verdict], why)
    return [verdict]


def at_zero(rows: pd.DataFrame) -> float:
    """Density within 0.02 of 0."""
    return float(rows.loc[rows["x"].abs() < 0.02, "density"].mean())


def mode(rows: pd.DataFrame) -> float:
    """Middle of the cell of |z|, 0.1 wide, with the highest density."""
    cell = (rows["x"].abs() * 10).clip(upper=9.999).astype(int)
    means = rows.groupby(cell)["density"].mean().reset_index()
    return float(means["x"].iloc[int(means["density"].to_numpy().argmax())]) / 10 + 0.05


def beyond(rows: pd.DataFrame, edge: float) -> float:
    """Share of activations farther from 0 than `edge`."""
    return float(rows.loc[rows["x"].abs() > edge, "density"].sum() / rows["density"].sum())


def spiked(rows: pd.DataFrame) -> bool:
    """Whether the density rises towards ±1 at the very end."""
    size = rows["x"].abs()
    last, before = rows[size > 0.98], rows[size.between(0.8, 0.96)]
    return bool(last["density"].mean() > before["density"].mean())


def _key(run: Run, layer: int) -> str:
    updates = run.read_json("status")["update"]
    return f"z/{updates}/{layer}"


def _networks(runs: Runs, network: str) -> list[Run]:
    return select(runs, activation=network, init="standard")


def _epochs(runs: Runs) -> float:
    return min(run.experiment.updates for run in runs) / timeline.epoch_length()


@style.themed
def draw(runs: Runs) -> Figure:
    """tanh above, softsign below, as in the paper; a colour for each layer."""
    rows = table(runs)
    figure = style.new_figure(5.4)
    panels = figure.subplots(2, 1, sharex=True)
    for axes, network in zip(panels, NETWORKS, strict=True):
        for layer, curve in rows[rows["network"] == network].groupby("layer"):
            colour = style.layer_colour(int(str(layer)))
            ours, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
            axes.plot(theirs["x"], theirs["density"], color=colour, **style.DOTS)
            axes.plot(ours["x"], ours["density"], color=colour, linewidth=1.3)
        axes.set(
            title=f"{network}, after {timeline.span(_epochs(runs))} (paper: at the end)", ylabel="Density"
        )
        axes.set(xlim=(-1, 1), ylim=(0, TOP))
    panels[1].set_xlabel("Activation z")
    style.layer_legend(figure)
    return figure
