"""Figure 8: weight gradients before training

Each curve is the distribution of ∂C/∂W, the gradient of the cost with respect to the weights into one
hidden layer, in tanh networks that have not learned anything yet. With the standard initialization
activations fade upwards (Figure 6) and gradients fade downwards (Figure 7); a weight gradient is the
product of both, so these two effects cancel and all layers look alike. That is why unequal layers were hard
to notice before anyone looked at z and ∂C/∂s.

Implementation details
- Lines are means over seeds, dots are the paper's single network, digitised. Below, how high each curve
  peaks: ours with the 95 % interval over seeds, the paper's with the error of reading it. Both are in the
  paper's cells (0.00025 and 0.001 wide), and a peak is the highest cell.
- Gradients are summed, not averaged, over each of the mini-batches of 10 into which the 300 test examples
  are cut; the histogram pools all weights and all mini-batches.
- Middle: eq. 16 in every layer. Right: the same dots, beside networks with the standard initialization in
  the first and the output layer and n Var[W] = 1.3 in between (`init=normalized_hidden`).
- Not explained: the standard panel, whose peaks are higher than ours in all layers though Figures 6 and 7
  agree, and layer 1 of the normalized panel. Tried without success: gradients of single examples, of all
  300 and of mini-batches of other sizes, summed or averaged; inputs in [-1, 1]. What comes nearest is one
  mini-batch of 10 instead of all pooled: mini-batches differ so much that a rare one reaches all
  five standard peaks, and the curve of one is nearer to a normal density than the pooled one, as the
  paper's are.
- One reading gives all five normalized peaks: eq. 16 in the first and the hidden layers and eq. 1 in the
  output layer has 29, 37, 37, 39 and 36 (three networks beside those of this page). But it doesn't fit the
  other panels: in Figure 6 layer 1 would peak at 0.8 (paper: 1.46), in Figure 7 at 13.8 (7.2). And at epoch 0
  the paper's Figure 9 has, in layer 1, what the panel on the right does.
- The paper's own Figures 8 and 9 disagree: the table compares the standard deviation of its Figure 8
  (measured on the digitised curve; above layer 1 its flat tails make it too large) with what its Figure 9
  has at epoch 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import densities as drawing
from repro.evidence import densities, inits
from repro.evidence.densities import Density
from repro.evidence.inits import PANEL
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden seed=0,1,2,3,4 updates=0 n_valid=300 "
    "n_test=300",
)
"""Figures 6, 7, 8, the Jacobian and the page on linear theory share these."""

WHAT = Density("fig08", "dW")
LABEL = "∂C/∂W, summed over 10 examples (nats)"
PEAK_TOLERANCE = 0.10
"""Largest relative difference of a peak that counts as agreement, besides the error of reading."""


def tables(runs: Runs) -> Tables:
    """Those of `densities.tables`, and spread: `_spread`."""
    return {**densities.tables(runs, WHAT), "spread": _spread(inits.of_papers_depth(runs))}


def draw(tables: Tables) -> Figure:
    return drawing.draw(tables, LABEL)


def summary(tables: Tables) -> pd.DataFrame:
    """The peaks, and the standard deviation beside the paper's Figures 8 and 9."""
    names = {
        "init": "initialization",
        "ours": "std, ours",
        "fig08": "std, paper's Figure 8",
        "fig09": "std, paper's Figure 9",
    }
    spread = tables["spread"].rename(columns=names)
    stds = list(names.values())[1:]
    spread[stds] = spread[stds].map("{:.2g}".format)
    return densities.summary(tables).merge(spread, on=["initialization", "layer"])


def verdicts(tables: Tables) -> list[Verdict]:
    return densities.peak_verdicts(tables, WHAT, PEAK_TOLERANCE)


def _spread(networks: densities.Networks) -> pd.DataFrame:
    """Standard deviations: init, layer, ours, and from the paper's two figures fig08 and fig09."""
    tables = []
    for init, runs in networks.items():
        rows = monitored(runs, "dW_std").query("update == 0")
        ours = over_seeds(rows, "layer").set_index("layer")["mean"]
        fig08 = densities.papers_spread("fig08", PANEL[init]) ** 0.5
        start = paper.curve(f"fig09_{PANEL[init]}").query("x == 0 and quantity == 'std'")
        columns = {"ours": ours, "fig08": fig08, "fig09": start.set_index("layer")["y"]}
        tables.append(pd.DataFrame(columns).assign(init=init).reset_index())
    return pd.concat(tables, ignore_index=True)
