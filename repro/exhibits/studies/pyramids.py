"""Pyramids: layers that grow or shrink with depth

Test error on Shapeset of tanh networks whose five hidden layers grow from 400 to 1600 units, shrink from 1600
to 400, or have 1000 each, as in all figures of the paper. It says in passing that results were the same for
pyramids of either kind. With unequal layers eq. 16 is a compromise between keeping the variance of
activations (fan-in) and that of gradients (fan-out); with equal ones both come to the same.

Implementation details
- Solid: standard initialization (eq. 1); dashed: normalized (eq. 16, "N").
- The paper gives no sizes. Ours have the mean width of its networks. The growing network has 4.8 million
  weights, the equal one 5.0, the shrinking one 6.0 (its wide layer sees the image).
- Gain: test error with the standard less that with the normalized initialization, as mean of the last points
  of the curves. Its interval is over seeds from three seeds on, and comes from the jitter of checkpoints
  otherwise: then it doesn't say what another seed would give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import labels, style
from repro.drawing.models import Look
from repro.drawing.studies import Labels, error_curves, place
from repro.evidence import studies
from repro.evidence.plateau import CONSTANT
from repro.evidence.selection import Runs, select
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = ("study=pyramids",)
SHAPES = {"grow": "Layers that grow", "equal": "Equal layers", "shrink": "Layers that shrink"}
INITS = {"standard": "Tanh", "normalized": "Tanh N"}


def shape(widths: tuple[int, ...]) -> str:
    """grow, shrink or equal, by the first and the last hidden layer."""
    return "grow" if widths[0] < widths[-1] else "shrink" if widths[0] > widths[-1] else "equal"


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """curves, points, runs: as `evidence.studies`, with shape and init. gains: shape, gain, low, high, n, by.

    Raises EvidenceError if a network has no run.
    """
    networks, about = {}, []
    for kind in SHAPES:
        own = [run for run in runs if shape(run.experiment.widths) == kind]
        for init, name in INITS.items():
            network = f"{name}, {kind}"
            networks[network] = select(own, activation="tanh", init=init)
            widths = ", ".join(map(str, networks[network][0].experiment.widths))
            about.append({"network": network, "shape": kind, "init": init, "widths": widths})
    found = studies.tables(networks, pd.DataFrame(about))
    return {**found, "gains": _gains(found["curves"])}


def _gains(curves: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for kind in SHAPES:
        gain = studies.difference(curves, f"Tanh, {kind}", f"Tanh N, {kind}")
        rows.append((kind, gain.value, gain.low, gain.high, gain.n, gain.by))
    return pd.DataFrame(rows, columns=["shape", "gain", "low", "high", "n", "by"])


def summary(tables: Tables) -> pd.DataFrame:
    gains = tables["gains"].set_index("shape")
    rows = []
    for end in studies.ends(tables).to_dict("records"):
        gain = gains.loc[end["shape"]]
        text = f"{gain['gain']:.1f} ({gain['low']:.1f} to {gain['high']:.1f}, by {gain['by']})"
        names = {"network": INITS[end["init"]], "widths": end["widths"]}
        rows.append({**names, **labels.study_cells(end), "gain": text if end["init"] == "normalized" else ""})
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """A panel for each shape, on one axis of errors."""
    figure = style.new_figure(2.9)
    named: dict[Axes, Labels] = {}
    panels = figure.subplots(1, len(SHAPES), sharey=True)
    for axes, (kind, title) in zip(panels, SHAPES.items(), strict=True):
        own = {
            name: rows[rows["shape"] == kind] for name, rows in tables.items() if name in ("points", "runs")
        }
        looks = {
            f"{name}, {kind}": Look(style.ACTIVATIONS["tanh"], style.LINES[init])
            for init, name in INITS.items()
        }
        axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
        named[axes] = error_curves(axes, own["points"], own["runs"], looks)
        widths = own["points"]["widths"].iloc[0]
        axes.set_title(f"{title}\n{widths}")
    panels[0].set_ylabel("Test error (%)")
    place(named)
    return figure
