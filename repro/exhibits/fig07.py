"""Figure 7: back-propagated gradients before training

Each curve is the distribution of ∂C/∂s, the gradient of the cost with respect to the input s of a layer's
non-linearity, in tanh networks that have not learned anything yet. Gradients travel from the output (layer
5 is nearest to it) down to layer 1. With the standard initialization they shrink on the way, so that the
curve of layer 1 is the tallest and narrowest: the layers near the input receive almost no signal. The
normalized initialization is meant to keep all widths equal.

Implementation details
- Lines are means over seeds, dots are the paper's single network, digitised. Below, how high each curve
  peaks: ours with the 95 % interval over seeds, the paper's with the error of reading it. Both are in the
  paper's cells (0.002 and 0.003 wide), and a peak is the highest cell.
- Gradients are summed over mini-batches of 10. The paper's text averages them, but only sums have the size
  that its picture shows. The variance ratios of claim C13 are per example.
- Middle: eq. 16 in every layer. Between the top layer (1000 units) and the output (9) it compromises
  between fan-in and fan-out; the layer that sends gradients down is wide for its few outputs, which makes
  all gradients larger than in the paper's panel. Right: the same dots, beside networks with the standard
  initialization in the first and the output layer and n Var[W] = 1.3 in between (`init=normalized_hidden`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import densities as drawing
from repro.evidence import densities
from repro.evidence.densities import Density
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden seed=0,1,2,3,4 updates=0 n_valid=300 "
    "n_test=300",
)
"""Figures 6, 7, 8, the Jacobian and the page on linear theory share these."""

WHAT = Density("fig07", "ds")
LABEL = "∂C/∂s, summed over 10 examples (nats)"
PEAK_TOLERANCE = 0.10
"""Largest relative difference of a peak that counts as agreement, besides the error of reading."""


def tables(runs: Runs) -> Tables:
    return densities.tables(runs, WHAT)


def draw(tables: Tables) -> Figure:
    return drawing.draw(tables, LABEL)


def summary(tables: Tables) -> pd.DataFrame:
    return densities.summary(tables)


def verdicts(tables: Tables) -> list[Verdict]:
    return densities.peak_verdicts(tables, WHAT, PEAK_TOLERANCE)
