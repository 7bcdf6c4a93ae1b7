"""The networks that the paper compares, under the names of its Figure 11 and Table 1."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from repro.data.files.present import STAND_INS
from repro.drawing import style
from repro.evidence import EvidenceError
from repro.evidence.selection import Runs, diverged, over_seeds, select
from repro.evidence.statistics import holm, mcnemar
from repro.runs.folder import Run


class Model(NamedTuple):
    """A network of the comparison. "N" stands for the normalized initialization."""

    name: str
    activation: str
    init: str
    depth: int
    colour: str

    @property
    def line(self) -> str:
        """Line style: that of its initialization; broken for the other depth, which often lies on top."""
        return style.LINES[self.init] if self.depth == 5 else "-."

    def runs(self, runs: Runs) -> list[Run]:
        """Its runs among `runs`, by seed, at its best learning rate. Raises EvidenceError without any."""
        return select(runs, activation=self.activation, init=self.init, depth=self.depth)


MODELS = {
    model.name: model
    for model in (
        Model("Sigmoid depth 5", "sigmoid", "standard", 5, style.ACTIVATIONS["sigmoid"]),
        Model("Sigmoid depth 4", "sigmoid", "standard", 4, style.SECOND_SIGMOID),
        Model("Tanh", "tanh", "standard", 5, style.ACTIVATIONS["tanh"]),
        Model("Tanh N", "tanh", "normalized", 5, style.ACTIVATIONS["tanh"]),
        Model("Softsign", "softsign", "standard", 5, style.ACTIVATIONS["softsign"]),
        Model("Softsign N", "softsign", "normalized", 5, style.ACTIVATIONS["softsign"]),
    )
}
"""By name, in the order of the legend of Figure 11."""


FIVE_LAYERS = {name.removesuffix(" depth 5"): model for name, model in MODELS.items() if model.depth == 5}
"""The networks of Figure 12 and Table 1, by their names there."""
SLOW, FAST = ("Sigmoid", "Tanh"), ("Tanh N", "Softsign", "Softsign N")
"""Those of FIVE_LAYERS that claim C20 says learn more slowly, and the others."""


def on(dataset: str, runs: Runs) -> list[Run]:
    """The runs on one of the paper's data sets, or on what stands in for it where it is incomplete."""
    names = {dataset, STAND_INS.get(dataset), f"{dataset}_author"}
    return [run for run in runs if run.experiment.dataset.name in names]


def held_out(runs: Runs) -> bool:
    """Whether a test set cut from the training images stood in for the official one in some run."""
    return any(run.experiment.dataset.name.endswith("_holdout") for run in runs)


def error_curve(runs: Runs) -> pd.DataFrame:
    """Test error of one model: examples seen, mean (%), half (95 % over seeds; nan for one seed), n.

    Update 0 is left out. Runs that diverged count up to where they did.
    """
    tables = []
    for run in runs:
        curve = run.curve.query("split == 'test' and update > 0")
        examples = curve["update"] * run.experiment.batch_size
        tables.append(pd.DataFrame({"examples": examples, "error": 100 * curve["error"]}))
    return over_seeds(pd.concat(tables), "examples", value="error")


def compared(runs: Runs, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Paired tests at the end of training, for all seeds that both models have: worse, better, gap, p.

    gap: test error of `worse` minus that of `better`, percentage points. p: exact McNemar, Holm-corrected
    over all rows. Raises EvidenceError if two runs were tested on different examples.
    """
    rows = []
    for worse, better in pairs:
        others = {_seeds(run): run for run in MODELS[better].runs(runs)}
        for run in MODELS[worse].runs(runs):
            if other := others.get(_seeds(run)):
                wrong_a, wrong_b = _errors(run, other)
                gap = 100 * (wrong_a.mean() - wrong_b.mean())
                rows.append((worse, better, gap, mcnemar(wrong_a, wrong_b)))
    if not rows:
        raise EvidenceError("no two models have a seed in common")
    table = pd.DataFrame(rows, columns=["worse", "better", "gap", "p"])
    return table.assign(p=holm(table["p"].tolist()))


def _seeds(run: Run) -> tuple[object, ...]:
    return run.experiment.seed, run.experiment.data_seed


def _errors(a: Run, b: Run) -> tuple[np.ndarray, np.ndarray]:
    """On which test examples each of two runs errs; a diverged run errs everywhere."""
    (predicted_a, labels), (predicted_b, same) = a.predictions, b.predictions
    if not np.array_equal(labels, same):
        raise EvidenceError(f"{a.path.name} and {b.path.name} were tested on different examples")
    return (predicted_a != labels) | diverged(a), (predicted_b != labels) | diverged(b)
