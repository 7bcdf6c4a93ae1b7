"""Figures 3 and 10: how far the activations of each layer spread while tanh and softsign networks learn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.evidence import timeline
from repro.evidence.selection import Runs, monitored
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict, not_tested, outcome
from repro.runs.folder import Run

QUANTITIES = {"std": "Standard deviation of z", "p98": "98 percentile of z"}
SATURATED = 0.95
"""A layer counts as saturated from the moment its 98 percentile passes this."""
TOLERANCE = 0.15
"""Largest relative difference of a standard deviation that counts as agreement."""


@dataclass(frozen=True)
class Network:
    """One row of panels: its runs by seed, and the paper's curve beside them."""

    runs: Sequence[Run]
    curve: str


Networks = Mapping[str, Network]
"""By name, in the order of the rows."""


def table(networks: Networks) -> pd.DataFrame:
    """Plotted points: network, layer, quantity, source, update, epoch, value, half (95 %), n."""
    tables = [_ours(network.runs).assign(network=name) for name, network in networks.items()]
    tables += [
        timeline.papers(network.curve, QUANTITIES).assign(network=name) for name, network in networks.items()
    ]
    columns = ["network", "layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def _ours(runs: Runs) -> pd.DataFrame:
    rows = monitored(runs, "z_std", "z_p1", "z_p99")
    wide = rows.pivot(index=["run", "update", "layer"], columns="quantity", values="value")
    wide = pd.DataFrame({"std": wide["z_std"], "p98": (wide["z_p99"] - wide["z_p1"]) / 2})
    return timeline.averaged(wide.reset_index().melt(["run", "update", "layer"], var_name="quantity"))


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Per layer of a `table`: std and percentile at our end, and when it saturated, ours and the paper's."""
    result = []
    for (network, layer), mine in rows.groupby(["network", "layer"], sort=False):
        last = mine[mine["source"] == "ours"].groupby("quantity").last().to_dict("index")
        row = {"network": network, "layer": layer, "epoch": f"{last['std']['epoch']:g}"}
        for name in QUANTITIES:
            end = last[name]
            row[name] = Interval(end["value"], end["half"], end["n"]).text(3)
        row[f"p98 passes {SATURATED:g} at epoch"] = timeline.text(first_saturated(mine, "ours"))
        row["paper"] = timeline.text(first_saturated(mine, "paper"))
        result.append(row)
    return pd.DataFrame(result)


def first_saturated(rows: pd.DataFrame, source: str) -> float:
    """First epoch at which the 98 percentile of a layer passes SATURATED; nan if it never does."""
    p98 = rows[(rows["source"] == source) & (rows["quantity"] == "p98")].sort_values("epoch")
    return float(p98.loc[p98["value"] > SATURATED, "epoch"].min())


def agreement(rows: pd.DataFrame, figure: str) -> list[Verdict]:
    """On every network of a `table`: the start beside the paper's, then the last epoch in common."""
    names = rows["network"].unique()
    during = [levels(rows, name, figure) for name in names]
    return [*(before_training(rows, name, figure) for name in names), *during]


def before_training(rows: pd.DataFrame, network: str, figure: str) -> Verdict:
    """How many layers' standard deviations agree with the paper's at epoch 0."""
    std = rows[(rows["network"] == network) & (rows["quantity"] == "std") & (rows["epoch"] == 0)]
    both = std.pivot(index="layer", columns="source", values="value")
    near = (both["ours"] / both["paper"] - 1).abs() <= TOLERANCE
    return Verdict(
        claim=f"{figure}, {network}: standard deviations before training",
        verdict=outcome(near.mean()),
        measured=" / ".join(f"{value:.3f}" for value in both["ours"])
        + f" (n = {std['n'].min():.0f}; layers 1 to {len(both)})",
        paper=" / ".join(f"{value:.3f}" for value in both["paper"]),
        why=f"{near.sum()} of {len(near)} within {TOLERANCE:.0%}",
    )


def levels(rows: pd.DataFrame, network: str, figure: str) -> Verdict:
    """How many layers' standard deviations agree at the last epoch that we and the paper have in common."""
    std = rows[(rows["network"] == network) & (rows["quantity"] == "std")]
    at, ours, theirs = timeline.last_in_common(std)
    near = (ours / theirs - 1).abs() <= TOLERANCE
    verdict = Verdict(
        claim=f"{figure}, {network}: standard deviations in training",
        verdict=outcome(near.mean()),
        measured=" / ".join(f"{value:.2f}" for value in ours) + f" (layers 1 to {len(ours)})",
        paper=" / ".join(f"{value:.2f}" for value in theirs) + f" at epoch {at:g}",
        why=f"{near.sum()} of {len(near)} within {TOLERANCE:.0%}",
    )
    if at == 0:
        why = f"trained for {timeline.span(last_epoch(rows))}; the paper's next point is at epoch 4"
        return not_tested([verdict], why)[0]
    return verdict


def last_epoch(rows: pd.DataFrame) -> float:
    """The last epoch that all our networks have reached."""
    return timeline.last_epoch(rows, "network")


def complete(epoch: float) -> bool:
    """Whether runs are as long as the paper's."""
    return bool(epoch >= paper.numbers()["fig03"]["last_epoch"])


@style.themed
def draw(networks: Networks) -> Figure:
    """A row for each network; standard deviation and 98 percentile. Ours are lines, the paper's dots."""
    rows = table(networks)
    long = last_epoch(rows) >= paper.numbers()["fig03"]["last_epoch"] / 2
    figure = style.new_figure(0.6 + 2.2 * len(networks))
    panels = np.atleast_2d(figure.subplots(len(networks), 2, sharex=True, sharey="col"))
    for line, (name, network) in zip(panels, networks.items(), strict=True):
        for axes, (quantity, label) in zip(line, QUANTITIES.items(), strict=True):
            points = rows[(rows["network"] == name) & (rows["quantity"] == quantity)]
            timeline.panel(axes, points, network.runs, long)
            axes.set(title=timeline.heading(name, network.runs), ylabel=label, ylim=(0, None))
        line[1].axhline(SATURATED, color=style.GREY, linestyle=":", linewidth=0.8, zorder=0)
        line[1].set_ylim(0, 1.05)
    timeline.time_axis(panels[-1], long)
    style.layer_legend(figure)
    return figure
