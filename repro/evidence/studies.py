"""Test errors of the networks of a study, seed by seed: what its picture, page and rule read.

A study compares a few networks, each under a name of its own. Its tables are

    curves    network, seed, lr, examples, error, valid: every point of every run, errors in %
    points    network, examples, error, low, high, n: means over seeds as they are drawn
    runs      network, run, seed, lr, diverged, examples, error, final: how each run ended, `models.endings`

and columns that say what tells the networks apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from repro.evidence import curves, models
from repro.evidence.noise import Difference, by_model, contrast
from repro.runs.folder import Run

Networks = Mapping[str, Sequence[Run]]
"""The runs of each network by its name, at its best learning rate, by seed."""


def tables(networks: Networks, about: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """curves, points, runs. about: a row for each network, with its name as `network` and what it is."""
    found = {
        "curves": pd.concat([_curves(runs).assign(network=name) for name, runs in networks.items()]),
        "points": pd.concat([curves.points(runs).assign(network=name) for name, runs in networks.items()]),
        "runs": models.endings(networks).rename(columns={"model": "network"}),
    }
    return {name: about.merge(rows, on="network") for name, rows in found.items()}


def _curves(runs: Sequence[Run]) -> pd.DataFrame:
    tables = []
    for run in runs:
        errors = run.curve.query("update > 0").pivot(index="update", columns="split", values="error")
        errors = 100 * errors.reindex(columns=["test", "valid"]).rename(columns={"test": "error"})
        own = errors.reset_index().rename_axis(columns=None)
        examples = own.pop("update") * run.experiment.batch_size
        tables.append(own.assign(examples=examples, seed=run.experiment.seed, lr=run.experiment.lr))
    return pd.concat(tables, ignore_index=True)


def difference(rows: pd.DataFrame, worse: str, better: str) -> Difference:
    """How much the first network's test error at the end is above the second's, points; rows: `curves`.

    Over the points that both have.
    """
    both = rows[rows["network"].isin((worse, better))].rename(columns={"network": "model"})
    return contrast(by_model(both), {worse: 1.0, better: -1.0})


def ends(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The last point of each network: its row of `points`, with lr, seeds (runs) and diverged (how many)."""
    counts = {"lr": ("lr", "first"), "seeds": ("run", "size"), "diverged": ("diverged", "sum")}
    known = tables["runs"].groupby("network", sort=False).agg(**counts)
    last = tables["points"].groupby("network", sort=False).tail(1)
    return last.merge(known, on="network", how="right")
