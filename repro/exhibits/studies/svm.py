"""A fixed set of examples: a network beside a support vector machine

Test error on Shapeset of an SVM with RBF kernel and of a normalized tanh network of depth 5, both learning
from the same fixed set of examples, against the size of that set. The paper gives both for 100,000 examples
(open diamonds): 59.47 % for the SVM, 50.47 % for the network. Elsewhere its networks see every example once.

Implementation details
- The set is the first part of the training stream. The network goes over it again and again, each time in
  another order, and is stopped early: what counts is its test error where its validation error is lowest.
- C and γ of the SVM are chosen by validation error, among pairs that are each fitted to a part of the set, at
  most 16,000 examples at `lab`; the best pair is fitted once to the whole set. Classes are told apart one
  against one. The paper doesn't say how it chose them, nor which library it used.
- scikit-learn's SVC is used through scikit-learn-intelex where that is installed. One SVM is made with either
  library; the table says in how many of its answers on the test images they differ.
- `quick` has small sets. Larger ones are shown where they have been made, as by `python -m repro -m
  baseline=svm n_train=8000,16000,32000,100000`.
- Bars: 95 % intervals of a share observed on so many test examples (Wilson). They say nothing of how much
  another set of examples would change (`seed=0,1,2`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import style
from repro.drawing.models import Look
from repro.evidence import fixed_set
from repro.evidence.fixed_set import NETWORK, SVM
from repro.evidence.plateau import CONSTANT
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

_QUICK = "baseline.C=[1.0,10.0] baseline.gamma=[0.01,0.03] baseline.tune=1000"
RUNS = (
    f"baseline=svm n_train=1000,2000,4000 {_QUICK}",
    f"baseline=svm n_train=2000 {_QUICK} baseline.library=scikit-learn",
    "activation=tanh init=normalized depth=5 n_train=1000,2000,4000 valid_every=null",
)
"""The network's validation error decides where it stops: it is needed at all points of the curve."""
_LONG = (
    "baseline=svm n_train=1000,4000,8000,16000,32000,100000",
    "baseline=svm n_train=8000 baseline.library=scikit-learn",
    "activation=tanh init=normalized depth=5 n_train=1000,4000,8000,16000,32000,100000 lr=0.01,0.03",
)
AT = {"lab": _LONG, "paper": _LONG}
ALSO = {
    "quick": (
        "baseline=svm n_train=8000,16000,32000,100000",
        "baseline=svm n_train=8000 baseline.library=scikit-learn",
        "activation=tanh init=normalized depth=5 n_train=100000 valid_every=null",
    )
}
"""Up to half an hour for an SVM: not for `quick`, but shown there, too."""
LOOKS = {SVM: Look("#e69f00", "-"), NETWORK: Look(style.ACTIVATIONS["tanh"], style.LINES["normalized"])}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points, checks: as `evidence.fixed_set`. printed: the paper's, model, examples, error."""
    return {"points": fixed_set.points(runs), "checks": fixed_set.checks(runs), "printed": fixed_set.papers()}


def summary(tables: Tables) -> pd.DataFrame:
    printed = tables["printed"].set_index(["model", "examples"])["error"].to_dict()
    checks = tables["checks"].set_index(["examples", "seed"]).to_dict("index")
    rows = []
    for row in tables["points"].to_dict("records"):
        theirs = printed.get((row["model"], row["examples"]))
        about = f"{row['passes']:.1f} passes, ε {row['lr']:g}" if row["model"] == NETWORK else ""
        if row["model"] == SVM:
            about = f"C = {row['C']:g}, γ = {row['gamma']:g}, {row['library']}"
            if check := checks.get((row["examples"], row["seed"])):
                about += f"; {check['other']}: {check['error_other']:.2f} %, {check['differ']:.2f} % differ"
        rows.append(
            {
                "model": row["model"],
                "examples": f"{row['examples']:,}",
                "seed": row["seed"],
                "test error %": f"{row['error']:.2f}",
                "95 % interval": f"{row['low']:.2f} to {row['high']:.2f}",
                "paper": "" if theirs is None else f"{theirs:.2f}",
                "how": about,
            }
        )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Error over the size of the set; the paper's two points are open."""
    figure = style.new_figure(3.0)
    axes = figure.subplots()
    axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
    for model, look in LOOKS.items():
        own = tables["points"][tables["points"]["model"] == model]
        if own.empty:
            continue
        means = own.groupby("examples")["error"].mean()
        axes.plot(means.index, means, look.line, color=look.colour)
        bars = (own["error"] - own["low"], own["high"] - own["error"])
        axes.errorbar(own["examples"], own["error"], yerr=bars, fmt="o", color=look.colour, markersize=3.5,
                      capsize=2)  # fmt: skip
        last = (float(means.index[-1]), float(means.iloc[-1]))
        axes.annotate(f"{model}: {last[1]:.1f}", last, (7, 0), color=look.colour, va="center",
                      textcoords="offset points")  # fmt: skip
    for row in tables["printed"].to_dict("records"):
        colour = LOOKS[row["model"]].colour
        axes.plot(row["examples"], row["error"], "D", color=colour, markerfacecolor="none")
        axes.annotate(f"paper: {row['error']:g}", (row["examples"], row["error"]), (7, 4), color=colour,
                      ha="left", va="center", textcoords="offset points")  # fmt: skip
    axes.set(xscale="log", xlabel="Training examples, seen again and again", ylabel="Test error (%)")
    axes.set_xticks([1000, 10_000, 100_000], ["1,000", "10,000", "100,000"])
    axes.set_xlim(800, 400_000)
    style.place_labels(axes, [(CONSTANT, "always one class", style.GREY)])
    return figure
