"""Figure 10: activations during training, normalized initialization

As Figure 3 (top), for tanh networks with the normalized initialization: how far the activations of each
layer spread over all units and 300 test images, and how large their largest are. In the paper all layers
start alike and grow together, so that none saturates long before the others and starves those below it of
gradient. The first row is eq. 16 in every layer. The second has the standard initialization in the first
and the output layer and n Var[W] = 1.3 in between: that is where the paper's dots begin. The last rows are
the same networks on images with grey levels from -1 to 1 instead of 0 to 1.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised, the same
  in all rows. Rows differ by constant factors on the same random weights and see the same examples.
- Std, 98 percentile, time axis and what counts as saturated: as in Figure 3.
- Why 1.3: see the page `hidden_scale`, which estimates it from the paper's pictures before training. Nothing
  here was fitted to the course of training.
- Claim C19 compares Figures 3 and 10 of the paper. Here both are ours, at equal ε and with inputs in [0, 1];
  softsign's is drawn from the runs of Figure 3. More on the range of inputs: the page `input_range`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import saturation as drawing
from repro.evidence import saturation, timeline
from repro.evidence.saturation import Network, last_epoch
from repro.evidence.selection import Runs, inputs, select, variants
from repro.evidence.verdict import Measure, Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=normalized,normalized_hidden depth=5",
    "activation=tanh init=normalized,normalized_hidden depth=5 dataset.low=-1.0",
    "activation=tanh,softsign init=standard depth=5",  # those of Figure 3: beside them stands claim C19
)
ROWS = {"normalized": "tanh, normalized (eq. 16)", "normalized_hidden": "tanh, normalized_hidden"}
BESIDE = ("softsign", "tanh")
"""What C19 compares normalized tanh with, standard initialization: like it, and unlike it."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.saturation`. points: their columns in the CSV. beside: as courses, BESIDE."""
    found = variants(runs, "init", tuple(ROWS), activation="tanh")
    networks = [
        Network(v.named(ROWS[v.value]), "tanh", v.value, v.inputs, v.wide, v.runs, "fig10") for v in found
    ]
    return {**saturation.tables(networks), "beside": saturation.courses([_beside(runs, a) for a in BESIDE])}


def _beside(runs: Runs, activation: str) -> Network:
    mine = select(runs, activation=activation, init="standard")
    name = f"{activation}, standard"
    return Network(name, activation, "standard", inputs(mine[0]), False, mine, f"fig03_{activation}")


def draw(tables: Tables) -> Figure:
    return drawing.draw(tables["courses"])


def summary(tables: Tables) -> pd.DataFrame:
    return saturation.summary(tables["courses"])


def verdicts(tables: Tables) -> list[Verdict]:
    rows = tables["courses"]
    return [_like_softsign(rows, tables["beside"]), *saturation.agreement(rows, "fig10")]


def _like_softsign(rows: pd.DataFrame, beside: pd.DataFrame) -> Verdict:
    """C19: softsign layers grow like those of tanh N, and unlike those of tanh."""
    mine = _course(rows[(rows["init"] == "normalized") & ~rows["wide"]])
    near, far = (_apart(_course(beside[beside["activation"] == name]), mine) for name in BESIDE)
    end, n = min(last_epoch(rows), last_epoch(beside)), int(min(rows["n"].min(), beside["n"].min()))
    verdict = Verdict(
        claim="C19",
        outcome="not tested",
        quantity=f"rms difference in std from normalized tanh ({timeline.span(end)})",
        unit="",
        rule="all layers at all epochs; softsign is nearer than tanh with the standard initialization",
        measures=(
            Measure({"init": "standard", "activation": "softsign"}, near, n=n, holds=near < far),
            Measure({"init": "standard", "activation": "tanh"}, far, n=n),
        ),
        paper=paper.claims()["C19"].expected,
        figures=2,
    )
    if end < 1:
        return not_tested(verdict, f"trained for {timeline.span(end)}, less than one")
    return judged(verdict, saturation.complete(end))


def _course(rows: pd.DataFrame) -> pd.DataFrame:
    """Our standard deviations from the first epoch on: a row per epoch, a column per layer."""
    std = rows[(rows["quantity"] == "std") & (rows["source"] == "ours")]
    std = std[std["epoch"] >= min(1, std["epoch"].max())]
    return std.pivot(index="epoch", columns="layer", values="value")


def _apart(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Root mean square difference over the epochs and layers that both have; nan if there are none."""
    differences = (one - other).to_numpy().ravel()
    known = differences[~np.isnan(differences)]
    return math.sqrt((known**2).mean()) if len(known) else math.nan
