"""One object: is Shapeset too easy with a single one?

Test error of tanh networks on images with exactly one object, beside the same networks on Shapeset as the
paper has it, with one or two. The paper uses two because one would be too easy. Dotted: the errors of always
answering one class, 66.7 % and 83.3 %. Right: in the usual task, how often the networks err on images with
one object and on images with two.

Implementation details
- With one object there are three classes (triangle, parallelogram, ellipse), all else is equal: size,
  rotation, position and grey levels are drawn alike, and the network has nine outputs of which six are never
  right. Objects are the first ones of the usual generator, so they are larger than second ones.
- Solid: standard initialization (eq. 1); dashed: normalized (eq. 16, "N").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
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
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "dataset=shapeset_one_object activation=tanh init=standard,normalized depth=5",
    "activation=tanh init=standard,normalized depth=5",
)
OBJECTS = {"shapeset_one_object": "one", "shapeset": "one or two"}
TITLES = {"one": "One object", "one or two": "One or two (as in the paper)"}
INITS = {"standard": "Tanh", "normalized": "Tanh N"}
SINGLE = 3
"""Classes 0 to 2 have one object, the others two."""
CONSTANTS = {"one": 100 * (1 - 1 / SINGLE), "one or two": CONSTANT}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """curves, points, runs: as `evidence.studies`, with objects and init.

    parts: init, objects (in the image), error (%, mean over seeds), n, of networks that see one or two.
    """
    networks, about = {}, []
    for dataset, objects in OBJECTS.items():
        own = [run for run in runs if run.experiment.dataset.name == dataset]
        for init, name in INITS.items():
            network = f"{name}, {objects}"
            networks[network] = select(own, activation="tanh", init=init, depth=5)
            about.append({"network": network, "objects": objects, "init": init})
    found = studies.tables(networks, pd.DataFrame(about))
    parts = [_parts(networks[f"{name}, one or two"]).assign(init=init) for init, name in INITS.items()]
    return {**found, "parts": pd.concat(parts, ignore_index=True)}


def _parts(runs: Sequence[Run]) -> pd.DataFrame:
    """objects (one, two), error (%), n (seeds): on which images the networks err."""
    rows = []
    for run in runs:
        predicted, labels = run.predictions
        wrong = predicted != labels
        rows += [("one", wrong[labels < SINGLE].mean()), ("two", wrong[labels >= SINGLE].mean())]
    table = pd.DataFrame(rows, columns=["objects", "error"])
    found = table.groupby("objects")["error"].agg(["mean", "count"]).reset_index()
    return found.assign(error=100 * found["mean"], n=found["count"])[["objects", "error", "n"]]


def summary(tables: Tables) -> pd.DataFrame:
    parts = tables["parts"].set_index(["init", "objects"])["error"]
    rows = []
    for end in studies.ends(tables).to_dict("records"):
        usual = end["objects"] == "one or two"
        split = {
            f"on images with {n}": f"{parts[end['init'], n]:.1f}" if usual else "" for n in ("one", "two")
        }
        network = {"objects": end["objects"], "network": INITS[end["init"]]}
        rows.append({**network, **labels.study_cells(end), **split})
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """The curves of both tasks, and what the usual one is made of."""
    figure = style.new_figure(2.9)
    named: dict[Axes, Labels] = {}
    panels = figure.subplots(1, 3, sharey=True, width_ratios=(1, 1, 0.75))
    for axes, (objects, title) in zip(panels, TITLES.items(), strict=False):
        own = {key: tables[key][tables[key]["objects"] == objects] for key in ("points", "runs")}
        colour = style.ACTIVATIONS["tanh"]
        looks = {f"{name}, {objects}": Look(colour, style.LINES[init]) for init, name in INITS.items()}
        axes.axhline(CONSTANTS[objects], color=style.GREY, linestyle=":", linewidth=1)
        named[axes] = error_curves(axes, own["points"], own["runs"], looks)
        axes.set_title(title)
    panels[0].set_ylabel("Test error (%)")
    _bars(panels[2], tables["parts"])
    place(named)
    return figure


def _bars(axes: Axes, parts: pd.DataFrame) -> None:
    places = np.arange(2)
    for shift, (init, name) in zip((-0.2, 0.2), INITS.items(), strict=True):
        errors = parts[parts["init"] == init].set_index("objects")["error"]
        faces = style.ACTIVATIONS["tanh"], "white"
        inside, ink = faces if init == "standard" else faces[::-1]
        look: Any = {"edgecolor": faces[0], "linestyle": style.LINES[init]}
        axes.bar(places + shift, errors[["one", "two"]], 0.36, color=inside, **look)
        for x in places + shift:
            axes.text(x, 4, name, rotation=90, color=ink, ha="center", va="bottom", fontsize=style.LABEL_SIZE)
    axes.set_xticks(places, ["one", "two"])
    axes.set(xlabel="Objects in the image", title="The same, by image", ylim=(0, 100))
