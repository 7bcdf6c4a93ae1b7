"""The networks that the paper compares, under the names of its Figure 11 and Table 1, and paired tests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from repro import paper
from repro.data import sets
from repro.evidence import EvidenceError
from repro.evidence.selection import Runs, diverged, having, over_seeds, seeds, select
from repro.evidence.statistics import mcnemar
from repro.runs.folder import Run


class Model(NamedTuple):
    """A network of the comparison. "N" stands for the normalized initialization."""

    name: str
    activation: str
    init: str
    depth: int

    def runs(self, runs: Runs) -> list[Run]:
        """Its runs among `runs`, by seed, at its best learning rate. Raises EvidenceError without any."""
        return select(runs, **self._settings())

    def among(self, runs: Runs) -> list[Run]:
        """Its runs among `runs`, whatever else they are; maybe none."""
        return having(runs, **self._settings())

    def _settings(self) -> dict[str, object]:
        return {"activation": self.activation, "init": self.init, "depth": self.depth}


MODELS = {
    model.name: model
    for model in (
        Model("Sigmoid depth 5", "sigmoid", "standard", 5),
        Model("Sigmoid depth 4", "sigmoid", "standard", 4),
        Model("Tanh", "tanh", "standard", 5),
        Model("Tanh N", "tanh", "normalized", 5),
        Model("Softsign", "softsign", "standard", 5),
        Model("Softsign N", "softsign", "normalized", 5),
    )
}
"""By name, in the order of the legend of Figure 11."""

FIVE_LAYERS = {name.removesuffix(" depth 5"): model for name, model in MODELS.items() if model.depth == 5}
"""The networks of Figure 12 and Table 1, by their names there."""
SLOW, FAST = ("Sigmoid", "Tanh"), ("Tanh N", "Softsign", "Softsign N")
"""Those of FIVE_LAYERS that claim C20 says learn more slowly, and the others."""

Networks = Mapping[str, Sequence[Run]]
"""The runs of each network, by its name in the exhibit."""


def networks(runs: Runs, models: Mapping[str, Model] = MODELS) -> dict[str, list[Run]]:
    """The runs of each model, by its name. Raises EvidenceError if one of them has none."""
    return {name: model.runs(runs) for name, model in models.items()}


def on(dataset: str, runs: Runs) -> list[Run]:
    """The runs on one of the paper's data sets, or on what stands in for it where it is incomplete."""
    names = {dataset, sets.of(dataset).STAND_IN, f"{dataset}_author"}
    return [run for run in runs if run.experiment.dataset.name in names]


def held_out(dataset: str) -> bool:
    """Whether this data set, named as in the configuration, is tested on images cut from the training set.

    What is found on it can be no more than a part of what the paper claims for the official test set.
    """
    return sets.stands_in(dataset)


def error_curve(runs: Runs) -> pd.DataFrame:
    """Test error of one model: examples seen, mean (%), half (95 % over seeds; nan for one seed), n.

    Update 0 is left out. Only points that all of its runs have come to: what is left when one diverges is
    a selection, not the model.
    """
    tables = [_errors_of(run).assign(run=number) for number, run in enumerate(runs)]
    table = over_seeds(pd.concat(tables), "examples", value="error")
    return table[table["n"] == len(runs)].reset_index(drop=True)


def _errors_of(run: Run) -> pd.DataFrame:
    """Test errors (%) of one run by examples seen, without update 0."""
    curve = run.curve.query("split == 'test' and update > 0")
    examples = curve["update"] * run.experiment.batch_size
    return pd.DataFrame({"examples": examples, "error": 100 * curve["error"]})


def seed_curves(networks: Networks) -> pd.DataFrame:
    """Test errors of every run: model, seed, examples, error (%).

    A run that diverged errs on everything from there to its end.
    """
    tables = []
    for name, runs in networks.items():
        for run in runs:
            rows = _errors_of(run)
            if diverged(run):
                step, last = (run.experiment.curve_every, run.experiment.updates)
                grid = run.experiment.batch_size * np.arange(step, last + 1, step)
                rest = grid[grid > rows["examples"].max()] if len(rows) else grid
                rows = pd.concat([rows, pd.DataFrame({"examples": rest, "error": 100.0})])
            tables.append(rows.assign(model=name, seed=run.experiment.seed))
    return pd.concat(tables, ignore_index=True)[["model", "seed", "examples", "error"]]


def endings(networks: Networks) -> pd.DataFrame:
    """How each run ended: model, run (its id), seed, lr, diverged, examples, error, final.

    examples, error (%): the last point of its curve of test errors, update 0 included. final: test error (%)
    of the predictions at the end; 100 if it diverged, which leaves no answer that could be right.
    """
    rows = []
    for name, runs in networks.items():
        for run in runs:
            last = run.curve.query("split == 'test'").iloc[-1]
            predicted, labels = run.predictions
            rows.append(
                {
                    "model": name,
                    "run": run.path.name,
                    "seed": run.experiment.seed,
                    "lr": run.experiment.lr,
                    "diverged": diverged(run),
                    "examples": int(last["update"]) * run.experiment.batch_size,
                    "error": 100 * last["error"],
                    "final": 100.0 if diverged(run) else 100 * float((predicted != labels).mean()),
                }
            )
    return pd.DataFrame(rows)


def level() -> float:
    """The p below which the paper, and so this reproduction, calls a difference significant."""
    return float(paper.numbers()["setting"]["significance"])


def compared(networks: Networks, pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Paired tests at the end of training, one for each pair and seed: worse, better, seed, gap, p.

    gap: test error of `worse` minus that of `better`, percentage points. p: exact McNemar on the test
    examples that both saw. Raises EvidenceError if the two of a pair have no seed in common or were tested on
    different examples.
    """
    rows = []
    for worse, better in pairs:
        others = {seeds(run): run for run in networks[better]}
        both = [(run, others[seeds(run)]) for run in networks[worse] if seeds(run) in others]
        if not both:
            raise EvidenceError(f"{worse} has no seed in common with {better}: they can't be compared")
        for run, other in both:
            wrong_a, wrong_b = _errors(run, other)
            gap = 100 * (wrong_a.mean() - wrong_b.mean())
            rows.append((worse, better, run.experiment.seed, gap, mcnemar(wrong_a, wrong_b)))
    return pd.DataFrame(rows, columns=["worse", "better", "seed", "gap", "p"])


def _errors(a: Run, b: Run) -> tuple[np.ndarray, np.ndarray]:
    """On which test examples each of two runs errs; a diverged run errs everywhere."""
    (predicted_a, labels), (predicted_b, same) = a.predictions, b.predictions
    if not np.array_equal(labels, same):
        raise EvidenceError(f"{a.path.name} and {b.path.name} were tested on different examples")
    return (predicted_a != labels) | diverged(a), (predicted_b != labels) | diverged(b)
