"""Figures 2 and 6 to 8 on other data sets: spreads of layers before training, means of a sigmoid network."""

from __future__ import annotations

import pandas as pd

from repro.data import sets
from repro.evidence import EvidenceError, models, timeline
from repro.evidence.selection import Runs, monitored, over_seeds, select

DATASETS = {
    "shapeset": "Shapeset",
    "mnist": "MNIST",
    "cifar10": "CIFAR-10",
    "small_imagenet": "Small-ImageNet",
}
INITS = ("standard", "normalized")
QUANTITIES = {"z_std": "z", "ds_std": "ds", "dW_std": "dW"}
DEPTH = 4
"""Of the sigmoid network, as in Figure 2."""


def present(runs: Runs) -> pd.DataFrame:
    """dataset, tested_on (as in the configuration, which may be a stand-in), title; those with runs."""
    rows = []
    for dataset, title in DATASETS.items():
        own = models.on(dataset, runs)
        if own:
            name = own[0].experiment.dataset.name
            note = " (held-out test set)" if sets.stands_in(name) else ""
            rows.append({"dataset": dataset, "tested_on": name, "title": title + note})
    if not rows:
        raise EvidenceError(f"no run on {', '.join(DATASETS)} among the {len(runs)} given")
    return pd.DataFrame(rows)


def spreads(runs: Runs) -> pd.DataFrame:
    """dataset, init, quantity (z, ds, dW), layer, value, half, n: variance over that where it starts.

    That is layer 1 for z and dW, the top hidden layer for ds, which is propagated back. Tanh, before
    training.
    """
    tables = []
    for dataset in present(runs)["dataset"]:
        for init in INITS:
            untrained = [run for run in models.on(dataset, runs) if run.experiment.updates == 0]
            own = select(untrained, activation="tanh", init=init, depth=5)
            rows = monitored(own, *QUANTITIES).query("update == 0")
            wide = rows.assign(value=rows["value"] ** 2).pivot_table("value", ["run", "quantity"], "layer")
            parts = {name: part.droplevel("quantity") for name, part in wide.groupby("quantity")}
            for name, part in parts.items():
                relative = part.div(part[part.columns[-1 if name == "ds_std" else 0]], axis=0)
                long = relative.melt(var_name="layer", ignore_index=False).reset_index()
                found = over_seeds(long, "layer").rename(columns={"mean": "value"})
                tables.append(found.assign(dataset=dataset, init=init, quantity=QUANTITIES[str(name)]))
    return pd.concat(tables, ignore_index=True)


def courses(runs: Runs) -> pd.DataFrame:
    """Means of the layers of sigmoid networks in training: dataset and the columns of `evidence.timeline`."""
    tables = []
    for dataset in present(runs)["dataset"]:
        own = [run for run in models.on(dataset, runs) if run.experiment.activation.name == "sigmoid"]
        if own:
            found = timeline.ours(select(own, activation="sigmoid", depth=DEPTH), {"z_mean": "mean"})
            tables.append(found.assign(dataset=dataset))
    return pd.concat(tables, ignore_index=True)
