"""Learning from a fixed set of examples: an SVM, and a network that sees them again and again.

A network is stopped early: its test error is that at the point of its curve where the validation error is
lowest, and its learning rate is the one at which that is lowest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import EvidenceError
from repro.evidence.statistics import binomial_interval
from repro.runs.folder import Run

SVM, NETWORK = "SVM, RBF kernel", "Tanh N, depth 5"
AUTO = "auto"
"""The library of the SVMs that are compared with the network; others check them."""


def points(runs: Sequence[Run]) -> pd.DataFrame:
    """model, examples, seed, run, error, valid (%), low, high, n_test, C, gamma, library, update, passes, lr.

    low, high: 95 % of a share observed on n_test test examples (Wilson). C, gamma and library are the SVM's,
    update and passes (over the set) where the network stopped, and lr, its own. Raises EvidenceError.
    """
    for run in runs:
        if not run.complete:
            raise EvidenceError(f"{run.path.name} is {run.state}: finish it first")
    rows = [_svm(run) for run in of_svm(runs) if _library(run) == AUTO]
    networks = [_stopped(run) for run in runs if run.experiment.network]
    rows += _at_best_rate([row for row in networks if row is not None])
    if not rows:
        raise EvidenceError("no run on a fixed set of examples")
    return pd.DataFrame(rows).sort_values(["model", "examples", "seed"], ignore_index=True)


def of_svm(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.experiment.baseline.name == "svm"]


def _library(run: Run) -> str:
    return str(dict(run.experiment.baseline.options)["library"])


def _row(model: str, run: Run, error: float, valid: float) -> dict[str, Any]:
    e = run.experiment
    low, high = binomial_interval(error, e.n_test)
    return {
        "model": model,
        "examples": e.n_train,
        "seed": e.seed,
        "run": run.path.name,
        "error": 100 * error,
        "valid": 100 * valid,
        "low": 100 * low,
        "high": 100 * high,
        "n_test": e.n_test,
    }


def _svm(run: Run) -> dict[str, Any]:
    result = run.read_json("result")
    about = {key: result[key] for key in ("C", "gamma", "library")}
    return {**_row(SVM, run, result["test_error"], result["valid_error"]), **about}


def _stopped(run: Run) -> dict[str, Any] | None:
    """A network at its best validation point; None if it was never measured in training."""
    e = run.experiment
    wide = run.curve.query("update > 0").pivot(index="update", columns="split", values="error")
    curve = wide.reindex(columns=["valid", "test"]).dropna()
    if curve.empty or e.n_train is None:
        return None
    update = int(curve.index[int(curve["valid"].to_numpy().argmin())])
    row = _row(NETWORK, run, float(curve["test"][update]), float(curve["valid"][update]))
    return {**row, "update": update, "passes": update * e.batch_size / e.n_train, "lr": e.lr}


def _at_best_rate(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for n in sorted({row["examples"] for row in rows}):
        mine = [row for row in rows if row["examples"] == n]
        valid = {
            lr: np.mean([row["valid"] for row in mine if row["lr"] == lr])
            for lr in sorted({row["lr"] for row in mine})
        }
        best = min(valid, key=lambda lr: valid[lr])
        found += [row for row in mine if row["lr"] == best]
    return found


def checks(runs: Sequence[Run]) -> pd.DataFrame:
    """The same SVM by two libraries: examples, seed, library, other, error, error_other (%), differ (%).

    differ: share of test examples on which their answers differ. Empty if no pair was made.
    """
    mine = {_same(run): run for run in of_svm(runs) if _library(run) == AUTO}
    rows = []
    for run in of_svm(runs):
        if _library(run) == AUTO or _same(run) not in mine:
            continue
        beside = mine[_same(run)]
        one, other = beside.read_json("result"), run.read_json("result")
        differ = (beside.predictions[0] != run.predictions[0]).mean()
        rows.append(
            {
                "examples": run.experiment.n_train,
                "seed": run.experiment.seed,
                "library": one["library"],
                "other": other["library"],
                "error": 100 * one["test_error"],
                "error_other": 100 * other["test_error"],
                "differ": 100 * float(differ),
            }
        )
    columns = ["examples", "seed", "library", "other", "error", "error_other", "differ"]
    return pd.DataFrame(rows, columns=columns)


def _same(run: Run) -> tuple[Any, ...]:
    """All that two SVMs share that differ in the library alone."""
    e, options = run.experiment, dict(run.experiment.baseline.options)
    return (e.dataset, e.n_train, e.seed, e.stream_seed, e.n_valid, e.n_test, options["C"], options["gamma"],
            options["tune"])  # fmt: skip


def papers() -> pd.DataFrame:
    """The paper's two numbers: model, examples, error (%)."""
    text = paper.numbers()["svm"]
    rows = [(SVM, text["examples"], text["svm"]), (NETWORK, text["examples"], text["network"])]
    return pd.DataFrame(rows, columns=["model", "examples", "error"])
