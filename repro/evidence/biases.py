"""How far the output layer of a network on Shapeset gets with its biases alone (claim C6)."""

import math

import numpy as np
import pandas as pd

from repro.data.shapeset.facts import CLASS_PRIOR
from repro.evidence.selection import Runs
from repro.runs.folder import Run


def needed() -> float:
    """‖b‖ of an output layer that answers by its biases alone: b = log P(class), less its mean."""
    log_prior = np.log([float(share) for share in CLASS_PRIOR])
    return float(np.linalg.norm(log_prior - log_prior.mean()))


def learned(runs: Runs) -> pd.DataFrame:
    """What the output layer of each run has learned when the top hidden layer has lost half of its mean.

    Columns: update, then; share, ‖b‖ over `needed`. A row for each run; nan before that moment.
    """
    rows = [_halved(run) for run in runs]
    return pd.DataFrame([(update, norm / needed()) for update, norm in rows], columns=["update", "share"])


def _halved(run: Run) -> tuple[float, float]:
    """Update and output-bias norm when the top layer's mean has halved; nan before that."""
    depth, rows = run.experiment.depth, run.monitor  # noqa: F841  (depth: used in the queries)
    mean = rows.query("layer == @depth and quantity == 'z_mean'").set_index("update")["value"]
    norm = rows.query("layer == @depth + 1 and quantity == 'b_norm'").set_index("update")["value"]
    below = mean.index[mean < mean.iloc[0] / 2]
    return (float(below[0]), float(norm[below[0]])) if len(below) else (math.nan, math.nan)
