"""Figure 3: activations during training, standard initialization

How far the activations of each hidden layer spread over all units and 300 test images while tanh (top) and
softsign (bottom) networks learn. Left: their standard deviation. Right: how large their largest are, the 98
percentile of the paper; near 1 the units are saturated, so that they hardly react to their input any more
and pass on hardly any gradient. In the paper's tanh networks layer 1 saturates first, then layer 2, and so
on; softsign layers move together.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised. The
  paper measured every 4 of its epochs of 20,000 updates. Ours are measured from the first update on, on a
  logarithmic axis that also holds 0, until runs are long enough for the paper's linear one.
- The paper draws both tails and the standard deviation to both sides. Here one side stands for both: 98
  percentile means half the distance between the 1st and the 99th percentile, between which the central 98 %
  lie. At epoch 0 this is where the paper's markers are.
- The paper states neither the range of its inputs nor its learning rates; ours are given below the picture.
  Of several rates on the command line each network gets the one with the lowest validation error.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.exhibits import style
from repro.exhibits.selection import Runs, diverged, monitored, over_seeds, select
from repro.exhibits.verdict import Verdict, not_tested, outcome
from repro.statistics import Interval

NETWORKS = ("tanh", "softsign")
QUANTITIES = {"std": "Standard deviation of z", "p98": "98 percentile of z"}
SATURATED = 0.95
"""A layer counts as saturated from the moment its 98 percentile passes this."""
TOLERANCE = 0.15
"""Largest relative difference of a standard deviation that counts as agreement."""


def table(runs: Runs) -> pd.DataFrame:
    """Plotted points: activation, layer, quantity, source, update, epoch, value, half (95 %), n."""
    tables = [_ours(runs, network).assign(activation=network, source="ours") for network in NETWORKS]
    for network in NETWORKS:
        printed = paper.curve(f"fig03_{network}").rename(columns={"x": "epoch", "y": "value"})
        printed = printed[printed["quantity"].isin(QUANTITIES)].assign(activation=network, source="paper")
        tables.append(printed.assign(update=printed["epoch"] * _epoch_length()))
    columns = ["activation", "layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def summary(runs: Runs) -> pd.DataFrame:
    """Per layer: std and percentile at our end, and when it saturated, ours and the paper's."""
    rows = table(runs)
    result = []
    for (network, layer), mine in rows.groupby(["activation", "layer"], sort=False):
        last = mine[mine["source"] == "ours"].groupby("quantity").last().to_dict("index")
        row = {"network": network, "layer": layer, "epoch": f"{last['std']['epoch']:g}"}
        for name in QUANTITIES:
            end = last[name]
            row[name] = Interval(end["value"], end["half"], end["n"]).text(3)
        row[f"p98 passes {SATURATED:g} at epoch"] = _epoch(saturation(mine, "ours"))
        row["paper"] = _epoch(saturation(mine, "paper"))
        result.append(row)
    return pd.DataFrame(result)


def saturation(rows: pd.DataFrame, source: str) -> float:
    """First epoch at which the 98 percentile of a layer passes SATURATED; nan if it never does."""
    p98 = rows[(rows["source"] == source) & (rows["quantity"] == "p98")].sort_values("epoch")
    return float(p98.loc[p98["value"] > SATURATED, "epoch"].min())


def verdicts(runs: Runs) -> list[Verdict]:
    return judged(table(runs))


def judged(rows: pd.DataFrame) -> list[Verdict]:
    """The verdicts on a `table`."""
    return [_upwards(rows), _together(rows), *(_start(rows, network) for network in NETWORKS)]


def _ours(runs: Runs, network: str) -> pd.DataFrame:
    chosen = select(runs, activation=network, init="standard")
    rows = monitored(chosen, "z_std", "z_p1", "z_p99")
    wide = rows.pivot(index=["run", "update", "layer"], columns="quantity", values="value")
    wide = pd.DataFrame({"std": wide["z_std"], "p98": (wide["z_p99"] - wide["z_p1"]) / 2})
    tidy = wide.reset_index().melt(["run", "update", "layer"], var_name="quantity")
    means = over_seeds(tidy, "layer", "quantity", "update").rename(columns={"mean": "value"})
    return means.assign(epoch=means["update"] / _epoch_length())


def _upwards(rows: pd.DataFrame) -> Verdict:
    """C8: tanh layers saturate from the bottom to the top."""
    tanh = rows[rows["activation"] == "tanh"]
    ours, theirs = (
        [saturation(layer, source) for _, layer in tanh.groupby("layer")] for source in ("ours", "paper")
    )
    passed = [epoch for epoch in ours if not np.isnan(epoch)]
    in_order = ours[: len(passed)] == sorted(passed) and len(set(passed)) == len(passed)
    end = _last_epoch(rows)
    verdict = Verdict(
        claim="C8",
        verdict=outcome(float(in_order), complete=_complete(end)),
        measured=f"epochs {', '.join(map(_epoch, ours))} (layers 1 to {len(ours)})",
        paper=f"epochs {', '.join(map(_epoch, theirs))}",
        why=f"{len(passed)} of {len(ours)} layers saturated within {end:g} epochs, "
        + ("the lowest first" if in_order else "not in order from below"),
    )
    if not passed:
        return not_tested([verdict], f"no layer saturates within {end:g} epochs")[0]
    return verdict


def _together(rows: pd.DataFrame) -> Verdict:
    """C9: softsign layers rise together and stay below saturation."""
    end, bend = _last_epoch(rows), paper.numbers()["fig03"]["softsign_bend_epochs"]
    p98 = rows[(rows["quantity"] == "p98") & (rows["source"] == "ours")].sort_values("epoch")
    largest = p98.loc[p98["activation"] == "softsign", "value"].max()
    then = p98[p98["epoch"] <= bend].groupby(["activation", "layer"])["value"].last().groupby("activation")
    apart = (then.max() - then.min()).to_dict()
    agree = float(np.mean([largest < SATURATED, apart["softsign"] < apart["tanh"]]))
    verdict = Verdict(
        claim="C9",
        verdict=outcome(agree, complete=_complete(end)),
        measured=f"softsign at most {largest:.2f} in {end:g} epochs; its layers {apart['softsign']:.2f} "
        f"apart at epoch {min(end, bend):g} (tanh {apart['tanh']:.2f})",
        paper=paper.claims()["C9"].expected,
        why=f"98 percentiles below {SATURATED}, and layers closer together than with tanh early on",
    )
    if end < bend:
        why = f"trained for {end:g} epochs; the paper's layers rise fast for {bend}, then slowly"
        return not_tested([verdict], why)[0]
    return verdict


def _start(rows: pd.DataFrame, network: str) -> Verdict:
    std = rows[(rows["activation"] == network) & (rows["quantity"] == "std") & (rows["epoch"] == 0)]
    both = std.pivot(index="layer", columns="source", values="value")
    near = (both["ours"] / both["paper"] - 1).abs() <= TOLERANCE
    return Verdict(
        claim=f"Figure 3, {network}: standard deviations before training",
        verdict=outcome(near.mean()),
        measured=" / ".join(f"{value:.3f}" for value in both["ours"])
        + f" (n = {std['n'].min():.0f}; layers 1 to {len(both)})",
        paper=" / ".join(f"{value:.3f}" for value in both["paper"]),
        why=f"{near.sum()} of {len(near)} within {TOLERANCE:.0%}",
    )


def _last_epoch(rows: pd.DataFrame) -> float:
    """The last epoch that all our networks have reached."""
    return float(rows[rows["source"] == "ours"].groupby("activation")["epoch"].max().min())


def _complete(epoch: float) -> bool:
    """Whether runs are as long as the paper's."""
    return bool(epoch >= paper.numbers()["fig03"]["last_epoch"])


def _epoch(epoch: float) -> str:
    return "not yet" if np.isnan(epoch) else f"{epoch:.2g}"


def _epoch_length() -> int:
    return int(paper.numbers()["setting"]["updates_per_epoch"])


@style.themed
def draw(runs: Runs) -> Figure:
    """Rows: tanh, softsign. Columns: standard deviation, 98 percentile. Ours are lines, the paper's dots."""
    rows = table(runs)
    long = _last_epoch(rows) >= paper.numbers()["fig03"]["last_epoch"] / 2
    figure = style.new_figure(5.0)
    panels = figure.subplots(2, 2, sharex=True, sharey="col")
    for line, network in zip(panels, NETWORKS, strict=True):
        lost = any(diverged(run) for run in select(runs, activation=network, init="standard"))
        for axes, (quantity, label) in zip(line, QUANTITIES.items(), strict=True):
            points = rows[(rows["activation"] == network) & (rows["quantity"] == quantity)]
            _panel(axes, points, time="epoch" if long else "update", end="x" if lost else "")
            axes.set(title=network + (", diverged at ×" if lost else ""), ylabel=label, ylim=(0, None))
        line[1].axhline(SATURATED, color=style.GREY, linestyle=":", linewidth=0.8, zorder=0)
        line[1].set_ylim(0, 1.05)
    for axes in panels[1]:
        axes.set_xlabel("Epochs of 20,000 updates" if long else "Updates (20,000 are an epoch of the paper)")
        if not long:
            axes.set_xscale("symlog", linthresh=1, linscale=0.4)
            axes.set_xlim(-0.3, 3e6)
    style.layer_legend(figure)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, time: str, end: str) -> None:
    for layer, curve in rows.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        ours, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
        axes.plot(theirs[time], theirs["value"], color=colour, **style.DOTS)
        axes.plot(ours[time], ours["value"], color=colour, linewidth=1.3)
        low, high = ours["value"] - ours["half"], ours["value"] + ours["half"]
        axes.fill_between(ours[time], low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(ours[time].iloc[-1], ours["value"].iloc[-1], end, color=colour)
