"""Learning curves: ours, each seed by itself, and the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from repro.data import sets
from repro.drawing.models import look
from repro.evidence import models
from repro.exhibits import Evidence
from repro.report.web.numbers import shorts
from repro.runs.folder import Run

FIGURES = {"fig11": ("shapeset",), "fig12": ("mnist", "cifar10")}
"""The exhibits whose table of points holds learning curves, and the data sets of each."""
POINTS = 130
"""Points of a curve in the page at most: what a screen can show."""


def payload(parts: Sequence[tuple[Evidence, Sequence[Run]]]) -> list[dict[str, Any]]:
    """JSON: a plot for each data set and scale, with "title" and "models".

    A model has name, colour, line, and the curves "ours" (with low and high), "paper" and "seeds"; x in
    millions of examples, errors in %.
    """
    found = []
    for evidence, runs in parts:
        for dataset in FIGURES.get(evidence.exhibit, ()):
            own = models.on(dataset, runs)
            if own:
                found.append(_plot(evidence, dataset, own))
    return found


def _plot(evidence: Evidence, dataset: str, runs: Sequence[Run]) -> dict[str, Any]:
    points = evidence.tables["points"]
    if "dataset" in points:
        points = points[points["dataset"].isin({dataset, runs[0].experiment.dataset.name})]
    known = models.MODELS if dataset == "shapeset" else models.FIVE_LAYERS
    names = list(dict.fromkeys(points["model"]))
    title = f"{sets.title(runs[0].experiment.dataset.name)}, scale {evidence.conditions.scale}"
    return {
        "key": f"{evidence.conditions.scale}/{dataset}",
        "title": title,
        "models": [_model(name, points[points["model"] == name], known, runs) for name in names],
    }


def _model(
    name: str, points: pd.DataFrame, known: Mapping[str, models.Model], runs: Sequence[Run]
) -> dict[str, Any]:
    colour, line = look(name)
    ours, theirs = (_thin(points[points["source"] == source]) for source in ("ours", "paper"))
    seeds = known[name].runs(runs) if name in known and len(ours) else []
    return {
        "name": name,
        "colour": colour,
        "dash": {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}[line],
        "ours": {**_xy(ours), "low": shorts(ours["low"]), "high": shorts(ours["high"])}
        if len(ours)
        else None,
        "paper": _xy(theirs) if len(theirs) else None,
        "seeds": [_seed(run) for run in seeds],
        "lr": seeds[0].experiment.lr if seeds else None,
    }


def _seed(run: Run) -> dict[str, Any]:
    curve = _thin(run.curve.query("split == 'test' and update > 0"))
    examples = curve["update"] * run.experiment.batch_size
    return {
        "seed": run.experiment.seed,
        "run": run.path.name,
        "x": shorts(examples / 1e6),
        "y": shorts(100 * curve["error"]),
    }


def _xy(rows: pd.DataFrame) -> dict[str, Any]:
    return {"x": shorts(rows["examples"] / 1e6), "y": shorts(rows["error"])}


def _thin(rows: pd.DataFrame) -> pd.DataFrame:
    """At most about POINTS rows, evenly, with the last."""
    step = -(-len(rows) // POINTS)
    return rows if step < 2 else rows.iloc[(len(rows) - 1) % step :: step]
