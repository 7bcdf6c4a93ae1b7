"""C19: softsign beside normalized tanh, by how their activations evolve (section 4.3, Figures 3 and 10)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from repro.evidence import timeline
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.saturation import rises
from repro.evidence.verdict import Measure

RANGES = ("[0, 1]", "[-1, 1]")


def figures_3_and_10() -> Frames:
    """The paper's curves, which have one range of inputs, as either: it isn't stated."""
    tables = [
        timeline.papers(curve, ["std"]).assign(activation=activation, init=init, inputs=inputs)
        for curve, activation, init in (
            ("fig10", "tanh", "normalized"),
            ("fig03_softsign", "softsign", "standard"),
            ("fig03_tanh", "tanh", "standard"),
        )
        for inputs in RANGES
    ]
    rows = pd.concat(tables).drop(columns="source").assign(n=0)
    normalized = rows["init"] == "normalized"
    return rows[normalized], rows[~normalized]


def apart(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Root mean square difference of two networks' courses, layer by layer, at the whole epochs of both."""
    epochs = one.index.intersection(other.index)
    differences = (one.loc[epochs] - other.loc[epochs]).to_numpy()
    return math.sqrt(float(np.square(differences).mean())) if differences.size else math.nan


def unlike_each_other(one: pd.DataFrame) -> float:
    """Root mean square distance of the layers' courses from the mean course."""
    return math.sqrt(float(np.square(one.sub(one.mean(axis=1), axis=0).to_numpy()).mean()))


@rule(
    "C19",
    reads=("fig10.courses", "fig10.beside"),
    papers=figures_3_and_10,
    quantity="share of what sets standard tanh apart",
    figures=2,
)
def alike(normalized: pd.DataFrame, standard: pd.DataFrame, t: Any) -> Finding:
    """Both: activation, init, inputs, layer, quantity ("std"), epoch, value, n; tanh N, and the others."""
    both = pd.concat([normalized, standard])
    end = float(both.groupby(["activation", "init", "inputs"])["epoch"].max().min())
    if end < t.early:
        return Finding((), f"trained for {timeline.span(end)}, less than {t.early}")
    both = both[both["epoch"].isin(_shared(both, end))]
    courses = {
        (str(a), str(i), str(r)): rises(rows)
        for (a, i, r), rows in both.groupby(["activation", "init", "inputs"])
    }
    far, n, final = courses["tanh", "standard", RANGES[0]], int(both["n"].min()), bool(end >= t.last)
    measures = []
    for inputs in RANGES:
        own, like = (courses.get((*of, inputs)) for of in (("softsign", "standard"), ("tanh", "normalized")))
        shape = together = math.nan
        if own is not None and like is not None:
            shape = apart(own, like) / apart(own, far)
            together = unlike_each_other(own) / unlike_each_other(far)
        for what, value, limit in (("shape", shape, t.shape), ("synchrony", together, t.together)):
            known = not math.isnan(value)
            holds = bool(value <= limit) if known else None
            measures.append(Measure({"inputs": inputs, "what": what}, value, n=n, holds=holds,
                                    final=final and known))  # fmt: skip
    return Finding(tuple(measures))


def _shared(rows: pd.DataFrame, end: float) -> list[float]:
    """Epochs up to `end` that every network has; the early measurements of single updates are left out."""
    networks = rows[rows["epoch"] <= end].groupby(["activation", "init", "inputs"])["epoch"]
    shared = set.intersection(*(set(epochs) for _, epochs in networks))
    return [epoch for epoch in shared if epoch == round(epoch)]
