"""Figure 8: weight gradients before training

Each curve is the distribution of ∂C/∂W, the gradient of the cost with respect to the weights into one
hidden layer, in tanh networks that have not learned anything yet. With the standard initialization
activations fade upwards (Figure 6) and gradients fade downwards (Figure 7); a weight gradient is the
product of both, so these two effects cancel and all layers look alike. That is why unequal layers were hard
to notice before anyone looked at z and ∂C/∂s.

Implementation details
- Lines are means over seeds, dots are the paper's single network, digitised. Both are in the paper's cells
  (0.00025 and 0.001 wide), and a peak is the highest cell.
- Gradients are summed, not averaged, over each of the mini-batches of 10 into which the 300 test examples
  are cut; the histogram pools all weights and all mini-batches.
- Middle: eq. 16 in every layer. Right: the same dots, beside networks with the standard initialization in
  the first and the output layer and n Var[W] = 1.3 in between (`init=normalized_hidden`).
- Not explained: the standard panel, whose peaks are higher than ours in all layers though Figures 6 and 7
  agree, and layer 1 of the normalized panel. Tried without success: gradients of single examples, of all
  300 and of mini-batches of other sizes, summed or averaged; inputs in [-1, 1]. What comes nearest is one
  mini-batch of 10 instead of all pooled: mini-batches differ so much that a rare one reaches all
  five standard peaks, and the curve of one is nearer to a normal density than the pooled one, as the
  paper's are. But none that was tried gives layer 1 of the normalized panel. There the paper's Figure 9
  has, at epoch 0, what we measure.
- The paper's own Figures 8 and 9 disagree: the table compares the standard deviation of its Figure 8
  (measured on the digitised curve; above layer 1 its flat tails make it too large) with what its Figure 9
  has at epoch 0.
"""

import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.evidence import densities
from repro.evidence.densities import Density
from repro.evidence.inits import INITS, PANEL, PAPERS
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.verdict import Verdict, outcome

WHAT = Density("fig08", "dW", "∂C/∂W, summed over 10 examples (nats)", tolerance=0.10)
TOLERANCE = 0.25
"""Largest relative difference between the variances of two layers that counts as about the same."""


def draw(runs: Runs) -> Figure:
    return densities.draw(runs, WHAT)


def table(runs: Runs) -> pd.DataFrame:
    return densities.table(runs, WHAT)


def summary(runs: Runs) -> pd.DataFrame:
    """The peaks, and the standard deviation beside the paper's Figures 8 and 9."""
    rows = densities.summary(runs, WHAT)
    return rows.merge(_spread(runs), on=["initialization", "layer"])


def verdicts(runs: Runs) -> list[Verdict]:
    every = densities.variance_ratios(runs, "dW_std")
    ratios = every[every["init"].isin(PAPERS)]
    near = (ratios["mean"] - 1).abs() <= TOLERANCE
    claim = Verdict(
        claim="C14",
        verdict=outcome(near.mean()),
        measured=f"Var of layer i + 1 over layer i: standard {densities.listed(ratios, 'standard')}; "
        f"normalized {densities.listed(ratios, 'normalized')} (n = {ratios['n'].min()} seeds); "
        f"normalized_hidden {densities.listed(every, 'normalized_hidden')}",
        paper=paper.claims()["C14"].expected,
        why=f"{near.sum()} of {len(near)} ratios within {TOLERANCE:.0%} of 1",
    )
    return [claim, *densities.peak_verdicts(runs, WHAT)]


def _spread(runs: Runs) -> pd.DataFrame:
    """Standard deviations for the page: initialization, layer, ours, and from the paper's two figures."""
    tables = []
    for init in INITS:
        rows = monitored(densities.networks(runs, init), "dW_std").query("update == 0")
        ours = over_seeds(rows, "layer").set_index("layer")["mean"]
        curve = paper.curve(f"fig08_{PANEL[init]}").assign(square=lambda c: c["y"] * c["x"] ** 2)
        sums = curve.groupby("layer")[["square", "y"]].sum()
        fig08 = (sums["square"] / sums["y"]) ** 0.5
        fig09 = (
            paper.curve(f"fig09_{PANEL[init]}").query("x == 0 and quantity == 'std'").set_index("layer")["y"]
        )
        columns = {"std, ours": ours, "std, paper's Figure 8": fig08, "std, paper's Figure 9": fig09}
        tables.append(pd.DataFrame(columns).map("{:.2g}".format).assign(initialization=init).reset_index())
    return pd.concat(tables)
