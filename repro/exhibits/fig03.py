"""Figure 3: activations during training, standard initialization

How far the activations of each hidden layer spread over all units and 300 test images while tanh (top) and
softsign (below) networks learn. Left: their standard deviation. Right: how large their largest are, the 98
percentile of the paper; near 1 the units are saturated, so that they hardly react to their input any more
and pass on hardly any gradient. In the paper's tanh networks layer 1 saturates first, then layer 2, and so
on; softsign layers move together. The third row is softsign again, on the same images with grey levels from
-1 to 1 instead of 0 to 1, with the paper's dots of the second row: its layers come in another order.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised. The
  paper measured every 4 of its epochs of 20,000 updates. Ours are measured from the first update on, on a
  logarithmic axis that also holds 0, until runs are long enough for the paper's linear one.
- The paper draws both tails and the standard deviation to both sides. Here one side stands for both: 98
  percentile means half the distance between the 1st and the 99th percentile, between which the central 98 %
  lie. At epoch 0 this is where the paper's markers are.
- The paper states neither the range of its inputs nor its learning rates; ours are given below the picture.
  Of several rates on the command line each network gets the one with the lowest validation error. More on
  the range: the page `input_range`.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.evidence import saturation, timeline
from repro.evidence.saturation import SATURATED, Network, complete, first_saturated, last_epoch
from repro.evidence.selection import Runs, variants
from repro.evidence.verdict import Verdict, not_tested, outcome


def draw(runs: Runs) -> Figure:
    return saturation.draw(_networks(runs))


def table(runs: Runs) -> pd.DataFrame:
    return saturation.table(_networks(runs))


def summary(runs: Runs) -> pd.DataFrame:
    return saturation.summary(table(runs))


def verdicts(runs: Runs) -> list[Verdict]:
    return judged(table(runs))


def judged(rows: pd.DataFrame) -> list[Verdict]:
    """The verdicts on a `table`."""
    return [_upwards(rows), _together(rows), *saturation.agreement(rows, "Figure 3")]


def _networks(runs: Runs) -> saturation.Networks:
    found = variants(runs, "activation", ("tanh", "softsign"), init="standard")
    return {name: Network(mine, f"fig03_{name.partition(',')[0]}") for name, mine in found.items()}


def _upwards(rows: pd.DataFrame) -> Verdict:
    """C8: tanh layers saturate from the bottom to the top."""
    tanh = rows[rows["network"] == "tanh"]
    ours, theirs = (
        [first_saturated(layer, source) for _, layer in tanh.groupby("layer")] for source in ("ours", "paper")
    )
    passed = [epoch for epoch in ours if not np.isnan(epoch)]
    in_order = ours[: len(passed)] == sorted(passed) and len(set(passed)) == len(passed)
    end = last_epoch(rows)
    verdict = Verdict(
        claim="C8",
        verdict=outcome(float(in_order), complete=complete(end)),
        measured=f"epochs {', '.join(map(timeline.text, ours))} (layers 1 to {len(ours)})",
        paper=f"epochs {', '.join(map(timeline.text, theirs))}",
        why=f"{len(passed)} of {len(ours)} layers saturated within {timeline.span(end)}, "
        + ("the lowest first" if in_order else "not in order from below"),
    )
    if not passed:
        return not_tested([verdict], f"no layer saturates within {timeline.span(end)}")[0]
    return verdict


def _together(rows: pd.DataFrame) -> Verdict:
    """C9: softsign layers rise together and stay below saturation."""
    end, bend = last_epoch(rows), paper.numbers()["fig03"]["softsign_bend_epochs"]
    p98 = rows[(rows["quantity"] == "p98") & (rows["source"] == "ours")].sort_values("epoch")
    largest = p98.groupby("network")["value"].max().to_dict()
    then = p98[p98["epoch"] <= bend].groupby(["network", "layer"])["value"].last().groupby("network")
    apart = (then.max() - then.min()).to_dict()
    ours = [name for name in rows["network"].unique() if name.startswith("softsign")]
    agree = [(largest[name] < SATURATED, apart[name] < apart["tanh"]) for name in ours]
    verdict = Verdict(
        claim="C9",
        verdict=outcome(float(np.mean(agree)), complete=complete(end)),
        measured="; ".join(
            f"{name}: at most {largest[name]:.2f} in {timeline.span(end)}, layers {apart[name]:.2f} apart"
            for name in ours
        )
        + f" at epoch {min(end, bend):g} (tanh {apart['tanh']:.2f})",
        paper=paper.claims()["C9"].expected,
        why=f"98 percentiles below {SATURATED}, and layers closer together than with tanh early on",
    )
    if end < bend:
        why = f"trained for {timeline.span(end)}; the paper's layers rise fast for {bend}, then slowly"
        return not_tested([verdict], why)[0]
    return verdict
