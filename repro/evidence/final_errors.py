"""Test errors at the end of training, and which of them can't be told from the best: Table 1."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from repro import paper
from repro.evidence import models
from repro.evidence.models import FAST, FIVE_LAYERS, SLOW
from repro.evidence.selection import Runs
from repro.evidence.statistics import intervals
from repro.runs.folder import Run

MODELS = ("Softsign", "Softsign N", "Tanh", "Tanh N", "Sigmoid")  # the paper's order
INITS = {"softsign": ("Softsign", "Softsign N"), "tanh": ("Tanh", "Tanh N")}
"""Who differs in the initialization only: standard, normalized."""


def on_one(dataset: str, runs: Runs) -> dict[str, pd.DataFrame]:
    """What there is of ours on one of the paper's data sets; each table has its name as `dataset`.

    cells, one per model: model, tested_on (the data set in the configuration), error (%), se, n_seeds,
    n_test, lr, updates, bold. runs: how each ended, as `models.endings`. tests: as `models.families`; the
    families are "best" (all others with the lowest error), "C20" and "init" (tanh, standard with normalized).
    """
    networks = models.networks(runs, {name: FIVE_LAYERS[name] for name in MODELS})
    known = models.endings(networks)
    cells = pd.DataFrame([_cell(name, own, known) for name, own in networks.items()])
    best = str(cells.sort_values("error", kind="stable")["model"].iloc[0])
    bold = paper.table1().query("dataset == @dataset").set_index("model")["bold"].to_dict()
    pairs = {
        "best": [(name, best) for name in MODELS if name != best],
        "C20": [(slow, fast) for slow in SLOW for fast in FAST if bold[fast] and not bold[slow]],
        "init": [INITS["tanh"]],
    }
    tests = models.families(networks, pairs)
    worse = tests[tests["family"] == "best"].groupby("worse")["told"].all().to_dict()
    cells["bold"] = [not worse.get(name, False) for name in MODELS]
    found = {"cells": cells, "runs": known, "tests": tests}
    return {name: rows.assign(dataset=dataset) for name, rows in found.items()}


def _cell(model: str, runs: Sequence[Run], known: pd.DataFrame) -> dict[str, Any]:
    errors = known.loc[known["model"] == model, "final"].to_numpy()
    first, n = runs[0].experiment, len(runs)
    share = errors.mean() / 100
    se = errors.std(ddof=1) / math.sqrt(n) if n > 1 else 100 * math.sqrt(share * (1 - share) / first.n_test)
    return {
        "model": model,
        "tested_on": first.dataset.name,
        "error": errors.mean(),
        "se": se,
        "n_seeds": n,
        "n_test": first.n_test,
        "lr": first.lr,
        "updates": first.updates,
    }


def gaps(runs: pd.DataFrame, tests: pd.DataFrame, datasets: Sequence[str]) -> pd.DataFrame:
    """What the initialization changes: dataset, activation, gap, low, high, n, paper, told; in this order.

    gap: test error of standard minus that of normalized, points; mean and 95 % interval over the seeds that
    both have. told: whether that of tanh is significant in the data set, for every seed. `runs` and `tests`
    are those of `on_one` for all data sets.
    """
    theirs = paper.table1().pivot(index="dataset", columns="model", values="error")
    ours = runs.pivot_table("final", ["dataset", "seed"], "model")
    told = tests[tests["family"] == "init"].groupby("dataset")["told"].all()
    tables = []
    for activation, (standard, normalized) in INITS.items():
        by_seed = (ours[standard] - ours[normalized]).dropna().rename("gap").reset_index()
        own = intervals(by_seed, ["dataset"], "gap").rename(columns={"mean": "gap"}).set_index("dataset")
        beside = theirs[standard] - theirs[normalized]
        tables.append(own.assign(activation=activation, paper=beside, told=told).reset_index())
    found = pd.concat(tables).assign(low=lambda r: r["gap"] - r["half"], high=lambda r: r["gap"] + r["half"])
    found = found.sort_values("dataset", key=lambda names: names.map(datasets.index), kind="stable")
    return found[["dataset", "activation", "gap", "low", "high", "n", "paper", "told"]]
