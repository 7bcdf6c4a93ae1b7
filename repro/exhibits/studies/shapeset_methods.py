"""Shapeset, all methods: Table 1 with pre-training and the support vector machine

Test error at the end of everything that the paper trains on Shapeset: the networks of its Table 1, the
sigmoid network of depth 4 and the pre-trained network of its Figure 11, which see every example once; and,
below the line, an SVM and a network that learn from a fixed set, which the text compares. Ours are filled,
the paper's open.

Implementation details
- Above the line: the error on the test images at the end of training; the paper's are those of Table 1 or,
  for models that it doesn't have, the last points of Figure 11.
- Below the line: the largest fixed set on which both were trained here; the paper's had 100,000 examples. The
  network is stopped early by validation, see the page `svm`.
- Bars: 95 % intervals, over seeds where there are several, else of a share of the test images (Wilson).
- Settings of pre-training stand on the page `pretraining`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import style
from repro.drawing.models import PRETRAINED, look
from repro.evidence import EvidenceError, fixed_set, models
from repro.evidence.fixed_set import NETWORK, SVM
from repro.evidence.selection import Runs, select
from repro.evidence.statistics import binomial_interval, interval
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

_ONLINE = (
    "activation=sigmoid init=standard depth=5,4",
    "activation=tanh,softsign init=standard,normalized depth=5",
    "activation=tanh init=normalized depth=5 pretraining=denoising",
)
RUNS = (
    *_ONLINE,
    "baseline=svm n_train=4000 baseline.C=[1.0,10.0] baseline.gamma=[0.01,0.03] baseline.tune=1000",
    "activation=tanh init=normalized depth=5 n_train=4000 valid_every=null",
)
_LONG = (
    *_ONLINE,
    "baseline=svm n_train=100000",
    "activation=tanh init=normalized depth=5 n_train=100000 lr=0.01,0.03",
)
AT = {"lab": _LONG, "paper": _LONG}
ALSO = {
    "quick": (
        "baseline=svm n_train=100000",
        "activation=tanh init=normalized depth=5 n_train=100000 valid_every=null",
    )
}
"""The paper's size of the set, shown at `quick`, too, where it was made."""
COLOURS = {PRETRAINED: "#111111", SVM: "#e69f00", NETWORK: style.ACTIVATIONS["tanh"]}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: model, examples (of a fixed set; 0: every example once), error (%), low, high, n (seeds),
    paper.

    Sorted as drawn, from the top. Raises EvidenceError.
    """
    online = [run for run in runs if run.experiment.n_train is None]
    plain = [run for run in online if run.experiment.pretraining.name == "none"]
    networks = models.networks(plain)
    networks[PRETRAINED] = select([run for run in online if run not in plain], activation="tanh")
    rows: list[dict[str, Any]] = []
    for name, own in _finals(networks):
        rows.append({"model": name, "examples": 0, **_with_interval(own["final"], own["n_test"])})
    rows.sort(key=lambda row: -float(row["error"]))
    points = fixed_set.points([run for run in runs if run.experiment.n_train is not None])
    sizes = [set(points.loc[points["model"] == model, "examples"]) for model in (SVM, NETWORK)]
    if not (both := sizes[0] & sizes[1]):
        raise EvidenceError("the SVM and the network have no fixed set in common")
    examples = max(both)
    for model in (SVM, NETWORK):
        own = points[(points["model"] == model) & (points["examples"] == examples)]
        rows.append({"model": model, "examples": examples, **_with_interval(own["error"], own["n_test"])})
    printed = papers()
    return {"points": pd.DataFrame(rows).assign(paper=lambda r: r["model"].map(printed))}


def papers() -> dict[str, float]:
    """The paper's errors (%), by model."""
    curves = paper.curve("fig11").sort_values("x").rename(columns={"series": "model", "y": "error"})
    ends = curves.groupby("model").tail(1)
    table = paper.table1().query("dataset == 'shapeset'").replace({"model": {"Sigmoid": "Sigmoid depth 5"}})
    rows = pd.concat([ends, table, fixed_set.papers()])  # the last of one name counts
    return {str(row["model"]): float(row["error"]) for row in rows.to_dict("records")}


def _finals(networks: models.Networks) -> list[tuple[str, pd.DataFrame]]:
    known = models.endings(networks)
    counts = {name: own[0].experiment.n_test for name, own in networks.items()}
    known["n_test"] = known["model"].map(counts)
    return [(str(name), own) for name, own in known.groupby("model", sort=False)]


def _with_interval(errors: pd.Series, n_test: pd.Series) -> dict[str, Any]:
    """error, low, high (%), n: over seeds, or of one share of the test examples."""
    found = interval(errors)
    low, high = found.low, found.high
    if found.n == 1:
        low, high = (100 * bound for bound in binomial_interval(found.mean / 100, int(n_test.iloc[0])))
    return {"error": found.mean, "low": low, "high": high, "n": found.n}


def summary(tables: Tables) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": row["model"],
            "training": f"a fixed set of {row['examples']:,}" if row["examples"] else "each example once",
            "test error %": f"{row['error']:.2f}",
            "95 % interval": f"{row['low']:.2f} to {row['high']:.2f}",
            "seeds": row["n"],
            "paper": f"{row['paper']:.2f}",
        }
        for row in tables["points"].to_dict("records")
    )


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """A row for each method."""
    rows = tables["points"].to_dict("records")
    figure = style.new_figure(3.2)
    axes = figure.subplots()
    for height, row in enumerate(reversed(rows)):
        colour = COLOURS.get(row["model"]) or look(row["model"]).colour
        bars = [[row["error"] - row["low"]], [row["high"] - row["error"]]]
        axes.axhline(height, color=style.GREY, linewidth=0.4, alpha=0.4, zorder=0)
        axes.plot(row["paper"], height, "D", color=colour, markerfacecolor="none", markersize=5)
        axes.errorbar(row["error"], height, xerr=bars, fmt="o", color=colour, markersize=4.5)
    examples = rows[-1]["examples"]
    names = [row["model"] + (f", {examples:,} examples" if row["examples"] else "") for row in rows]
    axes.axhline(1.5, color="black", linewidth=0.8)
    axes.set(yticks=range(len(rows)), yticklabels=names[::-1], xlabel="Test error (%)", xlim=(0, 90))
    handles = [
        Line2D([], [], marker="o", linestyle="", color=style.GREY, label="ours"),
        Line2D([], [], marker="D", linestyle="", color=style.GREY, markerfacecolor="none", label="paper"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure
