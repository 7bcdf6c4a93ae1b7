"""The plateau of a network on Shapeset whose answer doesn't depend on its input, and when it is left."""

import math
from collections.abc import Sequence

import pandas as pd

from repro.data.shapeset.facts import CLASS_PRIOR
from repro.evidence.selection import inputs, monitored, over_seeds
from repro.runs.folder import Run

CONSTANT = float(100 * (1 - max(CLASS_PRIOR)))
"""Error of always answering a most frequent class, %."""
PRIOR_ENTROPY = float(-sum(p * math.log(p) for p in CLASS_PRIOR))
"""Cost, in nats, of answering with the frequencies of the classes."""
ESCAPED = 5.0
"""Percentage points below CONSTANT from which a network has left the plateau."""


def left(errors: pd.Series) -> pd.Series:
    """Whether each of these mean test errors (%) is off the plateau."""
    return errors < CONSTANT - ESCAPED


def states(runs: Sequence[Run], network: str) -> pd.DataFrame:
    """How saturated the layers of one network are while it learns: network, inputs, lr, layer, examples,
    saturated (share of units whose slope is below a tenth of the largest, mean over seeds), n."""
    rows = monitored(runs, "z_saturated")
    rows = rows.assign(examples=rows["update"] * runs[0].experiment.batch_size)
    means = over_seeds(rows, "layer", "examples").rename(columns={"mean": "saturated"})
    return _about(runs, network, means[["layer", "examples", "saturated", "n"]])


def errors(runs: Sequence[Run], network: str) -> pd.DataFrame:
    """Test errors of one network: network, inputs, lr, examples, error (%, mean over seeds), n."""
    rows = pd.concat([run.curve.query("split == 'test'") for run in runs])
    rows = rows.assign(examples=rows["update"] * runs[0].experiment.batch_size, error=100 * rows["error"])
    means = over_seeds(rows, "examples", value="error").rename(columns={"mean": "error"})
    return _about(runs, network, means[["examples", "error", "n"]])


def _about(runs: Sequence[Run], network: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(network=network, inputs=inputs(runs[0]), lr=runs[0].experiment.lr)
