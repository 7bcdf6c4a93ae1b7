"""Figures 2, 3, 9 and 10: a quantity of each layer while networks learn, beside the paper's curve.

Tables here have the columns layer, quantity, source ("ours" or "paper"), update, epoch, value, half (95 %
over seeds), n (seeds), and whatever tells panels apart.
"""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from repro import paper
from repro.drawing import style
from repro.evidence.selection import Runs, diverged, monitored, over_seeds


def epoch_length() -> int:
    """Updates in one epoch of the paper's time axes."""
    return int(paper.numbers()["setting"]["updates_per_epoch"])


def ours(runs: Runs, names: dict[str, str]) -> pd.DataFrame:
    """Means over seeds of monitored quantities; `names`: as in monitor.csv → as in the table."""
    rows = monitored(runs, *names)
    return averaged(rows.assign(quantity=rows["quantity"].map(names)))


def averaged(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds of rows with run, update, layer, quantity and value."""
    means = over_seeds(rows, "layer", "quantity", "update").rename(columns={"mean": "value"})
    return means.assign(epoch=means["update"] / epoch_length(), source="ours")


def papers(curve: str, quantities: Iterable[str]) -> pd.DataFrame:
    """The paper's digitised curve, every point of these quantities."""
    printed = paper.curve(curve).rename(columns={"x": "epoch", "y": "value"})
    printed = printed.loc[printed["quantity"].isin(quantities), ["layer", "quantity", "epoch", "value"]]
    return printed.assign(update=printed["epoch"] * epoch_length(), source="paper")


def last_epoch(rows: pd.DataFrame, *panels: str) -> float:
    """The last epoch that we have reached in each of the panels, which the columns `panels` tell apart."""
    mine = rows[rows["source"] == "ours"]
    return float(mine.groupby(list(panels))["epoch"].max().min() if panels else mine["epoch"].max())


def last_in_common(rows: pd.DataFrame) -> tuple[float, pd.Series, pd.Series]:
    """The last epoch at which all layers have a value of ours and of the paper's; both by layer.

    `rows`: one quantity of one panel.
    """
    wide = rows.round({"epoch": 6}).pivot(index="epoch", columns=["source", "layer"], values="value").dropna()
    at = wide.index.max()
    return float(at), wide.loc[at, "ours"], wide.loc[at, "paper"]


def text(epoch: float) -> str:
    """An epoch for a reader; nan is a moment that has not come."""
    return "not yet" if pd.isna(epoch) else f"{epoch:.2g}"


def moment(epoch: float) -> str:
    """`at epoch 3.5`, or `not yet` for nan."""
    return text(epoch) if pd.isna(epoch) else f"at epoch {text(epoch)}"


def span(epochs: float) -> str:
    """A length of training for a reader: `1 epoch`, `12.5 epochs`."""
    return f"{epochs:g} epoch" + ("" if epochs == 1 else "s")


def panel(axes: Axes, rows: pd.DataFrame, runs: Runs, long: bool) -> None:
    """A line for each layer with its band over seeds, and the paper's dots; × where a run of ours diverged.

    `long`: runs reach far into the paper's time axis, which is then used; otherwise it is logarithmic.
    """
    time, end = "epoch" if long else "update", "x" if any(map(diverged, runs)) else ""
    for layer, curve in rows.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        mine, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
        axes.plot(theirs[time], theirs["value"], color=colour, **style.DOTS)
        axes.plot(mine[time], mine["value"], color=colour, linewidth=1.3)
        low, high = mine["value"] - mine["half"], mine["value"] + mine["half"]
        axes.fill_between(mine[time], low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(mine[time].iloc[-1], mine["value"].iloc[-1], end, color=colour)


def heading(name: str, runs: Runs) -> str:
    """Title of a panel, which says if a run of ours diverged."""
    return name + (", diverged at ×" if any(map(diverged, runs)) else "")


def time_axis(panels: Iterable[Axes], long: bool) -> None:
    """Label the x axes: the paper's epochs, or updates on a logarithmic axis that also holds 0."""
    for axes in panels:
        axes.set_xlabel("Epochs of 20,000 updates" if long else "Updates (20,000 are an epoch of the paper)")
        if not long:
            axes.set_xscale("symlog", linthresh=1, linscale=0.4)
            axes.set_xlim(-0.3, 3e6)
            axes.set_xticks([0, 10, 1_000, 100_000])
