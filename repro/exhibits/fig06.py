"""Figure 6: activations before training

Each curve is the distribution of the activations z of one hidden layer, over all its units and 300 test
images, in tanh networks that have not learned anything yet. A tall and narrow curve is a layer whose units
hardly react to the image. With the standard initialization every layer is narrower than the one below: the
signal fades on its way up. The normalized initialization is meant to keep the curves on top of each other.

Implementation details
- Lines are means over seeds, dots are the paper's single network, digitised. Below, how high each curve
  peaks: ours with the 95 % interval over seeds, the paper's with the error of reading it. Both are in cells
  of width 0.01, and a peak is the highest cell.
- The paper doesn't state the range of its inputs; ours is given below the picture.
- Middle: eq. 16 in every layer, first and output layer included. The paper's normalized curves coincide
  from the first layer on; eq. 16 makes the weights of the first layer √3 times as wide as the standard
  initialization does, and with them its activations. Right: the same dots, beside networks with the
  standard initialization in the first and the output layer and n Var[W] = 1.3 in between
  (`init=normalized_hidden`); the page `hidden_scale` says where the 1.3 comes from.
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

WHAT = Density("fig06", "z")
LABEL = "Activation z"
PEAK_TOLERANCE = 0.08
"""Largest relative difference of a peak that counts as agreement, besides the error of reading."""


def tables(runs: Runs) -> Tables:
    return densities.tables(runs, WHAT)


def draw(tables: Tables) -> Figure:
    return drawing.draw(tables, LABEL)


def summary(tables: Tables) -> pd.DataFrame:
    return densities.summary(tables)


def verdicts(tables: Tables) -> list[Verdict]:
    return densities.peak_verdicts(tables, WHAT, PEAK_TOLERANCE)
