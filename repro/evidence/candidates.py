"""The paper's curves, and what each candidate for its unstated settings gives in their place.

Of a density the height of its peak is compared, layer by layer, in the paper's own cells; of a course over
time the value at each of the paper's points. All but errors in % are compared as logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import selection
from repro.evidence.densities import Density, peak
from repro.evidence.likelihood import STATED_EPOCH
from repro.evidence.models import MODELS
from repro.evidence.selection import Runs, diverged, init_scale, monitored
from repro.runs.folder import Run

START, TRAINING = "before training", "in training"
EPOCHS = (5_000, 10_000, 20_000, 40_000)
"""Updates that one epoch of the paper's time axes might be; it says 20,000."""
ONE_DIGIT = 0.05 / math.sqrt(3)
"""Standard error of a number that was rounded to one decimal."""
NETWORKS = ("Tanh", "Tanh N", "Softsign", "Softsign N", "Sigmoid depth 4")
"""As in Figure 11. N: whatever initialization the normalized panels have."""
READING = {"traced": 0.1, "interpolated": 0.27, "band": 0.34}
"""Error of a point of Figure 11, %, by its quality (curves/README.md); others are left out."""


class Peaks(NamedTuple):
    """Peaks of one panel of Figures 6 to 8, in some of its layers."""

    name: str
    network: str
    density: Density
    panel: str
    layers: tuple[int, ...]
    gradients: bool = True


class Course(NamedTuple):
    """One quantity of the layers over time: the paper's file, ours by its name, reading error."""

    name: str
    network: str
    file: str
    quantities: dict[str, str]
    error: float
    gradients: bool = False


Z, DS, DW = Density("fig06", "z"), Density("fig07", "ds"), Density("fig08", "dW")
ALL, UPPER = (1, 2, 3, 4, 5), (2, 3, 4, 5)
PEAKS = (
    Peaks("Figure 6", "Tanh", Z, "standard", ALL, gradients=False),
    Peaks("Figure 7", "Tanh", DS, "standard", ALL),
    Peaks("Figure 8, layer 1", "Tanh", DW, "standard", (1,)),
    Peaks("Figure 8, layers 2-5", "Tanh", DW, "standard", UPPER),
    Peaks("Figure 6 N", "Tanh N", Z, "normalized", ALL, gradients=False),
    Peaks("Figure 7 N", "Tanh N", DS, "normalized", ALL),
    Peaks("Figure 8 N, layer 1", "Tanh N", DW, "normalized", (1,)),
    Peaks("Figure 8 N, layers 2-5", "Tanh N", DW, "normalized", UPPER),
)
_STD = {"std": "z_std"}
COURSES = (
    Course("Figure 3", "Tanh", "fig03_tanh", _STD, 0.002),
    Course("Figure 9", "Tanh", "fig09_standard", {"std": "dW_std"}, 0.0003, gradients=True),
    Course("Figure 10", "Tanh N", "fig10", _STD, 0.002),
    Course("Figure 9 N", "Tanh N", "fig09_normalized", {"std": "dW_std"}, 0.0003, gradients=True),
    Course("Figure 3 softsign", "Softsign", "fig03_softsign", _STD, 0.002),
    Course("Figure 2", "Sigmoid depth 4", "fig02", {"mean": "z_mean", **_STD}, 0.002),
)
JACOBIANS = {"Tanh": "standard", "Tanh N": "normalized"}


def papers() -> pd.DataFrame:
    """Every point of the paper's: POINT of `likelihood`, value, reading (1 sigma), start (or training)."""
    tables = [_papers_peaks(one) for one in PEAKS] + [_papers_course(one) for one in COURSES]
    for one_of, panel in JACOBIANS.items():
        value = paper.numbers()["jacobian"][panel]
        tables.append(_rows(_jacobian(one_of), "jacobian", [0], [0], [value], ONE_DIGIT / value, True))
    printed = paper.curve("fig11")
    printed = printed[printed["quality"].isin(READING) & printed["series"].isin(NETWORKS)]
    for network, rows in printed.groupby("series"):
        layers, reading = [0] * len(rows), rows["quality"].map(READING)
        name = f"Figure 11 {network}"
        tables.append(_rows(name, "error", layers, rows["x"], rows["y"], reading, False, log=False))
    return pd.concat(tables, ignore_index=True)


def _jacobian(network: str) -> str:
    return f"Section 4.2.2 {network}"


def _papers_peaks(one: Peaks) -> pd.DataFrame:
    curve = paper.curve(f"{one.density.figure}_{one.panel}").query("quality != 'hidden'")
    heights = curve.groupby("layer")["y"].max().loc[list(one.layers)]
    errors = paper.numbers()[one.density.figure][one.panel]
    relative = np.array([errors[layer] for layer in one.layers]) / heights.to_numpy()
    return _rows(one.name, "peak", one.layers, [0] * len(heights), heights, relative, True)


def _papers_course(one: Course) -> pd.DataFrame:
    printed = paper.curve(one.file)
    printed = printed[printed["quantity"].isin(one.quantities) & (printed["y"] > 0)]
    printed = printed[~printed["quality"].isin(("upper_limit", "interpolated", "marker_doubtful"))]
    parts = []
    for start, rows in printed.groupby(printed["x"] == 0):
        name = f"{one.name}, {START if start else TRAINING}"
        relative = one.error / rows["y"]
        parts.append(
            _rows(name, rows["quantity"], rows["layer"], rows["x"], rows["y"], relative, bool(start))
        )
    return pd.concat(parts)


def _rows(
    curve: str, quantity: Any, layer: Any, x: Any, value: Any, reading: Any, start: bool, log: bool = True
) -> pd.DataFrame:
    values = np.asarray(value, dtype=float)
    n = len(values)
    columns = {"quantity": quantity, "layer": layer, "x": x, "reading": reading}
    filled = {name: [v] * n if np.isscalar(v) else np.asarray(v) for name, v in columns.items()}
    table = pd.DataFrame({**filled, "value": np.log(values) if log else values})
    return table.astype({"layer": int, "x": float}).assign(curve=curve, start=start)


def of_run(run: Run) -> dict[str, str]:
    """What a run is as a candidate: network ("" if it is none of NETWORKS), inputs, lr, init."""
    e = run.experiment
    standard = "" if e.init.name == "standard" else " N"
    name = {"tanh": f"Tanh{standard}", "softsign": f"Softsign{standard}", "sigmoid": "Sigmoid depth 4"}.get(
        e.activation.name, ""
    )
    fits = name in NETWORKS and e.depth == MODELS[name].depth
    return {
        "network": name if fits else "",
        "inputs": selection.inputs(run),
        "lr": f"{e.lr:g}",
        "init": init_name(run),
    }


def init_name(run: Run) -> str:
    """Of an initialization, as on the page."""
    names = {"standard": "eq. 1", "normalized": "eq. 16", "normalized_below_top": "eq. 16, top eq. 1"}
    return names.get(run.experiment.init.name) or f"hidden {init_scale(run):.3g}"


def measured(runs: Runs) -> pd.DataFrame:
    """Ours in place of the paper's points, as `likelihood.residuals` takes them.

    Runs that diverged are left out: the paper's did not.
    """
    tables = []
    for run in runs:
        about = of_run(run)
        if about["network"] and not diverged(run):
            rows = pd.DataFrame(list(_points(run, about)))
            tables.append(rows.assign(seed=run.experiment.seed))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["value"])
    known = table[np.isfinite(table["value"].astype(float))]
    return known.drop_duplicates([c for c in known if c != "value"])


def _points(run: Run, about: dict[str, str]) -> Iterator[dict[str, Any]]:
    untrained = {**about, "lr": "", "epoch": "", "gradients": ""}
    batch = run.experiment.monitor.batch
    for one in PEAKS:
        if one.network == about["network"] and one.layers[-1] <= run.experiment.depth:
            for layer in one.layers:
                value = math.log(peak(run, one.density, one.panel, layer))
                kind = f"{one.density.quantity}, {START}"
                row = {"curve": one.name, "kind": kind, "quantity": "peak", "layer": layer, "x": 0.0}
                yield from _summed({**untrained, **row}, value, math.log(batch), one.gradients)
    if about["network"] in JACOBIANS:
        yield from _singular_values(run, untrained)
    for course in COURSES:
        if course.network == about["network"]:
            yield from _course(run, course, about, untrained)
    if run.experiment.updates:
        errors = run.curve.query("split == 'test' and update > 0")
        row = {**untrained, "lr": about["lr"], "curve": f"Figure 11 {about['network']}", "kind": "errors"}
        for update, error in zip(errors["update"], errors["error"], strict=True):
            x = float(update * run.experiment.batch_size)
            yield {**row, "quantity": "error", "layer": 0, "x": x, "value": 100 * error}


def _summed(row: dict[str, Any], value: float, factor: float, gradients: bool) -> Iterator[dict[str, Any]]:
    """The row; of gradients, which we sum over a mini-batch, two: summed, and averaged."""
    if not gradients:
        yield {**row, "value": value}
        return
    yield {**row, "gradients": "sum", "value": value}
    yield {**row, "gradients": "mean", "value": value + factor}


def _singular_values(run: Run, untrained: dict[str, str]) -> Iterator[dict[str, Any]]:
    rows = run.monitor.query("update == 0 and quantity == 'jacobian_mean' and layer > 1")
    rows = rows[rows["layer"] <= run.experiment.depth]
    if len(rows):
        mean = math.log(rows["value"].mean())
        row = {"curve": _jacobian(untrained["network"]), "kind": "jacobian", "quantity": "jacobian"}
        yield {**untrained, **row, "layer": 0, "x": 0.0, "value": mean}


def _course(
    run: Run, one: Course, about: dict[str, str], untrained: dict[str, str]
) -> Iterator[dict[str, Any]]:
    names = {ours: theirs for theirs, ours in one.quantities.items()}
    rows = monitored([run], *names)
    rows = rows[rows["value"] > 0]
    kind = "dW" if one.gradients else "z"
    for update, layer, quantity, value in rows[["update", "layer", "quantity", "value"]].itertuples(
        index=False
    ):
        row = {"quantity": names[quantity], "layer": layer}
        for name, epoch, x in _times(update):
            when = {"epoch": epoch, "lr": about["lr"]} if update else {}
            curve = {"curve": f"{one.name}, {name}", "kind": f"{kind}, {name}", "x": x}
            yield from _summed(
                {**untrained, **row, **when, **curve},
                math.log(value),
                -math.log(run.experiment.monitor.batch),
                one.gradients,
            )


def _times(update: int) -> Iterator[tuple[str, str, float]]:
    """Where an update lies on the paper's time axis: start or training, length of an epoch, epoch."""
    if not update:
        yield START, "", 0.0
        return
    for length in EPOCHS:
        if update % length == 0:
            yield TRAINING, f"{length:,}", update / length


assert STATED_EPOCH in {f"{length:,}" for length in EPOCHS}
