"""Deeper: from five to twenty hidden layers

Not in the paper, which stopped at five hidden layers: test error of tanh networks with more of them. With the
standard initialization signals and gradients lose two thirds of their variance in every layer, so that a deep
network can't start to learn. Eq. 16 keeps tanh networks near the critical point of mean field theory, where
information reaches any depth slowly weakened, not exponentially. A ring marks the lowest point of each curve;
dotted is the error of always answering one class.

Implementation details
- Solid: standard initialization (eq. 1); dashed: normalized (eq. 16, "N"). Bars: 95 % intervals over seeds.
- Depth 5 is that of Figure 11. All are trained equally long, at the rate that is given below the picture.
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

RUNS = ("activation=tanh init=standard,normalized depth=5,7,10",)
AT = {
    scale: ("activation=tanh init=standard,normalized depth=5", "study=deeper") for scale in ("lab", "paper")
}
"""A network of depth 20 takes four times as long as one of the paper's."""
SPLITS = {"valid": "Validation set", "test": "Test set"}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """depths: a row for each run, as `evidence.depths.by_seed`; points: as there."""
    rows = depths.by_seed(runs)
    return {"points": depths.points(rows), "depths": rows}


def summary(tables: Tables) -> pd.DataFrame:
    wanted = {"valid": ("valid", "mean"), "test": ("test", "mean"), "seeds": ("seed", "nunique")}
    means = tables["depths"].groupby(["model", "depth"]).agg(**wanted).reset_index()
    shown = {"valid": "validation error %", "test": "test error %"}
    return means.round({"valid": 2, "test": 2}).rename(columns=shown)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Test error over depth."""
    figure = style.new_figure(2.9)
    rows = tables["points"]
    drawing.panel(figure.subplots(), rows[rows["split"] == "test"], "Test set")
    return figure
