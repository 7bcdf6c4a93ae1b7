"""C12 to C16: variances and singular values of tanh networks before training (section 4.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.densities import papers_spread
from repro.evidence.inits import PAPERS
from repro.evidence.statistics import interval
from repro.evidence.verdict import Key, Measure


def spreads(figure: str, *inits: str) -> pd.DataFrame:
    """Variances of the paper's digitised densities: init, run, layer, value."""
    tables = [papers_spread(figure, init).rename("value").reset_index().assign(init=init) for init in inits]
    return pd.concat(tables, ignore_index=True).assign(run=0)


def figure6() -> Frames:
    return (spreads("fig06", "standard"),)


def figure7() -> Frames:
    return (spreads("fig07", *PAPERS),)


def figure8() -> Frames:
    """From the peaks of Figure 8, which go as 1 over the standard deviation; its tails are too flat for that.

    `value` is the variance in units of that of layer 1.
    """
    tables = []
    for init in PAPERS:
        rows = paper.curve(f"fig08_{init}").query("quality != 'hidden'")
        peaks = rows.groupby("layer")["y"].max()
        tables.append(((peaks.loc[1] / peaks) ** 2).rename("value").reset_index().assign(init=init, run=0))
    return (pd.concat(tables, ignore_index=True),)


def _by_layer(variances: pd.DataFrame, init: str) -> dict[int, pd.Series]:
    """By layer, from the lowest: the variances of the networks with this initialization."""
    own = variances[variances["init"] == init].sort_values("layer")
    wide = own.pivot(index="run", columns="layer", values="value")
    return {int(str(layer)): wide[layer] for layer in wide}


def _over_seeds(values: pd.Series, of: Key, holds: Any) -> Measure:
    """Mean over seeds; `holds` says of a number whether it meets the rule, or is None."""
    found = interval(values)
    met = None if holds is None else bool(holds(found.mean))
    return Measure(of, found.mean, low=found.low, high=found.high, n=found.n, holds=met)


@rule("C12", reads=("fig06.variances",), papers=figure6, quantity="Var[z] of a layer over that below")
def fading(variances: pd.DataFrame, t: Any) -> Finding:
    """variances: init, run, layer, value, of z."""

    def near(ratio: float) -> bool:
        return abs(t.factor * ratio - 1) <= t.near

    wide = _by_layer(variances, "standard")
    measures = [
        _over_seeds(wide[layer] / wide[layer - 1], {"init": "standard", "layer": layer}, near)
        for layer in list(wide)[1:]
    ]
    return Finding(tuple(measures))


@rule("C13", reads=("fig07.variances",), papers=figure7, quantity="Var[∂C/∂s] of layer 5 over layer 1")
def shrinking(variances: pd.DataFrame, t: Any) -> Finding:
    """variances: init, run, layer, value, of ∂C/∂s."""
    within = {"standard": (t.growth, t.near), "normalized": (1, t.flat)}
    measures = []
    for init in dict.fromkeys(variances["init"]):
        wide = _by_layer(variances, init)
        growth = wide[max(wide)] / wide[min(wide)]
        wanted, factor = within.get(init, (np.nan, np.nan))

        def near(found: float, wanted: float = wanted, factor: float = factor) -> bool:
            return wanted / factor <= found <= wanted * factor

        measures.append(_over_seeds(growth, {"init": init}, near if init in within else None))
    return Finding(tuple(measures))


@rule(
    "C14",
    reads=("fig08.variances",),
    papers=figure8,
    quantity="Var[∂C/∂W], the layer with the largest over that with the smallest",
)
def alike(variances: pd.DataFrame, t: Any) -> Finding:
    """variances: init, run, layer, value, of ∂C/∂W."""
    measures = []
    for init in dict.fromkeys(variances["init"]):
        wide = _by_layer(variances, init)
        for first in (2, 1):
            own = pd.DataFrame({layer: value for layer, value in wide.items() if layer >= first})
            of = {"init": init, "what": f"layers {first} to {max(wide)}"}
            judged = (lambda ratio: ratio <= t.flat) if init in PAPERS else None
            measures.append(_over_seeds(own.max(axis=1) / own.min(axis=1), of, judged))
    return Finding(tuple(measures))


def stated_averages() -> Frames:
    """The text's two numbers."""
    stated = paper.numbers()["jacobian"]
    return (pd.DataFrame({"init": list(stated), "mean": list(stated.values()), "half": np.nan, "n": 0}),)


@rule(
    "C15",
    reads=("jacobian.averages",),
    papers=stated_averages,
    quantity="mean singular value of layers 2 to 5",
)
def averages(averages: pd.DataFrame, t: Any) -> Finding:
    """averages: init, mean, half, n, over layers 2 to 5."""
    stated = paper.numbers()["jacobian"]
    measures = [
        Measure(
            {"init": row["init"]},
            row["mean"],
            low=row["mean"] - row["half"],
            high=row["mean"] + row["half"],
            n=int(row["n"]),
            holds=round(row["mean"], 1) == stated[row["init"]] if row["init"] in stated else None,
        )
        for row in averages.to_dict("records")
    ]
    return Finding(tuple(measures))


def figure6_and_text() -> Frames:
    """Variance ratios of Figure 6 beside the text's mean singular values."""
    tables = []
    for init in PAPERS:
        spread = papers_spread("fig06", init)
        ratio = (spread / spread.shift()).dropna().rename("variance_ratio").reset_index()
        tables.append(ratio.assign(init=init, mean=paper.numbers()["jacobian"][init], n=0))
    return (pd.concat(tables, ignore_index=True),)


@rule(
    "C16",
    reads=("jacobian.points",),
    papers=figure6_and_text,
    quantity="ratio of activation variances over mean singular value, median of layers 2 to 5",
)
def corresponds(points: pd.DataFrame, t: Any) -> Finding:
    """points: init, layer, variance_ratio (of a layer over that below), mean (singular value), n."""
    rows = points[(points["layer"] > 1) & points["init"].isin(PAPERS)]
    rows = rows.assign(quotient=rows["variance_ratio"] / rows["mean"])
    medians, n = rows.groupby("init", sort=False)["quotient"].median(), int(rows["n"].min())
    each = [Measure({"init": str(init)}, value, n=n) for init, value in medians.items()]
    farthest = float(medians.iloc[int((medians - 1).abs().to_numpy().argmax())])
    both = len(medians) == len(PAPERS)
    met = bool(abs(farthest - 1) <= t.near) if both else None
    return Finding((*each, Measure({"what": "both, the farther from 1"}, farthest, n=n, holds=met)))
