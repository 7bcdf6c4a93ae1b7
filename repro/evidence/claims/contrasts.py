"""C7, C11, C23 to C27: which of two trained networks ends with the lower test error (sections 4.1 and 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from repro import paper
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.claims.sigmoid import figure11
from repro.evidence.noise import Curves, by_model, contrast, end
from repro.evidence.plateau import CONSTANT
from repro.evidence.verdict import Key, Measure

SYMMETRIC = ("Tanh", "Tanh N", "Softsign", "Softsign N")
PRETRAINED = "Pre-training"
"""As in the legend of Figure 11."""


def known(rows: pd.DataFrame) -> dict[str, Curves]:
    """Curves by network and seed, at points that all have; rows: network, seed, examples, error (%)."""
    return dict(by_model(rows.assign(model=rows["network"])))


def worse(curves: Mapping[str, Curves], pair: tuple[str, str], of: Key, p: float, final: bool) -> Measure:
    """Whether the first network of a pair ends with the larger test error, points, with p below this."""
    found = contrast(curves, {pair[0]: 1.0, pair[1]: -1.0})
    holds = bool(found.p < p) if not math.isnan(found.p) else None
    return Measure(of, found.value, low=found.low, high=found.high, n=found.n, p=found.p, holds=holds,
                   final=final)  # fmt: skip


def seen(rows: pd.DataFrame) -> int:
    """Examples that all networks and seeds have seen."""
    return int(rows.groupby(["network", "seed"])["examples"].max().min())


def _lacking(rows: pd.DataFrame, names: Any) -> str:
    absent = [name for name in names if name not in set(rows["network"])]
    return f"no run of {', '.join(absent)}" if absent else ""


@rule("C7", reads=("fig11.seeds",), papers=figure11, quantity="test error of sigmoid, depth 4, less that of",
      unit="points")  # fmt: skip
def ends_worse(seeds: pd.DataFrame, t: Any) -> Finding:
    """seeds: model, seed, examples, error (%)."""
    rows, sigmoid = seeds.rename(columns={"model": "network"}), "Sigmoid depth 4"
    rows = rows[rows["network"].isin((sigmoid, *SYMMETRIC))]
    if lacking := _lacking(rows, (sigmoid, *SYMMETRIC)):
        return Finding((), lacking)
    curves, final = known(rows), seen(rows) >= t.last
    level = sum(map(end, curves[sigmoid].values())) / len(curves[sigmoid])
    if level >= CONSTANT - t.clear:
        return Finding((), f"the sigmoid network has not left the plateau within {seen(rows):,} examples")
    found = [worse(curves, (sigmoid, other), {"model": other}, t.p, final) for other in SYMMETRIC]
    return Finding(tuple(found))


@rule("C11", reads=("fig05.shares", "two_costs.curves"), quantity="quadratic less cross-entropy")
def costs(shares: pd.DataFrame, curves: pd.DataFrame, t: Any) -> Finding:
    """shares: cost (quadratic, cross-entropy), threshold, share (%). curves: cost (quadratic, nll), seed,
    examples, error (%)."""
    flat = shares[shares["threshold"] == t.flat].set_index("cost")["share"].to_dict()
    more = flat["quadratic"] - flat["cross-entropy"]
    rows = curves.assign(network=curves["cost"])
    of = {"what": "test error, points"}
    gap = worse(known(rows), ("quadratic", "nll"), of, t.p, seen(rows) >= t.last)
    return Finding((Measure({"what": "share of plateau, points"}, more, n=0, holds=more > 0), gap))


METHODS = ("diagonal_hessian", "gradient_variance")


def _methods(curves: pd.DataFrame) -> pd.DataFrame:
    return curves.assign(network=curves["init"] + ", " + curves["method"])


@rule("C23", reads=("second_order.curves",), quantity="test error", unit="points")
def between(curves: pd.DataFrame, t: Any) -> Finding:
    """curves: init (standard, normalized), method (sgd and METHODS), seed, examples, error (%)."""
    rows = _methods(curves)
    found, final = known(rows), seen(rows) >= t.last
    measures = []
    for method in METHODS:
        own, plain, best = f"standard, {method}", "standard, sgd", "normalized, sgd"
        measures += [
            worse(found, (plain, own), {"method": method, "what": "below plain descent by"}, t.p, final),
            worse(found, (own, best), {"method": method, "what": "above normalized by"}, t.p, final),
        ]
    return Finding(tuple(measures))


@rule("C24", reads=("second_order.curves",), quantity="below normalized, plain descent, by", unit="points")
def further(curves: pd.DataFrame, t: Any) -> Finding:
    """curves: as C23."""
    rows = _methods(curves)
    found, final = known(rows), seen(rows) >= t.last
    pairs = {method: ("normalized, sgd", f"normalized, {method}") for method in METHODS}
    return Finding(tuple(worse(found, pair, {"method": m}, t.p, final) for m, pair in pairs.items()))


@rule("C25", reads=("pyramids.curves",), quantity="test error, standard less normalized", unit="points")
def pyramids(curves: pd.DataFrame, t: Any) -> Finding:
    """curves: shape (grow, equal, shrink), init (standard, normalized), seed, examples, error (%)."""
    rows = curves.assign(network=curves["shape"] + ", " + curves["init"])
    found, final = known(rows), seen(rows) >= t.last
    gains = {
        shape: worse(found, (f"{shape}, standard", f"{shape}, normalized"), {"shape": shape}, t.p, final)
        for shape in ("grow", "equal", "shrink")
    }
    equal, measures = gains["equal"].value, []
    for shape in ("grow", "shrink"):
        ratio = gains[shape].value / equal if equal else math.nan
        near = bool(1 / t.factor <= ratio <= t.factor)
        of = {"shape": shape, "what": "over that with equal widths"}
        measures += [gains[shape], Measure(of, ratio, n=gains[shape].n, holds=near, final=final)]
    shown = gains["equal"]
    return Finding((*measures, Measure(shown.of, equal, low=shown.low, high=shown.high, n=shown.n)))


def figure11_networks() -> Frames:
    """The paper's Figure 11 as `curves`."""
    return (figure11()[0].rename(columns={"model": "network"}),)


@rule("C26", reads=("pretraining.curves",), papers=figure11_networks, quantity="share of the gap closed")
def gap(curves: pd.DataFrame, t: Any) -> Finding:
    """curves: network, seed, examples, error (%)."""
    names = ("Tanh", "Tanh N", PRETRAINED)
    if lacking := _lacking(curves, names):
        return Finding((), lacking)
    rows = curves[curves["network"].isin(names)]
    final, ends = seen(rows) >= t.last, {
        name: sum(map(end, seeds.values())) / len(seeds) for name, seeds in known(rows).items()
    }  # fmt: skip
    whole = ends["Tanh"] - ends[PRETRAINED]
    if whole <= 0:
        return Finding((), "pre-training has no advantage over standard tanh yet")
    share, n = (ends["Tanh"] - ends["Tanh N"]) / whole, rows.groupby("network")["seed"].nunique().min()
    return Finding((Measure({}, share, n=int(n), holds=bool(share >= t.share), final=final),))


SVM, NETWORK = "SVM, RBF kernel", "Tanh N, depth 5"
UNKNOWN = 10_000
"""Test examples where the paper doesn't say how many."""


def fixed_set() -> Frames:
    """What the text says of the fixed set, as `points`."""
    text = paper.numbers()["svm"]
    rows = [(SVM, text["examples"], text["svm"]), (NETWORK, text["examples"], text["network"])]
    table = pd.DataFrame(rows, columns=["model", "examples", "error"])
    return (table.assign(seed=0, n_test=UNKNOWN),)


@rule("C27", reads=("svm.points",), papers=fixed_set, quantity="test error, SVM less network", unit="points")
def beats_svm(points: pd.DataFrame, t: Any) -> Finding:
    """points: model (SVM, NETWORK), examples (of the set), seed, error (%), n_test."""
    measures = []
    for examples, rows in points.groupby("examples"):
        errors = rows.groupby("model")["error"].mean()
        if not {SVM, NETWORK} <= set(errors.index):
            continue
        share, n = errors / 100, int(rows["n_test"].min())
        error = 100 * math.sqrt(sum(float(share[m]) * (1 - float(share[m])) / n for m in (SVM, NETWORK)))
        less = float(errors[SVM] - errors[NETWORK])
        holds = less > t.sigmas * error if examples == t.examples else None
        seeds = int(rows.groupby("model")["seed"].nunique().min())
        of: Key = {"examples": int(str(examples))}
        low, high = less - 1.96 * error, less + 1.96 * error
        measures.append(Measure(of, less, low=low, high=high, n=seeds, holds=holds))
    judged = any(m.holds is not None for m in measures)
    return Finding(tuple(measures), "" if judged else f"no set of {t.examples:,} examples was learned from")
