"""How well a candidate for what the paper doesn't say accounts for one of its curves, and for all of them.

Noise: a residual is measured in units of σ, σ² = reading² + jitter² + 2 seed². `reading` is the error of the
digitised point, `jitter` the paper's own scatter from point to point (`noise.jitter`), `seed` the standard
deviation between networks that differ in nothing but the seed; twice, for the paper's network is one draw and
so is ours. σ is the same for all candidates, so that none is rewarded for being noisy.

One curve is one measurement, however many points it has: points of a curve and layers of a network go wrong
together. Its misfit R is the root mean square of its residuals in σ, and its log likelihood that of Student's
t with FREEDOM degrees of freedom at R. The tails are heavy on purpose: our program is not the authors', and
of two candidates that are both far off neither wins by much. Curves of one kind, such as the activations of
Figure 6 and those at the beginning of Figure 10, are the same quantity of the same network at the same time:
together they weigh as much as one.

Profile: a curve may depend on several unknowns. The likelihood of a candidate is that of the best values of
the others, chosen for each curve by itself, since the paper's figures need not have shared them. Only values
of the others that were tried with every candidate take part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from repro.evidence import EvidenceError
from repro.evidence.noise import jitter

DIMENSIONS = ("inputs", "lr", "init", "gradients", "epoch")
"""The unknowns, as columns; "" where a curve doesn't depend on one."""
POINT = ["curve", "quantity", "layer", "x"]
FREEDOM = 4
DECISIVE = 3.0
"""Difference of log likelihoods from which one candidate is out: 20 times less likely."""
FITS = 3.0
"""Misfit (σ) up to which a curve counts as accounted for."""
Outcome = Literal["settled", "open", "contradictory", "none fits"]


def log_likelihood(misfit: float) -> float:
    """Of one curve, up to a constant, by its misfit in σ."""
    return -(FREEDOM + 1) / 2 * math.log1p(misfit**2 / FREEDOM)


def residuals(ours: pd.DataFrame, papers: pd.DataFrame) -> pd.DataFrame:
    """POINT, kind, network, DIMENSIONS, paper, ours, sigma, residual (in σ), n: where both have a point.

    n: seeds. ours: POINT, kind, network, DIMENSIONS, seed, value. papers: POINT, value, reading, start.
    Values and reading errors are logarithms for all but errors in %. Raises EvidenceError if they have no
    point in common.
    """
    setting = ["kind", "network", *POINT, *DIMENSIONS]
    means = ours.groupby(setting, sort=False)["value"].agg(ours="mean", n="size").reset_index()
    spread = seed_spread(ours)
    both = means.merge(papers.rename(columns={"value": "paper"}), on=POINT)
    if both.empty:
        raise EvidenceError("these runs have no point in common with the paper's curves")
    seed = np.array(
        [spread.get(c, spread.get(k, 0.0)) for c, k in zip(both["curve"], both["kind"], strict=True)]
    )
    scatter = both["curve"].map(papers_jitter(papers)).to_numpy(float)
    sigma = np.sqrt(both["reading"].to_numpy(float) ** 2 + scatter**2 + 2 * seed**2)
    both = both.assign(sigma=sigma, residual=(both["ours"] - both["paper"]) / sigma)
    return both[[*POINT, "kind", "network", *DIMENSIONS, "paper", "ours", "sigma", "residual", "n"]]


def seed_spread(ours: pd.DataFrame) -> dict[str, float]:
    """Standard deviation over seeds, pooled over the networks with several: by curve and by kind of curve."""
    groups = ours.groupby(["kind", "network", *POINT, *DIMENSIONS], sort=False)["value"]
    known = groups.agg(variance="var", n="size").query("n > 1").reset_index()
    known = known.assign(freedom=known["n"] - 1, square=known["variance"] * (known["n"] - 1))
    found: dict[str, float] = {}
    for by in ("kind", "curve"):
        sums = known.groupby(by)[["square", "freedom"]].sum()
        pooled = np.sqrt(sums["square"] / sums["freedom"])
        found |= {str(name): float(value) for name, value in pooled.items()}
    return found


def papers_jitter(papers: pd.DataFrame) -> dict[str, float]:
    """The paper's own scatter along each of its curves, pooled over layers; 0 before training."""
    found: dict[str, float] = {}
    for curve, rows in papers.groupby("curve", sort=False):
        lines = [own.sort_values("x")["value"] for _, own in rows.groupby(["quantity", "layer"])]
        scatter = [j.sd**2 for j in map(jitter, lines) if math.isfinite(j.sd)]
        found[str(curve)] = 0.0 if rows["start"].all() or not scatter else math.sqrt(float(np.mean(scatter)))
    return found


def support(rows: pd.DataFrame, unknown: str) -> pd.DataFrame:
    """Each candidate for one unknown on each curve: candidate, curve, misfit (σ), likelihood (log), points,
    weight (one over the curves of its kind).

    rows: `residuals` of one network. Only curves that speak of every candidate; empty if there are not two.
    """
    rows = rows[rows[unknown] != ""]
    if unknown != "epoch":
        rows = rows[rows["epoch"].isin(("", STATED_EPOCH))]
    candidates = list(dict.fromkeys(rows[unknown]))
    found = []
    for curve, own in rows.groupby("curve", sort=False):
        if own[unknown].nunique() == len(candidates) > 1:
            about = {"curve": curve, "kind": own["kind"].iloc[0]}
            found += [{**about, **row} for row in _profiles(own, unknown, candidates)]
    columns = ["candidate", "curve", "kind", "misfit", "likelihood", "points"]
    table = pd.DataFrame(found, columns=columns)
    weight = 1 / table.groupby("kind")["curve"].transform("nunique")
    return table.assign(weight=weight).drop(columns="kind")


STATED_EPOCH = "20,000"
"""Updates: what the paper says one epoch of its time axes is."""


def _profiles(rows: pd.DataFrame, unknown: str, candidates: Sequence[str]) -> list[dict[str, object]]:
    """A row for each candidate, at the best values of the others; none if the others were never the same."""
    others = [name for name in DIMENSIONS if name != unknown]
    tried = rows.groupby(others)[unknown].transform("nunique")
    rows = rows[tried == len(candidates)]
    if unknown != "epoch" and len(rows):  # at equal x
        settings = rows.groupby(list(DIMENSIONS)).ngroups
        rows = rows[rows.groupby(POINT)["residual"].transform("size") == settings]
    fits = rows.groupby(list(DIMENSIONS))["residual"].agg(
        misfit=lambda r: math.sqrt((r**2).mean()), points="size"
    )
    best = fits.reset_index().sort_values("misfit", kind="stable").groupby(unknown).first()
    if len(best) < len(candidates):
        return []
    return [
        {
            "candidate": name,
            "misfit": float(best.loc[name, "misfit"]),  # type: ignore[arg-type]
            "likelihood": log_likelihood(float(best.loc[name, "misfit"])),  # type: ignore[arg-type]
            "points": int(best.loc[name, "points"]),  # type: ignore[arg-type]
        }
        for name in candidates
    ]


def leads(found: pd.DataFrame) -> pd.DataFrame:
    """`support` with leader (the best of all curves together) and lead (over it, on this curve, nats)."""
    weighed = found.assign(total=found["likelihood"] * found["weight"])
    leader = str(weighed.groupby("candidate", sort=False)["total"].sum().idxmax())
    own = found[found["candidate"] == leader].set_index("curve")["likelihood"]
    return found.assign(leader=leader, lead=found["likelihood"] - found["curve"].map(own))


def outcome(found: pd.DataFrame) -> Outcome:
    """What `leads` of one question come to.

    contradictory: a curve is decisively for another candidate than the leader of all. open: another is
    within DECISIVE of the leader. none fits: the leader's median misfit is above FITS. Else settled.
    """
    totals = total_leads(found)
    others = [lead for name, lead in totals.items() if name != found["leader"].iloc[0]]
    if (found["lead"] >= DECISIVE).any():
        return "contradictory"
    if max(others) > -DECISIVE:
        return "open"
    mine = found[found["candidate"] == found["leader"]]
    return "settled" if mine["misfit"].median() <= FITS else "none fits"


def total_leads(found: pd.DataFrame) -> Mapping[str, float]:
    """Of each candidate, all curves together: 0 for the leader, below for the others."""
    weighed = found.assign(total=found["lead"] * found["weight"])
    sums = weighed.groupby("candidate", sort=False)["total"].sum()
    return {str(name): float(value) for name, value in sums.items()}


def in_doubt(found: pd.DataFrame) -> list[str]:
    """The leader and the candidates that are not decisively behind it, or are decisively ahead on a curve."""
    ahead = set(found.loc[found["lead"] >= DECISIVE, "candidate"])
    return [name for name, lead in total_leads(found).items() if lead > -DECISIVE or name in ahead]
