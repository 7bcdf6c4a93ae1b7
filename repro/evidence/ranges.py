"""Networks on Shapeset with one range of inputs or the other: curves, ends, escapes from the plateau."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from repro.evidence import EvidenceError, curves, models, selection
from repro.evidence.models import MODELS, Model
from repro.evidence.plateau import PRIOR_ENTROPY, left
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.runs.folder import Run

NETWORKS = ("Tanh", "Tanh N", "Softsign")
"""Those that the page can't do without."""
HIDDEN = "Tanh, n Var[W] = 1.3"
MORE = (HIDDEN, "Softsign N", "Sigmoid depth 4")
"""Shown where they were trained with both ranges. HIDDEN is our reading of the paper's normalized panels."""
KINDS = {**MODELS, HIDDEN: Model(HIDDEN, "tanh", "normalized_hidden", 5)}
CURVES = {HIDDEN: "Tanh N"}
"""Whose curve of the paper stands beside a network, where it isn't its own."""
RANGES = ("[0, 1]", "[-1, 1]")
VARIANT = ["network", "inputs", "lr"]
"""What tells the curves apart."""


class Variant(NamedTuple):
    """One network of the comparison, with its runs."""

    network: str
    inputs: str
    lr: float
    runs: list[Run]


def variants(runs: Runs) -> Iterator[Variant]:
    """Every combination that was trained. Raises EvidenceError if one of NETWORKS lacks one of the ranges."""
    for name in (*NETWORKS, *MORE):
        own = KINDS[name].among(runs)
        parts = {wanted: [run for run in own if selection.inputs(run) == wanted] for wanted in RANGES}
        missing = [wanted for wanted, there in parts.items() if not there]
        if missing and name in MORE:
            continue
        if missing:
            raise EvidenceError(f"no {name} run with inputs in {missing[0]} among the {len(runs)} given")
        for wanted, there in parts.items():
            for lr in sorted({run.experiment.lr for run in there}):
                chosen = KINDS[name].runs([run for run in there if run.experiment.lr == lr])
                yield Variant(name, wanted, lr, chosen)


def before(variant: Variant) -> pd.DataFrame:
    """VARIANT, layer, variance (of ∂C/∂s of single examples, nats²; mean over seeds), n; before training."""
    rows = monitored(variant.runs, "ds_std").query("update == 0")
    means = over_seeds(rows.assign(value=rows["value"] ** 2), "layer").rename(columns={"mean": "variance"})
    return means[["layer", "variance", "n"]].assign(
        network=variant.network, inputs=variant.inputs, lr=variant.lr
    )


def curves_of(runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Curves: VARIANT, source, examples, error (%), low, high (95 %), n, excess (nats). Runs: how each ended.

    excess: test cost less PRIOR_ENTROPY, mean over seeds. The paper's rows have an error only. Runs have the
    columns of `models.endings` and VARIANT. Raises EvidenceError if there is not one point.
    """
    points, known = [], []
    for v in variants(runs):
        rows = curves.points(v.runs).merge(_excess(v.runs), on="examples")
        points.append(rows.assign(network=v.network, inputs=v.inputs, lr=v.lr, source="ours"))
        known.append(models.endings({v.network: v.runs}).assign(network=v.network, inputs=v.inputs))
    ended = pd.concat(known, ignore_index=True)
    if not any(map(len, points)):
        raise EvidenceError(f"no test error after the first update: {', '.join(ended['run'])}")
    printed = curves.papers("fig11").rename(columns={"model": "network"})
    for name in dict.fromkeys(ended["network"]):
        theirs = printed[printed["network"] == CURVES.get(name, name)]
        points.append(theirs.assign(network=name))
    columns = [*VARIANT, "source", "examples", "error", "low", "high", "n", "excess"]
    return pd.concat(points, ignore_index=True)[columns], ended


def _excess(runs: list[Run]) -> pd.DataFrame:
    rows = pd.concat([run.curve.query("split == 'test' and update > 0") for run in runs])
    rows = rows.assign(examples=rows["update"] * runs[0].experiment.batch_size)
    means = over_seeds(rows, "examples", value="cost")
    return pd.DataFrame({"examples": means["examples"], "excess": means["mean"] - PRIOR_ENTROPY})


def _counts(runs: pd.DataFrame) -> pd.DataFrame:
    """VARIANT, runs, diverged (how many), lost: whether none of a variant's runs came to its end."""
    counts = {"runs": ("run", "size"), "diverged": ("diverged", "sum"), "lost": ("diverged", "all")}
    return runs.groupby(VARIANT, sort=False).agg(**counts).reset_index()


def last_points(rows: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The last point of each variant, with the paper's error there, and its distance from the paper's curve.

    VARIANT, runs, diverged, lost, examples, error, low, high, n, excess, paper, distance: mean absolute
    difference of the errors over all our points, the paper's taken between its own; nan before its first.
    A variant that diverged before its first point has nan for all numbers.
    """
    ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    curves_of = dict(list(theirs.sort_values("examples").groupby("network")))
    there = [
        np.interp(seen, curves_of[name]["examples"], curves_of[name]["error"], left=np.nan)
        for name, seen in zip(ours["network"], ours["examples"], strict=True)
    ]
    beside = ours.assign(paper=there, distance=(ours["error"] - there).abs())
    variant = beside.groupby(VARIANT, sort=False)
    ends = variant.tail(1).assign(distance=variant["distance"].mean().to_numpy())
    return _counts(runs).merge(ends.drop(columns="source"), on=VARIANT, how="left")


def escapes(rows: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """When each variant leaves the plateau: VARIANT, n, examples (nan if it never does), last (examples).

    Left out are those that diverged on the plateau, of which nobody knows whether they would have left it.
    """
    ours = rows[rows["source"] == "ours"]
    gone = ours.assign(left=ours["examples"].where(left(ours["error"])))
    groups = gone.groupby(VARIANT, sort=False)
    found = groups.agg(n=("n", "min"), examples=("left", "min"), last=("examples", "max")).reset_index()
    found = found.merge(_counts(runs)[[*VARIANT, "lost"]], on=VARIANT)
    return found[found["examples"].notna() | ~found["lost"]].drop(columns="lost")
