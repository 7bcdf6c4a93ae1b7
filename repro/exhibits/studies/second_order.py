"""Second order: a step size for each weight

Test error on Shapeset of tanh networks in which each weight has a learning rate of its own, set by an
estimate of curvature: the diagonal of the Hessian, or the variance of the gradient over examples. The paper
reports that such methods help the standard initialization, though less than the normalized one does, and
that both together are best. Grey: plain gradient descent, as in Figure 11.

Implementation details
- A weight's rate is ε·μ/(h + μ). h is ∂²C/∂w² by back-propagated second derivatives (LeCun's stochastic
  diagonal Levenberg-Marquardt method), or the variance of ∂C/∂w, both as running averages. ε is the rate of a
  weight without curvature. The paper gives no settings; μ = 0.001 is that of the author's later code.
- Before training both estimates are about the same in all hidden layers (as eq. 14 has it for the gradients'
  variance), a hundred times larger in the output layer, and larger still for the output's biases. Where h is
  far below μ the method is plain gradient descent. So μ and ε decide what it does, and are searched here:
  drawn is what is best in validation.
- Solid: standard initialization (eq. 1); dashed: normalized (eq. 16, "N").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import labels, style
from repro.drawing.models import Look
from repro.drawing.studies import Labels, error_curves, place
from repro.evidence import EvidenceError, studies
from repro.evidence.plateau import CONSTANT
from repro.evidence.selection import Runs, having, select, validation_error
from repro.evidence.verdict import Verdict
from repro.experiment.settings import Optimizer
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

METHODS = {"sgd": "SGD", "diagonal_hessian": "diagonal Hessian", "gradient_variance": "gradient variance"}
INITS = {"standard": "Tanh", "normalized": "Tanh N"}
RUNS = (
    "activation=tanh init=standard,normalized depth=5",
    "activation=tanh init=standard,normalized depth=5 optimizer=diagonal_hessian,gradient_variance",
)
_LONG = tuple(
    f"activation=tanh init=standard,normalized depth=5 {words}"
    for words in (
        "lr=0.01,0.03,0.1",
        "optimizer=diagonal_hessian,gradient_variance optimizer.options.mu=0.001,0.00001 lr=0.01,0.03,0.1",
    )
)
AT = {"quick": tuple(f"{words} updates=10000" for words in RUNS), "lab": _LONG, "paper": _LONG}
"""Half of `quick`, for an update takes five times as long."""
COLOURS = {"sgd": style.GREY, "diagonal_hessian": "#7b3294", "gradient_variance": "#d95f0e"}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """curves, points, runs: as `evidence.studies`, with init, method and mu. gains: init, method, gain, low,
    high, n, by: test error of plain descent less that of the method, points."""
    networks, about = {}, []
    for init, name in INITS.items():
        for method, title in METHODS.items():
            network, own = f"{name}, {title}", _best(having(runs, init=init), method)
            networks[network] = own
            mu = dict(own[0].experiment.optimizer.options).get("mu")
            about.append({"network": network, "init": init, "method": method, "mu": mu})
    found = studies.tables(networks, pd.DataFrame(about))
    gains = [
        (init, method, *studies.difference(found["curves"], f"{name}, SGD", f"{name}, {title}"))
        for init, name in INITS.items()
        for method, title in METHODS.items()
        if method != "sgd"
    ]
    return {
        **found,
        "gains": pd.DataFrame(gains, columns=["init", "method", "gain", "low", "high", "p", "n", "by"]),
    }


def _best(runs: Sequence[Run], method: str) -> list[Run]:
    """The runs of a method at the options, and the rate, with the lowest validation error."""
    mine = [run for run in runs if run.experiment.optimizer.name == method]
    optimizers: list[Optimizer] = list(dict.fromkeys(run.experiment.optimizer for run in mine))
    if not optimizers:
        raise EvidenceError(f"no run with optimizer={method} among the {len(runs)} given")
    found = [select(mine, optimizer=optimizer) for optimizer in optimizers]
    return min(found, key=lambda own: sum(map(validation_error, own)) / len(own))


def summary(tables: Tables) -> pd.DataFrame:
    gains = tables["gains"].set_index(["init", "method"])["gain"].to_dict()
    rows = []
    for end in studies.ends(tables).to_dict("records"):
        gain = gains.get((end["init"], end["method"]))
        rows.append(
            {
                "network": INITS[end["init"]],
                "method": METHODS[end["method"]],
                "μ": "" if pd.isna(end["mu"]) else f"{end['mu']:g}",
                **labels.study_cells(end),
                "gain over SGD": "" if gain is None else f"{gain:+.1f}",
            }
        )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """A panel for each initialization, on one axis of errors."""
    figure = style.new_figure(3.0)
    named: dict[Axes, Labels] = {}
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (init, name) in zip(panels, INITS.items(), strict=True):
        points, runs = (tables[key][tables[key]["init"] == init] for key in ("points", "runs"))
        names = {f"{name}, {title}": title for title in METHODS.values()}
        points, runs = (rows.assign(network=rows["network"].map(names)) for rows in (points, runs))
        looks = {METHODS[method]: Look(colour, style.LINES[init]) for method, colour in COLOURS.items()}
        axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
        named[axes] = error_curves(axes, points, runs, looks)
        axes.set_title(name)
    panels[0].set_ylabel("Test error (%)")
    place(named)
    return figure
