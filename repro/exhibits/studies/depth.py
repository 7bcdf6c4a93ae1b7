"""Depth: how many hidden layers are best?

Validation and test error on Shapeset of networks with one to five hidden layers. The paper chose the depth by
validation error, and found five best, four for sigmoid. A ring marks the lowest point of each curve. Dotted:
the error of always answering one class.

Implementation details
- Solid: standard initialization (eq. 1); dashed: normalized (eq. 16, "N"). Bars: 95 % intervals over seeds.
- All networks are trained equally long. Deep ones start more slowly: which depth is best depends on how long
  that is, which stands below the picture; the paper compared after 5 million updates.
- With a searched learning rate (`lr=grid`) each depth has its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import depths as drawing
from repro.drawing import style
from repro.evidence import depths
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized depth=1,2,3,4,5",
    "activation=softsign,sigmoid init=standard depth=1,2,3,4,5",
)
AT = {
    scale: (
        "activation=tanh,softsign init=standard,normalized depth=1,2,3,4,5",
        "activation=sigmoid init=standard depth=1,2,3,4,5",
    )
    for scale in ("lab", "paper")
}
"""Softsign N, too, where there is time."""
SPLITS = {"valid": "Validation set", "test": "Test set"}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """depths: a row for each run, as `evidence.depths.by_seed`; points, best: as there."""
    rows = depths.by_seed(runs)
    return {"points": depths.points(rows), "depths": rows, "best": depths.best(rows)}


def summary(tables: Tables) -> pd.DataFrame:
    """For each model its best depth, and the validation error of every depth."""
    rows = []
    means = tables["depths"].groupby(["model", "depth"])["valid"].mean()
    for best in tables["best"].to_dict("records"):
        errors = {f"depth {depth}": f"{error:.2f}" for depth, error in means[best["model"]].items()}
        rows.append({"model": best["model"], "best depth": best["best"], **errors})
    return pd.DataFrame(rows).fillna("")


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Validation error, by which depths are chosen, beside test error."""
    figure = style.new_figure(3.1)
    rows = tables["points"]
    for axes, (split, title) in zip(figure.subplots(1, 2, sharey=True), SPLITS.items(), strict=True):
        drawing.panel(axes, rows[rows["split"] == split], title)
    return figure
