"""Two costs: does the log-likelihood train better than the quadratic cost?

Test error on Shapeset of tanh networks that learn by the log-likelihood or by the quadratic cost, each at
several learning rates. Figure 5 compares the surfaces of both costs; here networks are trained on them. A
strong line is the rate that is best for its cost in validation, faint ones are the others: the two costs have
gradients of different size, so that one rate for both would say little. Dotted: the error of always answering
one class, on which a network stays while it is on a plateau.

Implementation details
- Cross-entropy is -log P(y | x), the quadratic cost Σ (P - target)² over the classes, both on a softmax
  output.
- Standard initialization, five hidden layers of 1000 units.
- Off the plateau: the test error is more than 5 points below that of the best constant answer.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import labels, style
from repro.drawing.models import Look
from repro.drawing.studies import Labels, error_curves, place
from repro.evidence import studies
from repro.evidence.plateau import CONSTANT, left
from repro.evidence.selection import Runs, having, select
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "cost=nll activation=tanh init=standard depth=5 lr=0.01,0.03,0.1",
    "cost=quadratic activation=tanh init=standard depth=5 lr=0.01,0.03,0.1,0.3",
)
COSTS = {"nll": "Cross-entropy", "quadratic": "Quadratic"}
STYLES = ("-", "--", "-.", ":")
"""Of the rates."""
COLOURS = {"nll": style.ACTIVATIONS["tanh"], "quadratic": "#8c510a"}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """curves, points, runs: as `evidence.studies`, each cost at its best rate, with cost.

    rates: cost, rate, examples, error, n of the test errors at every rate. escapes: cost, examples after
    which the best rate's mean error has left the plateau (nan for not yet).
    """
    networks = {name: select(runs, cost=cost) for cost, name in COSTS.items()}
    about = pd.DataFrame({"network": list(COSTS.values()), "cost": list(COSTS)})
    found = studies.tables(networks, about)
    rates = []
    for cost in COSTS:
        own = having(runs, cost=cost)
        for rate in sorted({run.experiment.lr for run in own}):
            mine = having(own, lr=rate)
            points = studies.tables({"": mine}, pd.DataFrame({"network": [""]}))["points"]
            rates.append(points[["examples", "error", "n"]].assign(cost=cost, rate=rate))
    escapes = [(cost, _escape(found["points"].query("cost == @cost"))) for cost in COSTS]
    return {
        **found,
        "rates": pd.concat(rates, ignore_index=True),
        "escapes": pd.DataFrame(escapes, columns=["cost", "examples"]),
    }


def _escape(points: pd.DataFrame) -> float:
    return float(points.loc[left(points["error"]), "examples"].min())


def summary(tables: Tables) -> pd.DataFrame:
    escapes = tables["escapes"].set_index("cost")["examples"].to_dict()
    rows = []
    for end in studies.ends(tables).to_dict("records"):
        when = escapes[end["cost"]]
        text = "not yet" if np.isnan(when) else f"{when:,.0f} examples"
        rows.append({"cost": end["network"], **labels.study_cells(end), "off the plateau after": text})
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """One panel for each cost, on one axis of errors."""
    figure = style.new_figure(2.9)
    named: dict[Axes, Labels] = {}
    for axes, (cost, name) in zip(figure.subplots(1, 2, sharey=True), COSTS.items(), strict=True):
        rates = tables["rates"][tables["rates"]["cost"] == cost]
        for (rate, own), dashes in zip(rates.groupby("rate"), itertools.cycle(STYLES), strict=False):
            look: Any = {"color": COLOURS[cost], "linestyle": dashes, "label": f"ε = {rate:g}"}
            axes.plot(own["examples"] / 1e6, own["error"], alpha=0.45, linewidth=0.9, **look)
        axes.legend(fontsize=6, loc="lower left")
        named[axes] = error_curves(axes, tables["points"], tables["runs"], {name: Look(COLOURS[cost], "-")})
        axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
        axes.set(title=name, ylabel="Test error (%)")
    place(named)
    return figure
