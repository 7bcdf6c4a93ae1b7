"""D1 to D6: where the paper contradicts itself or leaves open what it needs."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from repro import paper
from repro.evidence import timeline
from repro.evidence.claims.courses import first_above, lowest
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.claims.sigmoid import BATCH, figure2, figure11
from repro.evidence.plateau import CONSTANT
from repro.evidence.verdict import Key, Measure


@rule("D1", reads=(), papers=lambda: (*figure2(), *figure11()), quantity="examples at the escape", figures=2)
def two_escapes(courses: pd.DataFrame, seeds: pd.DataFrame, t: Any) -> Finding:
    """courses: as C1; seeds: as C4. The paper's."""
    top = courses[(courses["layer"] == 4) & (courses["quantity"] == "mean")].sort_values("epoch")
    after = top[top["epoch"] >= lowest(top)]
    first = first_above(after, 2 * float(top["value"].min())) * timeline.epoch_length() * BATCH
    curve = seeds[seeds["model"] == "Sigmoid depth 4"]
    other = float(curve.loc[curve["error"] < CONSTANT - t.clear, "examples"].min())
    apart = bool(first >= t.factor * other)
    figures: list[Key] = [{"figure": "Figure 2"}, {"figure": "Figure 11"}]
    return Finding((Measure(figures[0], first, n=0, holds=apart), Measure(figures[1], other, n=0)))


def ends_and_table() -> Frames:
    """Figure 11's curves, and Table 1's Shapeset column: model, error (%)."""
    table = paper.table1().query("dataset == 'shapeset'")
    return (*figure11(), table[["model", "error"]])


@rule("D2", reads=(), papers=ends_and_table, quantity="end of Figure 11 less Table 1", unit="points")
def table_is_figure(seeds: pd.DataFrame, table: pd.DataFrame, t: Any) -> Finding:
    """seeds: as C4; table: model, error (%). The paper's."""
    measures = []
    for row in table.to_dict("records"):
        name = "Sigmoid depth 5" if row["model"] == "Sigmoid" else row["model"]
        curve = seeds[seeds["model"] == name].sort_values("examples")["error"]
        less = float(curve.iloc[-int(t.points) :].mean()) - row["error"]
        measures.append(Measure({"model": row["model"]}, less, n=0, holds=abs(less) <= t.near))
    return Finding(tuple(measures))


@rule("D3", reads=("hidden_scale.points",), quantity="n Var[W]", figures=4)
def not_eq16(points: pd.DataFrame, t: Any) -> Finding:
    """points: inputs (their range), figure (one of the five, or "All"), c, half (95 %), n (seeds)."""
    measures = []
    for row in points.to_dict("records"):
        out = abs(row["c"] - t.eq16) > row["half"] if row["figure"] == "All" else None
        low, high = row["c"] - row["half"], row["c"] + row["half"]
        of: Key = {"inputs": row["inputs"], "figure": row["figure"]}
        measures.append(Measure(of, row["c"], t.eq16, low, high, int(row["n"]), out))
    return Finding(tuple(measures))


@rule("D4", reads=("fig07.peaks", "fig08.peaks"), quantity="median of our peak over the paper's")
def sums(gradients: pd.DataFrame, weights: pd.DataFrame, t: Any) -> Finding:
    """Each: init, layer, ratio (our peak over the paper's, gradients summed over 10 examples), n (seeds)."""
    measures = []
    for figure, rows in (("Figure 7", gradients), ("Figure 8", weights)):
        own = rows[rows["init"] == "standard"]
        ratio = float(own["ratio"].median())
        near = 1 / t.factor <= ratio <= t.factor
        measures.append(Measure({"figure": figure}, ratio, n=int(own["n"].min()), holds=near))
    return Finding(tuple(measures))


BELONGS = {"Tanh": "[0, 1]", "Softsign": "[-1, 1]"}
"""The range that the paper's curve of a network is said to ask for."""


@rule("D5", reads=("input_range.ends",), quantity="mean distance from the paper's curve", unit="points")
def no_single_range(ends: pd.DataFrame, t: Any) -> Finding:
    """ends: network, inputs, lr, examples, distance (points), n, lost (no run came to its end)."""
    measures = []
    for network in dict.fromkeys([*BELONGS, *ends["network"]]):
        wanted = BELONGS.get(str(network), "")
        own = ends[(ends["network"] == network) & ~ends["lost"].astype(bool)].dropna(subset="distance")
        nearest = own.sort_values("distance").groupby("inputs").first()
        if wanted and len(nearest) < 2:
            return Finding((), f"{network} has no curve to compare with one of the ranges")
        near = float(nearest["distance"].to_dict().get(wanted, math.nan))
        final = bool(own["examples"].min() >= t.enough)
        for row in nearest.reset_index().to_dict("records"):
            judged = wanted and row["inputs"] != wanted  # the other networks are shown
            far = bool(row["distance"] >= t.factor * near) if judged else None
            of: Key = {"network": network, "inputs": row["inputs"]}
            done = final or far is None
            measures.append(Measure(of, row["distance"], n=int(row["n"]), holds=far, final=done))
    return Finding(tuple(measures))


@rule("D6", reads=("input_range.before",), quantity="Var[∂C/∂s] with inputs in [-1, 1] over [0, 1]")
def no_var_x(before: pd.DataFrame, t: Any) -> Finding:
    """before: network, inputs, lr, layer, variance (of ∂C/∂s before training, nats²), n."""
    own = before[before["network"] == "Tanh"].drop_duplicates(["inputs", "layer"])  # rates don't matter yet
    own = own.pivot(index="layer", columns="inputs", values="variance")
    n = int(before["n"].min())
    measures = []
    for layer, row in own.iterrows():
        ratio = float(row.to_dict()["[-1, 1]"]) / float(row.to_dict()["[0, 1]"])
        near = 1 / t.factor <= ratio <= t.factor and not math.isnan(ratio)
        measures.append(Measure({"layer": int(str(layer))}, ratio, n=n, holds=near))
    return Finding(tuple(measures))
