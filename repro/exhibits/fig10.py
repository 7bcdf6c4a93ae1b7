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

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.evidence import saturation, timeline
from repro.evidence.inits import networks
from repro.evidence.saturation import Network, last_epoch
from repro.evidence.selection import Runs, select, variants
from repro.evidence.verdict import Verdict, not_tested, outcome

ROWS = {"normalized": "tanh, normalized (eq. 16)", "normalized_hidden": "tanh, normalized_hidden"}
SOFTSIGN = "softsign, standard"


def draw(runs: Runs) -> Figure:
    return saturation.draw(_networks(runs))


def table(runs: Runs) -> pd.DataFrame:
    return saturation.table(_networks(runs))


def summary(runs: Runs) -> pd.DataFrame:
    return saturation.summary(table(runs))


def verdicts(runs: Runs) -> list[Verdict]:
    rows = table(runs)
    return [_like_softsign(runs, rows), *saturation.agreement(rows, "Figure 10")]


def _networks(runs: Runs) -> saturation.Networks:
    rows = {}
    for variant, mine in variants(runs, "init", tuple(ROWS), activation="tanh").items():
        init, comma, more = variant.partition(",")
        rows[ROWS[init] + comma + more] = Network(mine, "fig10")
    return rows


def _like_softsign(runs: Runs, rows: pd.DataFrame) -> Verdict:
    """C19: softsign layers grow like those of tanh N, and unlike those of tanh: correlation over time."""
    others = {
        SOFTSIGN: Network(select(runs, activation="softsign", init="standard"), "fig03_softsign"),
        "tanh, standard": Network(networks(runs, "standard"), "fig03_tanh"),
    }
    compared = saturation.table(others)
    mine = _course(rows[rows["network"] == ROWS["normalized"]])
    end = last_epoch(rows)
    apart = {name: _apart(_course(compared[compared["network"] == name]), mine) for name in others}
    verdict = Verdict(
        claim="C19",
        verdict=outcome(float(apart[SOFTSIGN] < apart["tanh, standard"]), saturation.complete(end)),
        measured="rms difference in std from tanh normalized: "
        + ", ".join(f"{name} {value:.2f}" for name, value in apart.items())
        + f" ({timeline.span(end)})",
        paper=paper.claims()["C19"].expected,
        why="standard deviations of all layers at all epochs; softsign counts as similar if it is nearer "
        "than tanh with the standard initialization",
    )
    if end < 1:
        return not_tested([verdict], "trained for less than an epoch")[0]
    return verdict


def _course(rows: pd.DataFrame) -> pd.DataFrame:
    """Our standard deviations from the first epoch on: a row per epoch, a column per layer."""
    std = rows[(rows["quantity"] == "std") & (rows["source"] == "ours")]
    std = std[std["epoch"] >= min(1, std["epoch"].max())]
    return std.pivot(index="epoch", columns="layer", values="value")


def _apart(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Root mean square difference over the epochs and layers that both have."""
    return float(np.sqrt(np.nanmean((one - other).to_numpy() ** 2)))
