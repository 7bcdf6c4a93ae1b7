"""C29 to C31: depth, other data, one object: what the paper says about its choice of setting (section 2)."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from repro.evidence import densities
from repro.evidence.claims.contrasts import SYMMETRIC, known, seen
from repro.evidence.claims.courses import fallen
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.claims.sigmoid import figure2
from repro.evidence.noise import end
from repro.evidence.verdict import Key, Measure


@rule("C29", reads=("depth.depths",), quantity="validation error at the depth expected, less the lowest",
      unit="points")  # fmt: skip
def depth(depths: pd.DataFrame, t: Any) -> Finding:
    """depths: model, depth, seed, examples, valid (%)."""
    measures = []
    wanted = {**dict.fromkeys(SYMMETRIC, int(t.deepest)), "Sigmoid": int(t.sigmoid)}
    for model, best in wanted.items():
        rows = depths[depths["model"] == model]
        errors = {int(str(d)): float(v) for d, v in rows.groupby("depth")["valid"].mean().items()}
        of: Key = {"model": model, "depth": best}
        if best not in errors:
            measures.append(Measure(of, math.nan, final=False))
            continue
        excess = errors[best] - min(errors.values())
        near = excess <= t.points
        complete = set(range(int(t.first), int(t.deepest) + 1)) <= set(errors)
        n, whole = int(rows.groupby("depth")["seed"].nunique().min()), bool(rows["examples"].min() >= LENGTH)
        holds = near if complete or not near else None
        measures.append(Measure(of, excess, n=n, holds=holds, final=whole and complete))
    return Finding(tuple(measures))


LENGTH = 25_000_000
"""Examples of the paper's Figure 11; it compared depths after twice as many."""


def elsewhere() -> Frames:
    """The paper's Figures 6, 7 and 2 as `points` and `courses`: Shapeset."""
    parts = []
    for figure, quantity in (("fig06", "z"), ("fig07", "ds")):
        for init in ("standard", "normalized"):
            spread = densities.papers_spread(figure, init).sort_index()
            value = spread / spread.iloc[0 if quantity == "z" else -1]
            rows = value.rename("value").rename_axis("layer").reset_index()
            parts.append(rows.assign(init=init, quantity=quantity))
    points = pd.concat(parts, ignore_index=True).assign(dataset="shapeset", half=math.nan, n=0)
    return points, figure2()[0].assign(dataset="shapeset")


@rule("C30", reads=("other_data.points", "other_data.courses"), papers=elsewhere, quantity="by data set")
def alike(points: pd.DataFrame, courses: pd.DataFrame, t: Any) -> Finding:
    """points: dataset, init, quantity (z: over layer 1's; ds: over the top's), layer, value (variance), n;
    before training. courses: dataset, layer, quantity ("mean"), epoch, value, half, n; sigmoid, depth 4."""
    measures = []
    for dataset, rows in points.groupby("dataset", sort=False):
        top = int(rows["layer"].max())
        wanted = (("standard", "z", top), ("standard", "ds", 1), ("normalized", "ds", 1))
        for init, quantity, layer in wanted:
            one = rows.query("init == @init and quantity == @quantity and layer == @layer").iloc[0]
            value = float(one["value"])
            holds = 1 / t.flat <= value <= t.flat if init == "normalized" else value <= 1 / t.fall
            what = f"Var {quantity}, layer {layer} over {1 if layer == top else top}"
            of: Key = {"dataset": str(dataset), "what": f"{init}, {what}"}
            measures.append(Measure(of, value, n=int(one["n"]), holds=holds))
    for dataset, rows in courses[courses["quantity"] == "mean"].groupby("dataset", sort=False):
        top = rows[rows["layer"] == rows["layer"].max()].sort_values("epoch")
        of = {"dataset": str(dataset), "what": "sigmoid, lowest mean of the top layer"}
        measures.append(fallen(top, t.down, t.early, of))
    return Finding(tuple(measures))


@rule("C31", reads=("one_object.curves",), quantity="test error, one object over one or two")
def one_object(curves: pd.DataFrame, t: Any) -> Finding:
    """curves: network, objects ("one", "one or two"), init, seed, examples, error (%)."""
    found, final = known(curves), seen(curves) >= t.last
    ends = {name: sum(map(end, seeds.values())) / len(seeds) for name, seeds in found.items()}
    names = {
        (str(row["init"]), str(row["objects"])): str(row["network"])
        for row in curves[["init", "objects", "network"]].drop_duplicates().to_dict("records")
    }
    measures = []
    for init in dict.fromkeys(init for init, _ in names):
        ratio = ends[names[init, "one"]] / ends[names[init, "one or two"]]
        n = min(len(found[names[init, objects]]) for objects in ("one", "one or two"))
        measures.append(Measure({"init": init}, ratio, n=n, holds=ratio <= t.share, final=final))
    return Finding(tuple(measures))
