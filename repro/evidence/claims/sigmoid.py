"""C1 and C2: what happens to the layers of a sigmoid network on its plateau (section 3.1, Figure 2)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from repro.evidence import timeline
from repro.evidence.claims.courses import fallen, first_below, lowest
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.verdict import Measure


def figure2() -> Frames:
    """The paper's Figure 2 as `courses`: depth 4 only; no intervals, no seeds."""
    rows = timeline.papers("fig02", ("mean", "std"))
    return (rows.assign(depth=4, half=float("nan"), n=0).drop(columns="source"),)


def _mean(courses: pd.DataFrame, layer: int) -> pd.DataFrame:
    chosen = (courses["layer"] == layer) & (courses["quantity"] == "mean")
    return courses[chosen].sort_values("epoch")


@rule("C1", reads=("fig02.courses",), papers=figure2, quantity="lowest mean of the top layer's z by then")
def collapse(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: depth, layer, quantity ("mean", "std"), epoch, value, half, n; of depths 4 and 5."""
    measures = []
    for depth, rows in courses.groupby("depth"):
        top = _mean(rows, int(str(depth)))
        for limit, epoch in ((t.down, t.early), (t.gone, t.late)):
            measures.append(fallen(top, limit, epoch, {"depth": int(str(depth)), "epoch": epoch}))
    return Finding(tuple(measures))


@rule("C2", reads=("fig02.courses",), papers=figure2, quantity="median of the mean of z over the plateau")
def order(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: as C1; depth 4 is judged."""
    rows = courses[courses["depth"] == 4]
    top = _mean(rows, 4)
    final = bool(top["epoch"].max() >= t.late)
    on = rows[rows["epoch"].between(first_below(top, t.down), lowest(top))]
    if on.empty:
        return Finding((), f"the top layer's mean has not fallen below {t.down} yet")
    n = int(rows["n"].min())
    median = {layer: float(_mean(on, layer)["value"].median()) for layer in (1, 2, 3)}
    above = [
        Measure({"layer": layer}, value, n=n, holds=value > t.middle, final=final)
        for layer, value in median.items()
    ]
    steps = [
        Measure({"what": "step to the layer above", "layer": layer}, step, n=n, holds=step > 0, final=final)
        for layer, step in ((layer, median[layer + 1] - median[layer]) for layer in (1, 2))
    ]
    return Finding((*above, *steps))
