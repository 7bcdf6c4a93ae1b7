"""Any runs as averaged courses: over updates, for each setting and layer, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from repro.evidence.statistics import intervals
from repro.experiment.values import ConfigError
from repro.runs.folder import Run
from repro.runs.store import curves, monitor

COLUMNS = ["setting", "layer", "quantity", "x", "mean", "half", "n"]


def settings(runs: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The combinations of the columns `by`: these, setting (a number), runs, diverged; in their order.

    The runs that are averaged are those that finished, or where none did, all: see `averaged`.
    """
    rows = runs.assign(setting=numbered(runs, by), diverged=runs["state"] == "diverged", runs=1)
    found = rows.groupby("setting")[["runs", "diverged"]].sum()
    keys = rows.drop_duplicates("setting").set_index("setting")[list(by)]
    return keys.join(found).reset_index()


def numbered(runs: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """The number of each run's setting, in the order in which they occur."""
    if not by:
        return pd.Series(0, index=runs.index)
    return runs.groupby(list(by), dropna=False, sort=False).ngroup()


def averaged(runs: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Rows of `collect` with their setting, without those that diverged where others of a setting did not."""
    rows = runs.assign(setting=numbered(runs, by))
    alive = rows["state"] != "diverged"
    return rows[alive | ~rows["setting"].isin(rows.loc[alive, "setting"])]


def of_curves(runs: pd.DataFrame, by: Sequence[str], split: str, what: str) -> pd.DataFrame:
    """Error (%) or cost over updates: COLUMNS, layer 0. Raises ConfigError if there is none."""
    rows = curves(averaged(runs, by))
    rows = rows[rows["split"] == split].assign(layer=0, quantity=what)
    rows["value"] = rows[what] * (100 if what == "error" else 1)
    return _means(rows, f"{split} {what}")


def of_monitor(runs: pd.DataFrame, by: Sequence[str], quantities: Sequence[str]) -> pd.DataFrame:
    """Quantities of the hidden layers over updates: COLUMNS. Raises ConfigError if there are none."""
    rows = monitor(averaged(runs, by))
    rows = rows[rows["quantity"].isin(list(quantities)) & (rows["layer"] <= rows["depth"])]
    return _means(rows, ", ".join(quantities))


def of_densities(runs: pd.DataFrame, by: Sequence[str], of: str, at: str) -> pd.DataFrame:
    """Densities `of` z, ds or dW at the start or the end: COLUMNS, x in the bins of the first run.

    Bins depend on the spread of a run: those of others are interpolated. Raises ConfigError if there are
    none.
    """
    parts: list[pd.DataFrame] = []
    grids: dict[Any, pd.Series] = {}
    for row in averaged(runs, by).to_dict("records"):
        run = Run(row["path"])
        if not (run.path / "histograms.npz").exists():
            continue
        for layer in range(1, row["depth"] + 1):
            own = run.density(of, 0 if at == "start" else int(row["update"]), layer)
            x = grids.setdefault((row["setting"], layer), own["x"])
            value = _interpolated(own, x)
            parts.append(pd.DataFrame({"setting": row["setting"], "layer": layer, "quantity": of, "update": x,
                                       "value": value}))  # fmt: skip
    return _means(pd.concat(parts) if parts else pd.DataFrame(), f"densities of {of}")


def _interpolated(own: pd.DataFrame, x: pd.Series) -> Any:
    return np.interp(x, own["x"], own["density"], left=0.0, right=0.0)


def _means(rows: pd.DataFrame, what: str) -> pd.DataFrame:
    if rows.empty:
        raise ConfigError(f"{what}: nothing of that was measured in these runs")
    means = intervals(rows, ["setting", "layer", "quantity", "update"], "value")
    return means.rename(columns={"update": "x"})[COLUMNS]
