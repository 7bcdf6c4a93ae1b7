"""C1 to C6: a sigmoid network on its plateau, and how it leaves it (section 3.1; Figures 2 and 11)."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from repro import paper
from repro.evidence import curves, timeline
from repro.evidence.biases import needed
from repro.evidence.claims.courses import at, fallen, first_below, lowest
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.plateau import CONSTANT
from repro.evidence.statistics import interval
from repro.evidence.verdict import Measure

BATCH = int(paper.numbers()["setting"]["batch_size"])


def figure2() -> Frames:
    """The paper's Figure 2 as `courses`: depth 4 only; no intervals, no seeds."""
    rows = timeline.papers("fig02", ("mean", "std"))
    return (rows.assign(depth=4, half=float("nan"), n=0).drop(columns="source"),)


def _mean(courses: pd.DataFrame, layer: int) -> pd.DataFrame:
    chosen = (courses["layer"] == layer) & (courses["quantity"] == "mean")
    return courses[chosen].sort_values("epoch")


@rule("C1", reads=("fig02.courses",), papers=figure2, quantity="lowest mean of the top layer's z by then")
def collapse(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: depth, layer, quantity ("mean", "std"), epoch, value, half, n; of depths 4 and 5.

    The paper's (n = 0) are of depth 4 only; ours that are missing leave the claim open.
    """
    measures = []
    if (courses["n"] > 0).any():
        missing = sorted({4, 5} - set(courses["depth"]))
        measures += [Measure({"depth": depth}, math.nan, holds=None, final=False) for depth in missing]
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


def figure2_escape() -> Frames:
    """Figure 2 with the moment at which the paper says that the network leaves its plateau.

    The figure shows no error: here it falls then to that of the end of Figure 11.
    """
    printed, at_end = paper.numbers()["fig02"], float(paper.curve("fig11")["y"].min())
    errors = {
        "epoch": [0, printed["escape_epoch"], printed["last_epoch"]],
        "error": [CONSTANT, at_end, at_end],
    }
    return (*figure2(), pd.DataFrame(errors))


@rule("C3", reads=("fig02.courses", "fig02.errors"), papers=figure2_escape, quantity="depth 4")
def comeback(courses: pd.DataFrame, errors: pd.DataFrame, t: Any) -> Finding:
    """courses: as C1; depth 4 is judged. errors: epoch, error (test, %), depth 4."""
    rows = courses[courses["depth"] == 4]
    n, epoch = int(rows["n"].min()), timeline.epoch_length() * BATCH  # examples
    escape = first_below(errors.rename(columns={"error": "value"}), CONSTANT - t.clear)
    over = bool(errors["epoch"].max() * epoch >= t.last) if len(errors) else False
    seen = escape * epoch
    holds = bool(t.early <= seen <= t.last) if not math.isnan(seen) else False if over else None
    first = Measure({"what": "examples at the escape"}, seen, n=n, holds=holds, final=holds is not None)
    if math.isnan(escape):
        return Finding((first,))
    std = rows[(rows["layer"] == 1) & (rows["quantity"] == "std")].sort_values("epoch")
    growth = at(std, escape) / float(std["value"].iloc[0])
    around = [at(std, factor * escape) for factor in (t.before, t.after)]
    known = bool(std["epoch"].max() >= t.after * escape)
    rising = bool(around[1] > around[0]) if known else None
    ratio = around[1] / around[0] if known else math.nan
    return Finding(
        (
            first,
            Measure({"what": "std of layer 1, times its start"}, growth, n=n, holds=growth >= t.growth),
            Measure({"what": "std after over before the escape"}, ratio, n=n, holds=rising, final=known),
        )
    )


def figure11() -> Frames:
    """The paper's Figure 11 as `seeds`: one seed."""
    rows = curves.papers("fig11").drop(columns="source")
    return (rows.assign(dataset="shapeset", seed=0),)


@rule("C4", reads=("fig11.seeds",), papers=figure11, quantity="lowest test error", unit="%")
def stuck(seeds: pd.DataFrame, t: Any) -> Finding:
    """seeds: model, seed, examples, error (%). Depth 5 is judged, each seed."""
    measures = []
    for seed, curve in seeds[seeds["model"] == "Sigmoid depth 5"].groupby("seed"):
        low, seen = float(curve["error"].min()), int(curve["examples"].max())
        escaped = low < CONSTANT - t.clear
        holds = False if escaped else True if seen >= t.early else None
        final = escaped or seen >= t.last
        measures.append(Measure({"seed": int(str(seed))}, low, holds=holds, final=final))
    early = "no escape, but so early even the paper's depth 4 has not left the plateau"
    undecided = all(measure.holds is None for measure in measures)
    return Finding(tuple(measures), early if undecided else "", any(m.holds is False for m in measures))


@rule("C5", reads=("pretraining.courses",), quantity="lowest mean of the top layer's z")
def pretrained(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: depth, pretrained, layer, quantity ("mean"), epoch, value, half, n."""
    measures = []
    for (depth, trained), rows in courses.groupby(["depth", "pretrained"]):
        top = _mean(rows, int(str(depth)))
        until = top[top["epoch"] <= t.late]
        found = until.iloc[int(until["value"].to_numpy().argmin())]
        fell = bool(found["value"] < t.down)
        over = fell or bool(top["epoch"].max() >= t.late)
        of = {"pre-trained": "pre-trained" if trained else "not pre-trained", "depth": int(str(depth))}
        holds = not fell if trained and over else None
        measures.append(timeline.measure(of, found, holds=holds, final=over or not trained))
    return Finding(tuple(measures))


@rule("C6", reads=("fig02.courses", "fig02.errors", "fig02.biases"), quantity="depth 4")
def constant_first(courses: pd.DataFrame, errors: pd.DataFrame, biases: pd.DataFrame, t: Any) -> Finding:
    """courses: as C1. errors: epoch, excess (test cost less the classes' entropy, nats), depth 4. biases:
    share (of what an answer by biases alone needs, when the top layer's mean has halved), a row for each run.
    """
    rows = courses[courses["depth"] == 4]
    n, top = int(rows["n"].min()), _mean(rows, 4)
    known = float(first_below(errors.rename(columns={"excess": "value"}), t.kl))
    gone = first_below(top, t.gone)
    first = None if math.isnan(known) and math.isnan(gone) else not known > gone and not math.isnan(known)
    measures = [
        Measure({"what": "epoch at which the answer is the classes' frequencies"}, known, n=n, holds=first,
                final=first is not None),
        Measure({"what": f"epoch at which the top layer's mean is below {t.gone:g}"}, gone, n=n),
    ]  # fmt: skip
    share = biases["share"].dropna()
    of = {"what": f"‖b‖ of the {needed():.2f} needed, when the mean has halved"}
    if share.empty:
        measures.append(Measure(of, math.nan, n=n, final=False))
    else:
        found = interval(share)
        held = found.mean > t.share
        measures.append(Measure(of, found.mean, low=found.low, high=found.high, n=found.n, holds=held))
    return Finding(tuple(measures))
