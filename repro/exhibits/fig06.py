"""Figure 6: activations before training

Each curve is the distribution of the activations z of one hidden layer, over all its units and 300 test
images, in tanh networks that have not learned anything yet. A tall and narrow curve is a layer whose units
hardly react to the image. With the standard initialization every layer is narrower than the one below: the
signal fades on its way up. The normalized initialization is meant to keep the curves on top of each other.

Implementation details
- Lines are means over seeds, dots are the paper's single network, digitised. Both are in cells of width
  0.01, and a peak is the highest cell.
- The paper doesn't state the range of its inputs; ours is given below the picture.
- Middle: eq. 16 in every layer, first and output layer included. The paper's normalized curves coincide
  from the first layer on; eq. 16 makes the weights of the first layer √3 times as wide as the standard
  initialization does, and with them its activations. Right: the same dots, beside networks with the
  standard initialization in the first and the output layer and n Var[W] = 1.3 in between
  (`init=normalized_hidden`); the page `hidden_scale` says where the 1.3 comes from.
"""

import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.evidence import densities
from repro.evidence.densities import Density
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict, outcome

WHAT = Density("fig06", "z", "Activation z", tolerance=0.08)
TOLERANCE = 0.15
"""Largest relative difference of a variance ratio from eq. 15 that counts as agreement."""


def draw(runs: Runs) -> Figure:
    return densities.draw(runs, WHAT)


def table(runs: Runs) -> pd.DataFrame:
    return densities.table(runs, WHAT)


def summary(runs: Runs) -> pd.DataFrame:
    return densities.summary(runs, WHAT)


def verdicts(runs: Runs) -> list[Verdict]:
    factor = paper.numbers()["eq15"]["factor"]
    ratios = densities.variance_ratios(runs, "z_std")
    standard = ratios[ratios["init"] == "standard"]
    near = (standard["mean"] * factor - 1).abs() <= TOLERANCE
    claim = Verdict(
        claim="C12",
        verdict=outcome(near.mean()),
        measured=f"Var of layer i + 1 over layer i: {densities.listed(ratios, 'standard')} "
        f"(n = {standard['n'].min()} seeds); normalized {densities.listed(ratios, 'normalized')}; "
        f"normalized_hidden {densities.listed(ratios, 'normalized_hidden')}",
        paper=paper.claims()["C12"].expected,
        why=f"{near.sum()} of {len(near)} ratios within {TOLERANCE:.0%} of 1/{factor}",
    )
    return [claim, *densities.peak_verdicts(runs, WHAT)]
