"""Validation and test errors over depths: what the sweeps `depth` and `deeper` show."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from repro.evidence.models import Model
from repro.evidence.selection import Runs, diverged, over_seeds
from repro.runs.folder import Run

NAMES = {
    ("sigmoid", "standard"): "Sigmoid",
    ("tanh", "standard"): "Tanh",
    ("tanh", "normalized"): "Tanh N",
    ("softsign", "standard"): "Softsign",
    ("softsign", "normalized"): "Softsign N",
}


def by_seed(runs: Runs) -> pd.DataFrame:
    """model, depth, run, seed, lr, examples, valid, test (%): each network at its depth's best rate.

    Errors are those of the last point; of a run that diverged 100. Raises EvidenceError.
    """
    rows = []
    kinds = {(e.activation.name, e.init.name, e.depth) for e in (run.experiment for run in runs)}
    for activation, init, depth in sorted(kinds, key=lambda kind: (list(NAMES).index(kind[:2]), kind[2])):
        name = NAMES[activation, init]
        for run in Model(name, activation, init, depth).runs(runs):
            rows.append({"model": name, "depth": depth, **_end(run)})
    return pd.DataFrame(rows)


def _end(run: Run) -> dict[str, object]:
    last = run.curve.groupby("split").last().to_dict("index")
    lost = diverged(run)
    errors = {split: 100.0 if lost else 100 * last[split]["error"] for split in ("valid", "test")}
    examples = int(last["test"]["update"]) * run.experiment.batch_size
    about = {"run": run.path.name, "seed": run.experiment.seed, "lr": run.experiment.lr, "diverged": lost}
    return {**about, "examples": examples, **errors}


def points(rows: pd.DataFrame) -> pd.DataFrame:
    """model, depth, split (valid, test), error (%), half (95 % over seeds; nan for one), n."""
    long = rows.melt(["model", "depth", "seed"], ["valid", "test"], "split", "error")
    found = over_seeds(long, "model", "depth", "split", value="error").rename(columns={"mean": "error"})
    places = found["model"].map(list(NAMES.values()).index)
    return found.assign(place=places).sort_values(["split", "place", "depth"]).drop(columns="place")


def best(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each model: model, depths (tried), best (that of the lowest mean validation error), valid, deepest.

    valid, deepest: mean validation error (%) at the best depth, and at the deepest one.
    """
    means = rows.groupby(["model", "depth"], sort=False)["valid"].mean().reset_index()
    found = []
    for model, own in means.groupby("model", sort=False):
        lowest = own.sort_values("valid", kind="stable").iloc[0]
        deepest = own.sort_values("depth").iloc[-1]
        depths: Sequence[int] = sorted(own["depth"])
        found.append(
            {
                "model": model,
                "depths": ", ".join(map(str, depths)),
                "best": int(lowest["depth"]),
                "valid": lowest["valid"],
                "deepest": deepest["valid"],
            }
        )
    return pd.DataFrame(found)
