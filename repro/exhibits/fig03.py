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

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import saturation as drawing
from repro.evidence import saturation, timeline
from repro.evidence.saturation import SATURATED, Network, complete, first_saturated, last_epoch
from repro.evidence.selection import Runs, variants
from repro.evidence.verdict import Measure, Verdict, judged, not_tested

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


def verdicts(tables: Tables) -> list[Verdict]:
    rows = tables["courses"]
    return [_upwards(rows), _together(rows), *saturation.agreement(rows, "fig03")]


def _upwards(rows: pd.DataFrame) -> Verdict:
    """C8: tanh layers saturate from the bottom to the top."""
    tanh = rows[(rows["activation"] == "tanh") & ~rows["wide"]]
    ours, theirs = (
        [first_saturated(layer, source) for _, layer in tanh.groupby("layer")] for source in ("ours", "paper")
    )
    n = int(tanh["n"].min())
    layers = [
        Measure({"layer": layer}, epoch, printed, n=n)
        for layer, (epoch, printed) in enumerate(zip(ours, theirs, strict=True), start=1)
    ]
    (count, in_order), (printed, _) = _order(ours), _order(theirs)
    order = Measure({"what": "layers saturated", "layer": len(ours)}, count, printed, n=n, holds=in_order)
    end = last_epoch(rows)
    verdict = Verdict(
        claim="C8",
        outcome="not tested",
        quantity=f"epoch at which the 98 percentile passes {SATURATED:g}",
        unit="",
        rule="the layers that have saturated did so one after the other, the lowest first",
        measures=(*layers, order),
        figures=2,
    )
    if not count:
        return not_tested(verdict, f"no layer saturates within {timeline.span(end)}")
    return judged(verdict, complete(end))


def _order(epochs: list[float]) -> tuple[int, bool]:
    """How many layers have saturated, and whether they are the lowest, each later than the one below.

    `epochs`: from layer 1 upwards, nan for not yet.
    """
    passed = [epoch for epoch in epochs if not math.isnan(epoch)]
    return len(passed), epochs[: len(passed)] == sorted(set(passed))


def _together(rows: pd.DataFrame) -> Verdict:
    """C9: softsign layers rise together and stay below saturation."""
    end, bend = last_epoch(rows), paper.numbers()["fig03"]["softsign_bend_epochs"]
    then = f"layers apart at epoch {min(end, bend):g}"
    p98 = rows[(rows["quantity"] == "p98") & (rows["source"] == "ours")]
    tanh = p98[(p98["activation"] == "tanh") & ~p98["wide"]]
    n, limit = int(p98["n"].min()), _apart(tanh, bend)
    measures = []
    for _, mine in p98[p98["activation"] == "softsign"].groupby("network", sort=False):
        largest, apart = float(mine["value"].max()), _apart(mine, bend)
        of = {"activation": "softsign", "inputs": str(mine["inputs"].iloc[0])}
        measures += [
            Measure({**of, "what": "largest"}, largest, n=n, holds=largest < SATURATED),
            Measure({**of, "what": then}, apart, n=n, holds=apart < limit),
        ]
    inputs = str(tanh["inputs"].iloc[0])
    measures.append(Measure({"activation": "tanh", "inputs": inputs, "what": then}, limit, n=n))
    verdict = Verdict(
        claim="C9",
        outcome="not tested",
        quantity="98 percentile of z",
        unit="",
        rule=f"softsign stays below {SATURATED:g}, and its layers are closer together than tanh's early on",
        measures=tuple(measures),
        paper=paper.claims()["C9"].expected,
        figures=2,
    )
    if end < bend:
        why = f"trained for {timeline.span(end)}; the paper's layers rise fast for {bend}, then slowly"
        return not_tested(verdict, why)
    return judged(verdict, complete(end))


def _apart(p98: pd.DataFrame, epoch: float) -> float:
    """Distance of the largest from the smallest layer of one network at the last value up to this epoch."""
    last = p98[p98["epoch"] <= epoch].sort_values("epoch").groupby("layer")["value"].last()
    return float(last.max() - last.min())
