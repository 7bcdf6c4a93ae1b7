"""C32: is a plateau always one of saturated units, and does it end when they come out of saturation?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from repro import paper
from repro.evidence import timeline
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.claims.sigmoid import BATCH, figure2
from repro.evidence.plateau import CONSTANT
from repro.evidence.verdict import Key, Measure

KEY = ["network", "inputs", "lr"]
FLAT = (1 - math.sqrt(0.9)) / 2
"""z below which a sigmoid's slope is below a tenth of its largest: z (1 - z) = 0.1 / 4."""


def figure2_states() -> Frames:
    """Figure 2 as `plateaus`: flat units by a normal distribution with each layer's mean and std."""
    (rows,) = figure2()
    wide = rows.pivot(index=["epoch", "layer"], columns="quantity", values="value").dropna().reset_index()
    low = stats.norm.cdf((FLAT - wide["mean"]) / wide["std"])
    high = stats.norm.sf((1 - FLAT - wide["mean"]) / wide["std"])
    examples = wide["epoch"] * timeline.epoch_length() * BATCH
    states = wide[["layer"]].assign(examples=examples, saturated=low + high, network="Sigmoid depth 4")
    epoch = timeline.epoch_length() * BATCH  # examples
    escape = paper.numbers()["fig02"]["escape_epoch"] * epoch
    times = [0, escape - epoch, escape, examples.max()]
    errors = pd.DataFrame({"examples": times, "error": [CONSTANT, CONSTANT, 0.0, 0.0]})
    return tuple(rows.assign(network="Sigmoid depth 4", inputs="", lr=0.0, n=0) for rows in (states, errors))


@rule(
    "C32",
    reads=("fig02.states", "fig02.test_errors", "input_range.states", "input_range.test_errors"),
    papers=lambda: (*figure2_states(), *(frame.iloc[:0] for frame in figure2_states())),
    quantity="share of the plateau with a saturated layer; end of saturation over end of plateau",
    figures=2,
)
def explained(
    states: pd.DataFrame, errors: pd.DataFrame, more: pd.DataFrame, more_errors: pd.DataFrame, t: Any
) -> Finding:
    """states: network, inputs (empty: not stated), lr (0: not stated), layer, examples, saturated (share of
    units), n. errors: network, inputs, lr, examples, error (test, %). Twice, from two exhibits: of a network
    that both have the first counts."""
    measures, refuted = [], False
    known = {key: rows for key, rows in _joined(errors, more_errors).groupby(KEY)}
    for key, own in _joined(states, more).groupby(KEY, sort=False):
        found = _plateau(own, known[key], _of(key), t)
        measures += found
        refuted |= any(m.of["what"] == SHARE and m.holds is False and m.final for m in found)
    none = "" if measures else f"no network stays on the plateau for {t.long:,} examples"
    return Finding(tuple(measures), none, refuted)


def _joined(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    known = pd.MultiIndex.from_frame(one[KEY])
    return pd.concat([one, other[~pd.MultiIndex.from_frame(other[KEY]).isin(known)]])


SHARE, END = "share of the plateau with a saturated layer", "end of saturation over end of plateau"


def _of(key: Any) -> dict[str, str | int | float]:
    return {name: value for name, value in zip(KEY, key, strict=True) if value}


def _plateau(states: pd.DataFrame, errors: pd.DataFrame, of: Key, t: Any) -> list[Measure]:
    """What there is of one network; nothing if it doesn't stay on the plateau for long enough."""
    left = errors.loc[errors["error"] < CONSTANT - t.clear, "examples"].min()
    until = float(errors["examples"].max() if math.isnan(left) else left)
    wide = states.pivot(index="examples", columns="layer", values="saturated").sort_index()
    on = wide[wide.index <= until]
    stayed = float(errors.loc[~(errors["examples"] >= left), "examples"].max())  # it left by the next point
    if not stayed >= t.long or len(on) < 2:
        return []
    spans = np.diff(np.append(on.index.to_numpy(float), until))
    share = float((spans * (on.max(axis=1) > 0.5)).sum() / spans.sum())
    n, over = int(states["n"].min()), not math.isnan(left)
    held = share >= t.most
    found = [Measure({**of, "what": SHARE}, share, n=n, holds=held, final=over)]
    if over and held:
        worst = (on > 0.5).sum().idxmax()  # the layer that is saturated for longest
        flat = wide[worst]
        after = flat.index[(flat.index >= flat.idxmax()) & (flat < 0.5)]
        ratio = float(after.min() / left) if len(after) else math.nan
        near = bool(abs(ratio - 1) <= t.same)
        decided = near or wide.index.max() >= (1 + t.same) * left
        found.append(Measure({**of, "what": END}, ratio, n=n, holds=near if decided else None, final=decided))
    return found
