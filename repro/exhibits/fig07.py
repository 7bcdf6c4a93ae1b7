"""Figure 7: back-propagated gradients before training

Each curve is the distribution of ∂C/∂s, the gradient of the cost with respect to the input s of a layer's
non-linearity, in tanh networks that have not learned anything yet. Gradients travel from the output (layer
5 is nearest to it) down to layer 1. With the standard initialization they shrink on the way, so that the
curve of layer 1 is the tallest and narrowest: the layers near the input receive almost no signal. The
normalized initialization is meant to keep all widths equal.

Implementation details
- Lines are means over seeds, dots are the paper's single network, digitised. Both are in the paper's cells
  (0.002 and 0.003 wide), and a peak is the highest cell.
- Gradients are summed over mini-batches of 10. The paper's text averages them, but only sums have the size
  that its picture shows. The variance ratios of claim C13 are per example.
- Middle: eq. 16 in every layer. Between the top layer (1000 units) and the output (9) it compromises
  between fan-in and fan-out; the layer that sends gradients down is wide for its few outputs, which makes
  all gradients larger than in the paper's panel. Right: the same dots, beside networks with the standard
  initialization in the first and the output layer and n Var[W] = 1.3 in between (`init=normalized_hidden`).
"""

import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.evidence import densities
from repro.evidence.densities import Density
from repro.evidence.inits import PAPERS
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict, outcome

WHAT = Density("fig07", "ds", "∂C/∂s, summed over 10 examples (nats)", tolerance=0.10)
TOLERANCE = 0.25
"""Largest relative difference of a variance ratio from its expected value that counts as agreement."""


def draw(runs: Runs) -> Figure:
    return densities.draw(runs, WHAT)


def table(runs: Runs) -> pd.DataFrame:
    return densities.table(runs, WHAT)


def summary(runs: Runs) -> pd.DataFrame:
    return densities.summary(runs, WHAT)


def verdicts(runs: Runs) -> list[Verdict]:
    factor = paper.numbers()["eq15"]["factor"]
    every = densities.variance_ratios(runs, "ds_std")
    ratios = every[every["init"].isin(PAPERS)]
    expected = ratios["init"].map({"standard": factor, "normalized": 1})
    near = (ratios["mean"] / expected - 1).abs() <= TOLERANCE
    whole = ratios.groupby("init")["mean"].prod()
    claim = Verdict(
        claim="C13",
        verdict=outcome(near.mean()),
        measured=f"Var of layer i + 1 over layer i: standard {densities.listed(ratios, 'standard')}; "
        f"normalized {densities.listed(ratios, 'normalized')} (n = {ratios['n'].min()} seeds); "
        f"normalized_hidden {densities.listed(every, 'normalized_hidden')}",
        paper=paper.claims()["C13"].expected,
        why=f"{near.sum()} of {len(near)} ratios within {TOLERANCE:.0%}; from layer 1 to 5 the variance "
        f"grows {whole['standard']:.0f}-fold (standard), {whole['normalized']:.1f}-fold (normalized)",
    )
    return [claim, *densities.peak_verdicts(runs, WHAT)]
