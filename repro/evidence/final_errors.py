"""Test errors at the end of training, and which of them can't be told from the best: Table 1."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from repro import paper
from repro.evidence import EvidenceError, models, noise
from repro.evidence.models import FIVE_LAYERS
from repro.evidence.selection import Runs
from repro.evidence.statistics import unpaired
from repro.runs.folder import Run

MODELS = ("Softsign", "Softsign N", "Tanh", "Tanh N", "Sigmoid")  # the paper's order
INITIALIZATIONS = ("Tanh", "Tanh N")
"""Who differ in the initialization only."""


def on_one(dataset: str, runs: Runs) -> dict[str, pd.DataFrame]:
    """What there is of ours on one of the paper's data sets; each table has its name as `dataset`.

    cells, one per model: model, tested_on (the data set in the configuration), error (%), se, n_seeds,
    n_test, lr, updates, bold (in at least half of the seeds). runs: how each ended, as `models.endings`.
    seeds: `models.seed_curves`. patterns: `_patterns`. tests: tanh, standard with normalized, as
    `models.compared`.
    """
    networks = models.networks(runs, {name: FIVE_LAYERS[name] for name in MODELS})
    known, curves = models.endings(networks), models.seed_curves(networks)
    patterns = _patterns(dataset, networks, known, curves)
    bold = patterns.groupby("model")["bold"].mean() >= 0.5
    cells = pd.DataFrame([_cell(name, own, known) for name, own in networks.items()])
    found = {
        "cells": cells.assign(bold=cells["model"].map(bold)),
        "runs": known,
        "seeds": curves,
        "patterns": patterns,
        "tests": models.compared(networks, [INITIALIZATIONS]),
    }
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


def _patterns(
    dataset: str, networks: models.Networks, known: pd.DataFrame, curves: pd.DataFrame
) -> pd.DataFrame:
    """Who is bold in each seed that all models have.

    Columns: model, seed, share (of the paper's training), bold, unpaired, by_seeds, paper_bold. bold: McNemar
    on the same test examples doesn't tell the model from the best of its seed at the paper's p. unpaired: nor
    do the two error rates by themselves. by_seeds: nor does the scatter over seeds (with fewer than three, of
    checkpoints). Raises EvidenceError without a seed in common.
    """
    wide = known.pivot_table("final", "seed", "model")[list(MODELS)].dropna()
    if wide.empty:
        raise EvidenceError(f"{_lonely(known)} has no seed in common with the others: they can't be compared")
    level, n_test = models.level(), next(iter(networks.values()))[0].experiment.n_test
    updates = min(run.experiment.updates for runs in networks.values() for run in runs)
    rows = []
    for seed, errors in wide.iterrows():
        best = str(errors.idxmin())
        own = {name: [run for run in runs if run.experiment.seed == seed] for name, runs in networks.items()}
        tests = models.compared(own, [(name, best) for name in MODELS if name != best])
        p = tests.set_index("worse")["p"].to_dict()
        for name in MODELS:
            apart = unpaired(errors[name] / 100, errors[best] / 100, n_test)
            rows.append((name, seed, not p.get(name, 1.0) < level, not apart < level))
    table = pd.DataFrame(rows, columns=["model", "seed", "bold", "unpaired"])
    bold = paper.table1().query("dataset == @dataset").set_index("model")["bold"]
    return table.assign(
        share=updates / paper.numbers()["table1"]["updates"],
        by_seeds=table["model"].map(_by_seeds(curves, level)),
        paper_bold=table["model"].map(bold).astype(bool),
    )


def _lonely(known: pd.DataFrame) -> str:
    """A model whose seeds are its own, or the one with the fewest."""
    seeds = {str(name): set(own) for name, own in known.groupby("model", sort=False)["seed"]}
    shared = {name: len(own & set(known.loc[known["model"] != name, "seed"])) for name, own in seeds.items()}
    return min(shared, key=lambda name: shared[name])


def _by_seeds(curves: pd.DataFrame, level: float) -> dict[str, bool]:
    """Whether the training's scatter leaves each model not told from the one with the lowest end."""
    networks = noise.by_model(curves)
    ends = {name: sum(map(noise.end, own.values())) / len(own) for name, own in networks.items()}
    best = min(ends, key=lambda name: ends[name])
    others = [name for name in networks if name != best]
    p = {name: noise.contrast(networks, {name: 1, best: -1}).p for name in others}
    return {best: True, **{name: not 2 * p[name] < level for name in others}}
