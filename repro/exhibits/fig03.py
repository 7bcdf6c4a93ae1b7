"""Figure 3: activations during training, standard initialization

How far the activations of each hidden layer spread over all units and 300 test images while tanh (top) and
softsign (below) networks learn. Left: their standard deviation. Right: how large their largest are, the 98
percentile of the paper; near 1 the units are saturated, so that they hardly react to their input any more
and pass on hardly any gradient. To be read off are the order in which layers saturate, whether they move
together, and when they slow down. The third row is softsign again, on the same images with grey levels from
-1 to 1 instead of 0 to 1, with the paper's dots of the second row.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised. The
  paper measured every 4 of its epochs of 20,000 updates. Ours are measured from the first update on, on a
  logarithmic axis that also holds 0, until runs are long enough for the paper's linear one.
- The paper draws both tails and the standard deviation to both sides. Here one side stands for both: 98
  percentile means half the distance between the 1st and the 99th percentile, between which the central 98 %
  lie. At epoch 0 this is where the paper's markers are.
- The largest activations say how near units are to their asymptotes. How much gradient still passes is said
  by the slope: below a tenth of its largest beyond |z| = .95 for tanh, but beyond .68 for softsign. Claim C9
  is judged by both.
- The paper states neither the range of its inputs nor its learning rates; ours are given below the picture.
  Of several rates on the command line each network gets the one with the lowest validation error. More on
  the range: the page `input_range`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import saturation as drawing
from repro.evidence import along as whole
from repro.evidence import saturation
from repro.evidence.saturation import Network
from repro.evidence.selection import Runs, variants
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh,softsign init=standard depth=5",
    "activation=softsign init=standard depth=5 dataset.low=-1.0",
)


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.saturation`. points: their columns in the CSV."""
    found = variants(runs, "activation", ("tanh", "softsign"), init="standard")
    return saturation.tables(
        [
            Network(v.named(v.value), v.value, "standard", v.inputs, v.wide, v.runs, f"fig03_{v.value}")
            for v in found
        ]
    )


def draw(tables: Tables) -> Figure:
    return drawing.draw(tables["courses"])


def summary(tables: Tables) -> pd.DataFrame:
    return saturation.summary(tables["courses"])


def along(tables: Tables) -> pd.DataFrame:
    return whole.shown(tables["points"], whole.courses("network", reading=0.0025))


def verdicts(tables: Tables) -> list[Verdict]:
    return saturation.agreement(tables["courses"], "fig03")
