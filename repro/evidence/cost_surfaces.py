"""Figure 5: two costs of a small network over two of its weights, and how much of each surface is flat.

The network is o = tanh(W2 tanh(W1 x)) with input x and target t in {-1, 1}.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from repro import paper

Array = NDArray[np.float64]

COSTS = ("cross-entropy", "quadratic")
REACH, CELLS = 4.0, 320  # the grid: W1 and W2 from -REACH to REACH


class Heights(NamedTuple):
    """The paper's heights at some places, and ours there."""

    places: pd.DataFrame  # cost, w1, w2, paper, ours, error
    agreement: float  # mean of x t


def surface(cost: str, w1: Array, w2: Array, agreement: float) -> Array:
    """The cost at weights W1 and W2 when the mean of x t over the sample is `agreement` (-1 to 1).

    With x and t in {-1, 1}, o t = tanh(a) x t with a = W2 tanh(W1), so that both costs are linear in the
    mean of x t. Cross-entropy in nats; the quadratic one less its 1/2 at o = 0.
    """
    a = w2 * np.tanh(w1)
    if cost == "cross-entropy":  # mean of log(1 + exp(-2 a x t))
        return np.logaddexp(a, -a) - agreement * a
    o = np.tanh(a)
    return o**2 / 2 - agreement * o


def heights() -> Heights:
    """The construction beside the paper, with the mean of x t fitted by least squares."""
    rows = paper.curve("fig05").rename(columns={"series": "cost", "y": "paper"})
    rows[["w1", "w2"]] = rows["x"].str.extract(r"W1=(.+);W2=(.+)").astype(float)
    rows["error"] = paper.numbers()["fig05"]["error"]
    at = [_at(rows, agreement) for agreement in (0.0, 1.0)]
    slope = at[1] - at[0]
    # Sums, no scalar products: the last digit of those depends on where in memory the numbers lie.
    agreement = float((slope * (rows["paper"].to_numpy() - at[0])).sum() / (slope * slope).sum())
    rows["ours"] = _at(rows, agreement)
    return Heights(rows[["cost", "w1", "w2", "paper", "ours", "error"]], agreement)


def _at(rows: pd.DataFrame, agreement: float) -> Array:
    values = [
        surface(cost, np.array(w1), np.array(w2), agreement)
        for cost, w1, w2 in zip(rows["cost"], rows["w1"], rows["w2"], strict=True)
    ]
    return np.array(values, dtype=float)


def surfaces(agreement: float) -> pd.DataFrame:
    """Both costs on the grid, W1 running fastest: cost, w1, w2, height, slope.

    slope: the norm of the gradient over the height of the whole surface, per unit of weight.
    """
    w = np.linspace(-REACH, REACH, CELLS + 1)
    w1, w2 = np.meshgrid(w, w)
    parts = []
    for cost in COSTS:
        z = surface(cost, w1, w2, agreement)
        by_w2, by_w1 = np.gradient(z, w, w)
        slope = np.hypot(by_w1, by_w2) / np.ptp(z)
        columns = {"w1": w1, "w2": w2, "height": z, "slope": slope}
        parts.append(pd.DataFrame({name: grid.ravel() for name, grid in columns.items()}).assign(cost=cost))
    return pd.concat(parts, ignore_index=True)


def plateau_shares(surfaces: pd.DataFrame, thresholds: Iterable[float]) -> pd.DataFrame:
    """How much (%) of each surface is flatter than each threshold: cost, threshold, share."""
    slopes = {str(cost): rows.to_numpy() for cost, rows in surfaces.groupby("cost")["slope"]}
    rows = [
        (cost, threshold, 100 * float((slopes[cost] < threshold).mean()))
        for cost in COSTS
        for threshold in thresholds
    ]
    return pd.DataFrame(rows, columns=["cost", "threshold", "share"])
