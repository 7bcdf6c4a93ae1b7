"""Figures 2, 3, 9 and 10: a quantity of each layer while networks learn, beside the paper's curve.

Tables here have the columns layer, quantity, source ("ours" or "paper"), update, epoch, value, half (95 %
over seeds), n (seeds), diverged (runs of ours last measured here, as they diverged then), and whatever tells
panels apart.
"""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence.selection import Runs, diverged, monitored, over_seeds
from repro.evidence.verdict import Key, Measure


def epoch_length() -> int:
    """Updates in one epoch of the paper's time axes."""
    return int(paper.numbers()["setting"]["updates_per_epoch"])


def ours(runs: Runs, names: dict[str, str]) -> pd.DataFrame:
    """Means over seeds of monitored quantities; `names`: as in monitor.csv → as in the table.

    Raises EvidenceError for a quantity that was not measured.
    """
    rows = monitored(runs, *names)
    return averaged(rows.assign(quantity=rows["quantity"].map(names)), runs)


def averaged(rows: pd.DataFrame, runs: Runs) -> pd.DataFrame:
    """Means over seeds of rows with run (its number in `runs`), update, layer, quantity and value.

    Values that aren't finite are left out: they come from the moment in which a run diverges.
    """
    known = rows[np.isfinite(rows["value"])]
    means = over_seeds(known, "layer", "quantity", "update").rename(columns={"mean": "value"})
    gone = [number for number, run in enumerate(runs) if diverged(run)]
    ends = known[known["run"].isin(gone)].groupby("run")["update"].max()
    return means.assign(
        epoch=means["update"] / epoch_length(),
        source="ours",
        diverged=means["update"].map(ends.value_counts()).fillna(0).astype(int),
    )


def papers(curve: str, quantities: Iterable[str]) -> pd.DataFrame:
    """The paper's digitised curve, every point of these quantities."""
    printed = paper.curve(curve).rename(columns={"x": "epoch", "y": "value"})
    printed = printed.loc[printed["quantity"].isin(quantities), ["layer", "quantity", "epoch", "value"]]
    return printed.assign(update=printed["epoch"] * epoch_length(), source="paper", diverged=0)


WINDOW = 5
"""Epochs: the widest window of a median."""


def in_windows(rows: pd.DataFrame) -> pd.DataFrame:
    """Medians over windows of time, for curves that jump: rows as in `rows`, one for each window.

    rows: one quantity of one panel. Windows hold the whole epochs 0, 1, 2, 3, 4, then five each; a window is
    placed at its middle and has a row if the curve has come to its end.
    """
    whole = rows[np.isclose(rows["epoch"], rows["epoch"].round())]
    epoch = whole["epoch"].round()
    start = epoch.where(epoch < WINDOW, epoch // WINDOW * WINDOW)
    middle = start.where(start < WINDOW, start + (WINDOW - 1) / 2)
    keys = ["layer", "quantity", "source"]
    reach = whole.groupby(keys)["epoch"].transform("max")
    full = (start < WINDOW) | (reach >= start + WINDOW - 1)
    groups = whole.assign(epoch=middle)[full].groupby([*keys, "epoch"])
    table = groups.agg({**dict.fromkeys(("value", "half"), "median"), "n": "min"}).reset_index()
    return table.assign(update=table["epoch"] * epoch_length(), diverged=0)


def papers_in_windows(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows, the paper's as medians over windows (`in_windows`). rows: one quantity of one panel."""
    ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    return pd.concat([ours, in_windows(theirs)]) if len(theirs) else ours


def last_epoch(rows: pd.DataFrame, *panels: str) -> float:
    """The last epoch that we have reached in each of the panels, which the columns `panels` tell apart."""
    mine = rows[rows["source"] == "ours"]
    return float(mine.groupby(list(panels))["epoch"].max().min() if panels else mine["epoch"].max())


def last_in_common(rows: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    """The last epoch at which all layers have a value of ours and of the paper's, and what they are there.

    `rows`: one quantity of one panel. The table has a row for each layer: value, half, n, paper.
    """
    near = rows.round({"epoch": 6})
    mine, theirs = (near[near["source"] == source] for source in ("ours", "paper"))
    printed = theirs[["epoch", "layer", "value"]].rename(columns={"value": "paper"})
    both = mine.merge(printed, on=["epoch", "layer"]).dropna(subset=["value", "paper"])
    layers = both.groupby("epoch")["layer"].nunique()
    at = float(layers.index[layers == rows["layer"].nunique()].max())
    return at, both[both["epoch"] == at].set_index("layer")[["value", "half", "n", "paper"]].sort_index()


def by_layer(found: pd.DataFrame, holds: pd.Series) -> tuple[Measure, ...]:
    """A number for each layer of a table such as that of `last_in_common`; `holds`: bool by layer."""
    return tuple(
        measure({"layer": int(str(layer))}, row, row["paper"], bool(near))
        for (layer, row), near in zip(found.iterrows(), holds.loc[found.index], strict=True)
    )


def measure(
    of: Key, row: pd.Series, printed: float = math.nan, holds: bool | None = None, final: bool = True
) -> Measure:
    """One value of ours, a row with value, half and n, as evidence; `printed`: the paper's."""
    value, half = float(row["value"]), float(row["half"])
    return Measure(of, value, float(printed), value - half, value + half, int(row["n"]), holds, final=final)


def reached(rows: pd.DataFrame) -> str:
    """For a reader, the last epoch of ours, and whether a run diverged before the end of its training.

    `rows`: one layer of one panel.
    """
    mine = rows[rows["source"] == "ours"]
    return f"{mine['epoch'].max():g}" + (" (diverged)" if mine["diverged"].any() else "")


def text(epoch: float) -> str:
    """An epoch for a reader; nan is a moment that has not come."""
    return "not yet" if pd.isna(epoch) else f"{epoch:.2g}"


def span(epochs: float) -> str:
    """A length of training for a reader: `1 epoch`, `12.5 epochs`."""
    return f"{epochs:g} epoch" + ("" if epochs == 1 else "s")
