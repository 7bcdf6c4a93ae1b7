"""C8 to C10: where and when units saturate (sections 3.2 and 3.3; Figures 3 and 4)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import timeline
from repro.evidence.claims.courses import at, first_above
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.verdict import Key, Measure

FLAT = {"tanh": math.sqrt(0.9), "softsign": 1 - math.sqrt(0.1)}
"""|z| from which the slope of each is below a tenth of its largest: 1 - z^2, and (1 - |z|)^2."""


def figure3() -> Frames:
    """The paper's Figure 3 as `courses`, with the share of flat units of Figure 4 at its end."""
    parts = []
    for activation in ("tanh", "softsign"):
        rows = timeline.papers(f"fig03_{activation}", ("std", "p98"))
        end = figure4()[0].query("network == @activation")
        flat = end[end["x"].abs() > FLAT[activation]].groupby("layer")["density"].sum()
        share = (flat / end.groupby("layer")["density"].sum()).rename("value").reset_index()
        last = share.assign(quantity="saturated", epoch=float(rows["epoch"].max()))
        parts.append(pd.concat([rows, last]).assign(activation=activation, inputs="", wide=False))
    return (pd.concat(parts, ignore_index=True).assign(half=math.nan, n=0).drop(columns="source"),)


def figure4() -> Frames:
    """The paper's Figure 4 as `points` and `networks`."""
    parts = []
    for activation in ("tanh", "softsign"):
        rows = paper.curve(f"fig04_{activation}").query("quantity == 'density' and quality != 'hidden'")
        parts.append(rows[["x", "y", "layer"]].rename(columns={"y": "density"}).assign(network=activation))
    end = float(paper.numbers()["fig03"]["last_epoch"])
    names = ["tanh", "softsign"]
    networks = pd.DataFrame({"network": names, "activation": names, "epochs": end})
    return pd.concat(parts, ignore_index=True).assign(n=0), networks


def _layers(rows: pd.DataFrame, quantity: str) -> dict[int, pd.DataFrame]:
    own = rows[rows["quantity"] == quantity].sort_values("epoch")
    return {int(str(layer)): curve for layer, curve in own.groupby("layer")}


@rule(
    "C8",
    reads=("fig03.courses",),
    papers=figure3,
    quantity="epoch at which the 98 percentile of z has passed the level",
    figures=2,
)
def upwards(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: activation, wide, layer, quantity ("std", "p98", "saturated"), epoch, value, n."""
    layers = _layers(courses[(courses["activation"] == "tanh") & ~courses["wide"]], "p98")
    passed = {layer: first_above(curve, t.saturated) for layer, curve in layers.items()}
    n = int(courses["n"].min())
    reached = min(float(curve["epoch"].max()) for curve in layers.values())
    measures = []
    for layer, epoch in passed.items():
        done, over = not math.isnan(epoch), reached >= t.last
        holds = bool(epoch <= t.last) if done else False if over else None
        if layer == max(passed):
            holds, over = None, True  # shown: the paper's passes after its last point
        measures.append(Measure({"layer": layer}, epoch, n=n, holds=holds, final=done or over))
    for layer in list(passed)[1:]:
        below, own = passed[layer - 1], passed[layer]
        undecided = math.isnan(own) and math.isnan(below)
        holds = None if undecided else math.isnan(own) or below < own
        of: Key = {"what": "later than the layer below, by", "layer": layer}
        measures.append(Measure(of, own - below, n=n, holds=holds, final=not undecided or reached >= t.last))
    return Finding(tuple(measures))


@rule("C9", reads=("fig03.courses",), papers=figure3, quantity="softsign", figures=2)
def together(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: as C8, with inputs; softsign is judged with each range of inputs."""
    tanh = courses[(courses["activation"] == "tanh") & ~courses["wide"]]
    n, apart = int(courses["n"].min()), _apart(tanh, t.bend)
    reached = float(courses.loc[courses["quantity"] == "p98", "epoch"].max())
    if reached < t.bend:
        return Finding((), f"trained for {timeline.span(reached)}; the layers rise fast for {t.bend}")
    over = reached >= t.last
    flat = _flat(tanh)
    measures = []
    for inputs, rows in courses[courses["activation"] == "softsign"].groupby("inputs", sort=False):
        of = {"inputs": str(inputs)} if inputs else {}
        layers = _layers(rows, "p98")
        rises = [_early_rise(curve, t.bend, t.last) for curve in layers.values()]
        spread = _apart(rows, t.bend) / apart
        top = max(float(curve["value"].max()) for curve in layers.values())
        measures += [
            Measure({**of, "what": "least share of the rise by the bend"}, min(rises), n=n,
                    holds=min(rises) >= t.share if over else None, final=over),
            Measure({**of, "what": "layers apart at the bend, over tanh's"}, spread, n=n,
                    holds=spread <= t.together),
            Measure({**of, "what": "largest 98 percentile"}, top, n=n, holds=top < t.saturated,
                    final=over or top >= t.saturated),
            Measure({**of, "what": "share of flat units over tanh's"}, _flat(rows) / flat, n=n,
                    holds=_flat(rows) < flat, final=over),
        ]  # fmt: skip
    return Finding(tuple(measures))


def _apart(rows: pd.DataFrame, epoch: float) -> float:
    """Distance of the largest from the smallest 98 percentile of a network at this epoch."""
    values = [at(curve, epoch) for curve in _layers(rows, "p98").values()]
    return max(values) - min(values)


def _early_rise(curve: pd.DataFrame, bend: float, last: float) -> float:
    """Which share of its rise up to `last` a curve has made by `bend`."""
    start = float(curve["value"].iloc[0])
    return (at(curve, bend) - start) / (at(curve, last) - start)


def _flat(rows: pd.DataFrame) -> float:
    """Share of units with a slope below a tenth of the largest at the end, mean over layers."""
    return float(np.mean([curve["value"].iloc[-1] for curve in _layers(rows, "saturated").values()]))


@rule(
    "C10",
    reads=("fig04.points", "fig04.networks"),
    papers=figure4,
    quantity="at the end of training",
    figures=2,
)
def ends(points: pd.DataFrame, networks: pd.DataFrame, t: Any) -> Finding:
    """points: network, layer, x, density (in cells 0.01 wide), n. networks: network, activation, epochs (of
    training). A network of which all runs diverged has no points."""
    reached = float(networks["epochs"].min())
    if reached < t.bend:
        return Finding((), f"trained for {timeline.span(reached)}; the layers move fast for {t.bend}")
    measures = []
    kinds = networks.set_index("network")["activation"].to_dict()
    for (network, layer), rows in points.groupby(["network", "layer"], sort=False):
        for what, value, holds in _end(str(kinds[network]), int(str(layer)), rows, t):
            of: Key = {"network": str(network), "what": what, "layer": int(str(layer))}
            measures.append(Measure(of, value, n=int(rows["n"].min()), holds=holds, final=reached >= t.last))
    lost = set(networks["network"]) - set(points["network"])
    return Finding(tuple(measures), f"{', '.join(sorted(lost))} diverged" if lost else "")


def _end(activation: str, layer: int, rows: pd.DataFrame, t: Any) -> list[tuple[str, float, bool]]:
    """What the claim says of this layer: what, value, whether it holds; nothing for softsign's upper two."""
    beyond = float(rows.loc[rows["x"].abs() > t.edge, "density"].sum() / rows["density"].sum())
    place, height = mode(rows)
    if activation == "tanh" and layer <= 3:
        return [
            ("mass in the spikes", beyond, beyond >= t.mass),
            ("rise to ±1", spike(rows), spike(rows) > 1),
        ]
    if activation == "tanh":
        return [("mode of |z|", place, place < t.near)]
    if layer > 3:
        return []
    dip = float(rows.loc[rows["x"].abs() < 0.02, "density"].mean()) / height
    return [
        ("mode of |z|", place, bool(t.near <= place <= t.far)),
        ("density at 0 over that at the mode", dip, dip <= t.dip),
        ("mass beyond the edge", beyond, beyond <= t.trace),
    ]


def mode(rows: pd.DataFrame) -> tuple[float, float]:
    """Middle of the cell of |z|, 0.1 wide, with the highest density, and how high it is."""
    means = rows.groupby((rows["x"].abs() * 10).clip(upper=9.999).astype(int))["density"].mean()
    cell = int(means.to_numpy().argmax())
    return float(np.asarray(means.index)[cell]) / 10 + 0.05, float(means.iloc[cell])


def spike(rows: pd.DataFrame) -> float:
    """Density in the last cells of width 0.02 on either side over that from .8 to .96; nan if both are 0."""
    size = rows["x"].abs()
    last, before = rows[size > 0.98], rows[size.between(0.8, 0.96)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.divide(last["density"].mean(), before["density"].mean()))
