"""C20 to C22, C28: which networks learn sooner and end better (section 5, Figures 11 and 12, Table 1)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import noise
from repro.evidence.claims.rule import Finding, Frames, rule
from repro.evidence.models import FAST, SLOW, level
from repro.evidence.noise import Difference
from repro.evidence.statistics import by_chance, holm, interval, kappa, unpaired
from repro.evidence.verdict import Measure

LABELS = {
    "shapeset": "Shapeset",
    "mnist": "MNIST",
    "cifar10": "CIFAR-10",
    "small_imagenet": "Small-ImageNet",
}
TESTS = {"bold": "McNemar", "unpaired": "two error rates", "by_seeds": "scatter of training"}
"""Ways to tell a model from the best of its column; the first is judged (C28)."""
SLOW_ON_SHAPESET = ("Sigmoid depth 5", "Sigmoid depth 4", "Tanh")


def curves_of_the_paper(*figures: str) -> pd.DataFrame:
    """Digitised curves of test errors as if of one seed: dataset, model, seed, examples, error (%)."""
    tables = []
    for figure in figures:
        rows = paper.curve(figure).query("quality != 'clipped_at_axis'")
        rows = rows.rename(columns={"series": "model", "x": "examples", "y": "error"})
        dataset = figure.partition("_")[2] or "shapeset"
        tables.append(rows.assign(dataset=dataset, seed=0))
    return pd.concat(tables)[["dataset", "model", "seed", "examples", "error"]]


def figure11() -> Frames:
    return (curves_of_the_paper("fig11"),)


def figures_11_and_12() -> Frames:
    return curves_of_the_paper("fig11"), curves_of_the_paper("fig12_mnist", "fig12_cifar10")


def bold(dataset: str) -> dict[str, bool]:
    """Which models the paper's Table 1 has in bold in this column."""
    rows = paper.table1().query("dataset == @dataset")
    return dict(zip(rows["model"], rows["bold"].astype(bool), strict=True))


def pairs(dataset: str) -> list[tuple[str, str]]:
    """Who should be slower, and than whom, on a data set (C20)."""
    if dataset == "shapeset":
        return [(slow, fast) for slow in SLOW_ON_SHAPESET for fast in FAST]
    best = bold(dataset)
    return [(slow, fast) for slow in SLOW for fast in FAST if best[fast] and not best[slow]]


def _judged(found: Difference, p: float, level: float, little: float) -> bool | None:
    """Whether a difference is above 0; None where it is neither that nor small (`little`)."""
    if p < level:
        return True
    return False if found.high < little else None


def _last(curves: pd.DataFrame) -> int:
    """Examples up to which all curves reach."""
    return int(curves.groupby(["model", "seed"])["examples"].max().min())


@rule(
    "C20",
    reads=("fig11.seeds", "fig12.seeds"),
    papers=figures_11_and_12,
    quantity="mean test error over all of training, of the first less that of the second",
    unit="points",
)
def slower(shapeset: pd.DataFrame, others: pd.DataFrame, t: Any) -> Finding:
    """Both: dataset, model, seed, examples, error (%), each model at its own rate."""
    both = pd.concat([shapeset, others])
    printed = {**_by_dataset(curves_of_the_paper("fig11", "fig12_mnist", "fig12_cifar10"))}
    rows = []
    for dataset, own in _by_dataset(both).items():
        networks, theirs = noise.by_model(own), noise.by_model(printed[dataset])
        for slow, fast in pairs(dataset):
            weights = {slow: 1.0, fast: -1.0}
            found = noise.contrast(networks, weights, of="area")
            whole = noise.contrast(theirs, weights, of="area").value
            rows.append((dataset, slow, fast, found, whole, _last(own) >= t.last))
    corrected = holm([found.p if found.p == found.p else 1.0 for *_, found, _, _ in rows])
    measures = [
        _measure({"dataset": LABELS[dataset], "worse": slow, "better": fast}, found, float(p), final,
                 _judged(found, p, t.level, t.little * whole))
        for (dataset, slow, fast, found, whole, final), p in zip(rows, corrected, strict=True)
    ]  # fmt: skip
    missing = [name for name in ("shapeset", "mnist", "cifar10") if name not in set(both["dataset"])]
    return Finding((*measures, *(_absent(name) for name in missing)))


def _measure(of: dict[str, str], found: Difference, p: float, final: bool, holds: bool | None) -> Measure:
    """A difference as a number of a verdict; one that is still open is not final."""
    return Measure(
        of, found.value, low=found.low, high=found.high, n=found.n, p=p, holds=holds,
        final=final and holds is not None,
    )  # fmt: skip


def _absent(dataset: str) -> Measure:
    return Measure({"dataset": LABELS[dataset]}, math.nan, n=0, final=False)


def _by_dataset(curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(dataset): own for dataset, own in curves.groupby("dataset", sort=False)}


@rule(
    "C21",
    reads=("fig11.seeds",),
    papers=figure11,
    quantity="what the initialization changes, standard less normalized: tanh beside softsign",
    unit="points",
)
def robust(curves: pd.DataFrame, t: Any) -> Finding:
    """curves: dataset, model, seed, examples, error (%)."""
    networks, theirs = noise.by_model(curves), noise.by_model(curves_of_the_paper("fig11"))
    tanh, softsign = {"Tanh": 1.0, "Tanh N": -1.0}, {"Softsign": 1.0, "Softsign N": -1.0}
    shown = [(name, weights) for name, weights in (("tanh", tanh), ("softsign", softsign))]
    negative = {name: -weight for name, weight in softsign.items()}
    tests = [("tanh less softsign", {**tanh, **negative}), ("tanh plus softsign", {**tanh, **softsign})]
    final = _last(curves) >= t.last
    measures = []
    for name, weights in [*shown, *tests]:
        found = noise.contrast(networks, weights)
        whole = noise.contrast(theirs, weights).value
        holds = _judged(found, found.p, t.level, t.little * whole) if (name, weights) in tests else None
        of = {"what": name}
        measures.append(
            _measure(of, found, found.p, final, holds)
            if (name, weights) in tests
            else Measure(of, found.value, low=found.low, high=found.high, n=found.n)
        )
    return Finding(tuple(measures))


def figures_and_bold() -> Frames:
    """The paper's curves, and its bold in place of tests: p is 0 where it tells tanh from normalized tanh.

    Of Small-ImageNet it prints no curves; constant ones with its final errors stand for them.
    """
    ends = paper.table1().query("dataset == 'small_imagenet'")
    flat = [ends.assign(seed=0, examples=share * 25_000_000 // 20) for share in range(1, 21)]
    curves = pd.concat([curves_of_the_paper("fig11", "fig12_mnist", "fig12_cifar10"), *flat])
    tests = pd.DataFrame(
        [(name, 0, float(bold(name)["Tanh"])) for name in LABELS], columns=["dataset", "seed", "p"]
    )
    return curves[["dataset", "model", "seed", "examples", "error"]], tests


@rule(
    "C22",
    reads=("table1.seeds", "table1.tests"),
    papers=figures_and_bold,
    quantity="last test errors of tanh, standard less normalized",
    unit="points",
)
def helps(curves: pd.DataFrame, tests: pd.DataFrame, t: Any) -> Finding:
    """curves: dataset, model, seed, examples, error (%). tests: dataset, seed, p (McNemar)."""
    gains = paper.table1().pivot(index="dataset", columns="model", values="error")
    whole = gains["Tanh"] - gains["Tanh N"]
    parts = _by_dataset(curves)
    found = {
        name: noise.contrast(noise.by_model(own), {"Tanh": 1, "Tanh N": -1}) for name, own in parts.items()
    }
    families = [name for name in parts if not bold(name)["Tanh"]]
    corrected = dict(zip(families, holm([_known(found[name].p) for name in families]), strict=True))
    told = tests.groupby("dataset")["p"].median() < t.mcnemar
    measures = []
    for name, own in parts.items():
        difference, final = found[name], _last(own) >= t.last
        if name in corrected:
            p = float(corrected[name])
            holds = _judged(difference, p if told[name] else 1.0, t.level, t.little * float(whole[name]))
        else:
            p = difference.p
            holds = not (difference.high < 0 and told[name])
        measures.append(_measure({"dataset": LABELS[name]}, difference, p, final, holds))
    return Finding((*measures, *(_absent(name) for name in LABELS if name not in parts)))


def _known(p: float) -> float:
    return 1.0 if math.isnan(p) else p


def table1_as_printed() -> Frames:
    """The paper's pattern as of one seed, and what an unpaired test of its errors on 10,000 gives."""
    rows = paper.table1().assign(seed=0, share=1.0, by_seeds=np.nan)
    best = rows.groupby("dataset")["error"].transform("min")
    p = [unpaired(a / 100, b / 100, 10_000) for a, b in zip(rows["error"], best, strict=True)]
    rows = rows.assign(unpaired=np.array(p) >= level(), paper_bold=rows["bold"])
    return (rows[["dataset", "model", "seed", "share", *TESTS, "paper_bold"]],)


@rule("C28", reads=("table1.patterns",), papers=table1_as_printed, quantity="agreement", figures=2)
def pattern(patterns: pd.DataFrame, t: Any) -> Finding:
    """patterns: dataset, model, seed, share (of the paper's training), TESTS, paper_bold (bool each)."""
    columns = patterns["dataset"].nunique()
    if columns < t.columns:
        return Finding((), f"{columns} of the table's columns; {t.columns} are needed")
    if (share := float(patterns["share"].min())) < t.share:
        return Finding(
            (), f"{share:.1%} of the paper's training; before {t.share:.0%} all patterns are young"
        )
    final = share >= 1
    measures = []
    for test, name in TESTS.items():
        if patterns[test].isna().any():
            continue
        each = [(own[test].astype(bool), own["paper_bold"]) for _, own in patterns.groupby("seed")]
        found = interval([kappa(ours, theirs) for ours, theirs in each])
        chance = float(np.median([by_chance(ours, theirs) for ours, theirs in each]))
        met = bool(found.mean >= t.kappa and chance < t.chance) if test == "bold" else None
        of = {"what": f"κ, {name}"}
        known = Measure(of, found.mean, low=found.low, high=found.high, n=found.n, holds=met, p=chance)
        measures.append(replace(known, final=final))
    same = float((patterns["bold"] == patterns["paper_bold"]).mean())
    cells = int(patterns.groupby("seed").size().min())
    shown = Measure({"what": f"share of {cells} cells that agree, McNemar"}, same, n=measures[0].n)
    return Finding((*measures, shown))
