"""How the top layer of a sigmoid network dies and comes back, by the parts of s (claims C1, C3, C6).

Rules, written when the norms of b and W and the activations of such networks were known, but nothing of the
parts that they are about. Of what the constant part b + W m of the outputs' s has learned of log π, π the
frequencies of the classes (by projection, since the start), the share of b is read at two moments: when the
mean output has become π (PRIOR), and when the mean of the top layer is gone (DEAD).

- story (the paper's, section 3.1): the output gets there by its biases: at the first moment b has more than
  MOST of it. lead (ours): by W m, which learns Σ m² times as fast: b has less than 1 - MOST of it. Both can
  fail. speed: by update EARLY, W m has learned Σ m² times as much as b, within a factor of SPEED.
- gone: once the layer is gone b has more than MOST of it.
- pushed (the paper's): by then the varying part W (h - m) of the outputs is at most PUSHED of its start.
- noise (ours): it is not the direction of gradients but their noise that lets h fall. With ten times as many
  examples in a mini-batch the mean of the top layer falls, in as many updates, at most CALMER as far.
- return: it comes from below: after the layer was gone, the varying part of layer 1 has doubled before that
  of the outputs has.

A network that has not come to a moment says nothing about it. Each rule is for every network.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from repro.evidence import EvidenceError
from repro.evidence.plateau import left
from repro.runs.folder import Run

PRIOR = 0.01
"""Divergence of the mean output from the class frequencies, nats, below which it has become them (as C6)."""
DEAD = 0.05
"""Mean of the top layer's activations below which it is gone (as C6)."""
MOST = 2 / 3
EARLY = 10
SPEED = 2.0
PUSHED = 0.5
CALMER = 1 / 3
PARTS = ("s_constant", "s_of_mean", "s_varying", "input_square")
OUTPUTS = ("prior_kl", "prior_kl_constant", "prior_of_bias", "prior_of_mean")


def wide(run: Run) -> pd.DataFrame:
    """Monitor rows of a run: index update, columns (layer, quantity).

    Hidden layers also have s_of_bias, the root mean square of b over units.
    """
    found = run.monitor.pivot(index="update", columns=["layer", "quantity"], values="value").sort_index()
    for layer, units in enumerate(run.experiment.widths, start=1):
        if (layer, "b_norm") in found:
            found[layer, "s_of_bias"] = found[layer, "b_norm"] / math.sqrt(units)
    return found


def measured(run: Run) -> bool:
    """Whether a run has the parts of s. Raises EvidenceError if it should and was made before they were."""
    lacking = {*PARTS, *OUTPUTS} - set(run.monitor["quantity"].unique())
    if run.experiment.monitor.mechanisms and lacking:
        raise EvidenceError(f"{run.path.name} has no {min(lacking)}: remove it to make it again")
    return not lacking


def shares(rows: pd.DataFrame, outputs: int) -> pd.DataFrame:
    """What the outputs (layer `outputs` of `wide`) have learned of log π since the start, by projection.

    Index update; bias, mean (of b and of W m, in shares of what the start left to learn: in sum 1 when all is
    learned) and share (of b in the sum; nan at the start).
    """
    bias, mean = (rows[outputs, f"prior_of_{name}"] for name in ("bias", "mean"))
    ahead = 1 - (bias + mean).iloc[0]
    found = pd.DataFrame({"bias": bias - bias.iloc[0], "mean": mean - mean.iloc[0]}) / ahead
    total = found.sum(axis=1)
    return found.assign(share=(found["bias"] / total).where(total != 0))


def moments(run: Run, rows: pd.DataFrame) -> dict[str, float]:
    """Updates of the first measurements that have come to it, nan if none: prior, dead, escape.

    escape: the test error is off the plateau.
    """
    depth = run.experiment.depth
    kl = rows[depth + 1, "prior_kl"] if (depth + 1, "prior_kl") in rows else pd.Series(dtype=float)
    errors = run.curve.query("split == 'test'").set_index("update")["error"] * 100
    reached = {"prior": kl < PRIOR, "dead": rows[depth, "z_mean"] < DEAD, "escape": left(errors)}
    return {name: float(hit.index[hit].min()) if hit.any() else math.nan for name, hit in reached.items()}


def read(run: Run) -> dict[str, float]:
    """The numbers that the rules judge, of a run with the parts of s; nan for what it has not come to.

    share_prior, share_dead: of b. speed: what W m over b has learned by EARLY, over Σ m² at the start.
    pushed: varying part of the outputs at DEAD over its start. bottom, top: updates after DEAD at which the
    varying parts of layer 1 and of the outputs have doubled since then.
    """
    rows, outputs = wide(run), run.experiment.depth + 1
    at, learned, varying = moments(run, rows), shares(rows, outputs), rows[outputs, "s_varying"]
    found = {f"share_{name}": _at(learned["share"], at[name]) for name in ("prior", "dead")}
    early = learned["mean"] / learned["bias"].where(learned["bias"] != 0)
    found["speed"] = _at(early, EARLY) / rows[outputs, "input_square"].iloc[0]
    found["pushed"] = _at(varying, at["dead"]) / varying.iloc[0]
    for name, layer in (("bottom", 1), ("top", outputs)):
        found[name] = _doubled(rows[layer, "s_varying"], at["dead"])
    return {**at, **found}


def _at(values: pd.Series, update: float) -> float:
    return float(values.get(update, np.nan))


def _doubled(values: pd.Series, since: float) -> float:
    later = values[values.index >= since] if not math.isnan(since) else values.iloc[:0]
    doubled = later.index[later > 2 * later.iloc[0]] if len(later) else later.index
    return float(doubled.min()) if len(doubled) else math.nan


def fall(run: Run, update: int) -> float:
    """By how much the mean of the top layer has fallen from its start to `update`."""
    rows = run.monitor.query("quantity == 'z_mean'")
    top = rows[rows["layer"] == run.experiment.depth].set_index("update")["value"]
    return float(top[0] - top[update]) if update in top.index else math.nan
