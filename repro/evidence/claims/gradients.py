"""C17 and C18: gradients of the layers while tanh networks learn (section 4.3, Figure 9)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from repro.evidence import timeline
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.inits import INITS, PAPERS
from repro.evidence.verdict import Measure


def trend(courses: pd.DataFrame) -> pd.Series:
    """Slope of log10 Var[∂C/∂s] over the layers, per layer, by epoch; positive: smaller towards the input.

    courses: quantity ("ds"), layer, epoch, value.
    """
    ds = courses[courses["quantity"] == "ds"]
    wide = ds.pivot(index="epoch", columns="layer", values="value").dropna()
    log_variance = 2 * np.log10(wide.to_numpy())
    return pd.Series(np.polyfit(wide.columns.to_numpy(float), log_variance.T, 1)[0], index=wide.index)


@rule("C17", reads=("fig09.courses",), quantity="trend of Var[∂C/∂s] over the layers", figures=2)
def reversal(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: init, wide, layer, quantity ("ds"), epoch, value, n."""
    own = courses[(courses["init"] == "standard") & ~courses["wide"]]
    slopes, n = trend(own), int(own["n"].min())
    smooth = slopes.rolling(t.window, center=True, min_periods=1).median()
    end = float(smooth.index.max())
    level = float(smooth.index[smooth <= 0].min())
    falling = smooth >= 0
    last_rise = float(smooth.index[falling].max()) if falling.any() else -math.inf
    since = float(smooth.index[smooth.index > last_rise].min())
    gone = level <= t.soon
    stays = not math.isnan(since)
    late = last_rise > t.soon
    factor = "factor per layer, towards the input"
    over = end >= t.soon
    return Finding(
        (
            Measure({"what": "level at epoch"}, level, n=n, holds=gone if gone or over else None,
                    final=gone or over),
            Measure({"what": "reversed for good from epoch"}, since, n=n,
                    holds=False if late else stays if over else None, final=late or end >= t.last),
            Measure({"what": factor, "epoch": 0.0}, 10 ** -float(slopes.iloc[0]), n=n),
            Measure({"what": factor, "epoch": end}, 10 ** -float(slopes.iloc[-1]), n=n),
        )
    )  # fmt: skip


def figure9() -> Frames:
    """The paper's two panels as `courses` of ∂C/∂W."""
    tables = [timeline.papers(f"fig09_{init}", ["std"]).assign(init=init, quantity="dW") for init in PAPERS]
    return (pd.concat(tables).drop(columns="source").assign(wide=False, n=0),)


@rule(
    "C18",
    reads=("fig09.courses",),
    papers=figure9,
    quantity="std of ∂C/∂W, the layer with the largest over that with the smallest",
    figures=2,
)
def divergence(courses: pd.DataFrame, t: Any) -> Finding:
    """courses: init, wide, layer, quantity ("dW"), epoch, value, n."""
    dW = courses[(courses["quantity"] == "dW") & ~courses["wide"]]
    ends = dW.groupby("init")["epoch"].max()
    end, n = float(ends.min()), int(dW["n"].min())
    if end < t.early:
        return Finding((), f"trained for {timeline.span(end)}")
    final = end >= t.last
    measures, growth = [], {}
    for init in (init for init in INITS if init in ends):
        own = dW[dW["init"] == init]
        late = own[own["epoch"].between(0.75 * end, end)].groupby("layer")["value"].mean()
        start = own[own["epoch"] == own["epoch"].min()].set_index("layer")["value"]
        growth[init] = _spread(late) / _spread(start)
        of = {"init": init, "what": "growth"}
        grown = bool(growth[init] >= t.growth) if init == "standard" else None
        measures.append(Measure(of, growth[init], n=n, holds=grown, final=final))
        if init == "standard":
            down = bool(late.idxmax() == late.index.min() and late.iloc[-1] <= (1 + t.near) * late.min())
            of = {"init": init, "what": "layer 1 over layer 5 at the end"}
            measures.append(Measure(of, late.iloc[0] / late.iloc[-1], n=n, holds=down, final=final))
    more = growth["standard"] / growth["normalized"]
    faster = more > 1 and not math.isclose(more, 1)
    of = {"what": "growth, standard over normalized"}
    return Finding((*measures, Measure(of, more, n=n, holds=faster, final=final)))


def _spread(std: pd.Series) -> float:
    return float(std.max() / std.min())
