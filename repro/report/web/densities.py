"""What the slider over training time shows: densities and spreads of z, ∂C/∂s and ∂C/∂W in every layer.

A run keeps densities at some updates (at least before and after training) and means, standard deviations and
percentiles at many more. All of them are here, and the paper's beside: densities of Figures 4 and 6 to 8,
spreads of Figures 2, 3, 9 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from repro import paper
from repro.evidence.selection import diverged, init_scale, inputs, usual
from repro.experiment.settings import Experiment
from repro.report.web.numbers import short, shorts
from repro.runs.folder import Run

QUANTITIES = ("z", "ds", "dW")
TIMES = 40
"""Moments in the page at most; of a longer run those are left out that lie closest together."""
KEPT = 24
"""The same for a run that kept densities in between: then only moments that have them are there."""
SPREADS = {
    "z": {"mean": "z_mean", "std": "z_std", "low": "z_p1", "mid": "z_p50", "high": "z_p99"},
    "ds": {"std": "ds_batch_std"},
    "dW": {"std": "dW_std"},
}
"""Summaries of each quantity as the monitor names them."""


class Printed(NamedTuple):
    """Where the paper shows a network: digitised curves by what they show; empty where there is none."""

    start: dict[str, str]  # quantity → densities before training
    end: str = ""  # densities of z after training
    z: str = ""  # std and 98 percentile of z over epochs
    gradients: str = ""  # std of ∂C/∂W over epochs


_STANDARD = {"z": "fig06_standard", "ds": "fig07_standard", "dW": "fig08_standard"}
_NORMALIZED = {"z": "fig06_normalized", "ds": "fig07_normalized", "dW": "fig08_normalized"}
PRINTED = {
    ("tanh", "standard", 5): Printed(_STANDARD, "fig04_tanh", "fig03_tanh", "fig09_standard"),
    ("tanh", "normalized", 5): Printed(_NORMALIZED, "", "fig10", "fig09_normalized"),
    ("tanh", "normalized_hidden", 5): Printed(_NORMALIZED, "", "fig10", "fig09_normalized"),
    ("softsign", "standard", 5): Printed({}, "fig04_softsign", "fig03_softsign"),
    ("sigmoid", "standard", 4): Printed({}, "", "fig02"),
}
"""The paper's curves, by activation, initialization and depth."""


def payload(runs: Sequence[Run]) -> dict[str, Any]:
    """JSON: "networks", one for each kind of network trained on Shapeset, and "paper", curves by name."""
    networks = [network(run) for run in chosen(runs)]
    names = {
        name
        for n in networks
        for name in (*n["paper"]["start"].values(), *n["paper"]["over"].values())
        if name
    }
    names |= {n["paper"]["end"] for n in networks if n["paper"]["end"]}
    return {"networks": networks, "paper": {name: printed(name) for name in sorted(names)}}


def chosen(runs: Sequence[Run]) -> list[Run]:
    """Of each kind of network the run that trained longest and, if another, the one with most densities."""
    kinds: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        experiment = run.experiment
        if experiment.updates and experiment.dataset.name == "shapeset" and usual(experiment):
            kinds.setdefault(_kind(experiment), []).append(run)
    found: dict[Run, None] = {}
    for _, own in sorted(kinds.items(), key=lambda kind: tuple(map(str, kind[0]))):
        found |= dict.fromkeys((max(own, key=_moments), max(own, key=_length)))
    return list(found)


def _length(run: Run) -> tuple[Any, ...]:
    e = run.experiment
    return not diverged(run), e.updates, len(run.histograms), -e.seed, -abs(e.lr - 0.01)


def _moments(run: Run) -> tuple[Any, ...]:
    return not diverged(run), len(run.histograms), *_length(run)


def _kind(experiment: Experiment) -> tuple[Any, ...]:
    return (
        _order(experiment),
        experiment.activation,
        experiment.init,
        experiment.depth,
        -experiment.dataset.low,
        experiment.widths,
        str(experiment.normalization),
        experiment.residual,
        experiment.dropout,
    )


def _order(experiment: Experiment) -> int:
    """Place in the list of networks: the paper's own first."""
    keys = list(PRINTED)
    key = (experiment.activation.name, experiment.init.name, experiment.depth)
    return keys.index(key) if key in keys else len(keys)


def network(run: Run) -> dict[str, Any]:
    """One network: name, run, times (updates), spreads, densities, and names of the paper's curves.

    spreads: quantity → summary → [time][layer]. densities: quantity → update → [layer] of {x0, dx, y}.
    """
    experiment = run.experiment
    rows = run.monitor
    rows = rows[rows["layer"].between(1, experiment.depth)]
    kept = sorted({int(key.split("/")[1]) for key in run.histograms})
    measured = sorted(set(rows.loc[rows["quantity"] == "z_std", "update"]))
    times = thinned(kept, kept[-1:], KEPT) if len(kept) > 2 else thinned(measured, kept, TIMES)
    return {
        "name": name(run),
        "run": run.path.name,
        "depth": experiment.depth,
        "updates": experiment.updates,
        "epoch": int(paper.numbers()["setting"]["updates_per_epoch"]),
        "times": times,
        "spreads": {q: {k: _table(rows, m, times) for k, m in SPREADS[q].items()} for q in QUANTITIES},
        "densities": {q: _densities(run, q, [t for t in kept if t in times]) for q in QUANTITIES},
        "paper": _papers(experiment),
    }


def name(run: Run) -> str:
    """What the list calls a network, such as `tanh, standard, inputs in [0, 1], 20,000 updates`."""
    experiment = run.experiment
    init = experiment.init.name
    if init == "normalized_hidden":
        init = f"hidden n Var[W] = {init_scale(run):g}"
    depth = f", depth {experiment.depth}" if experiment.depth != 5 else ""
    return f"{experiment.activation}, {init}{depth}, inputs in {inputs(run)}, {experiment.updates:,} updates"


def thinned(times: Sequence[int], keep: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly over the square root of time: the first moments stay; `keep`, too."""
    known = list(map(int, times))
    if len(known) <= most:
        return known
    marks = np.linspace(0, known[-1] ** 0.5, most - len(keep)) ** 2
    near = {known[int(np.abs(np.array(known) - mark).argmin())] for mark in marks}
    return sorted(near | (set(keep) & set(known)))


def _table(rows: pd.DataFrame, quantity: str, times: Sequence[int]) -> list[list[float | int | None]]:
    own = rows[rows["quantity"] == quantity]
    table = own.pivot(index="update", columns="layer", values="value").reindex(list(times))
    return [shorts(row) for row in table.to_numpy()]


def _densities(run: Run, quantity: str, times: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """By update; those at both ends, which the paper's are compared with, in the cells of the run."""
    found = {}
    for time in times:
        keys = [f"{quantity}/{time}/{layer}" for layer in range(1, run.experiment.depth + 1)]
        if all(key in run.histograms for key in keys):
            step = 1 if time in (times[0], times[-1]) else 2
            found[str(time)] = [_cells(run.histograms[key], step) for key in keys]
    return found


def _cells(histogram: NDArray[np.float64], step: int) -> dict[str, Any]:
    """A density [2, bins] with so many bins as one, without the nearly empty ones at both ends."""
    x, y = np.asarray(histogram)
    whole = len(x) // step * step
    x, y = (values[:whole].reshape(-1, step).mean(1) for values in (x, y))
    seen = np.flatnonzero(y > 0.004 * y.max()) if y.max() > 0 else np.array([0])
    part = slice(max(0, seen[0] - 1), seen[-1] + 2)
    x, y = x[part], y[part]
    return {"x0": short(x[0], 6), "dx": short(x[1] - x[0], 6) if len(x) > 1 else 1, "y": shorts(y, 3)}


def _papers(experiment: Experiment) -> dict[str, Any]:
    key = (experiment.activation.name, experiment.init.name, experiment.depth)
    found = PRINTED.get(key, Printed({}))
    over = {"z": found.z, "dW": found.gradients}
    return {"start": found.start, "end": found.end, "over": {k: v for k, v in over.items() if v}}


def printed(curve: str) -> dict[str, Any]:
    """A digitised curve: per layer "x", "y" of a density, or "epoch", "std" (and "mean") over time."""
    rows = paper.curve(curve)
    if "density" in set(rows["quantity"]):
        rows = rows[(rows["quantity"] == "density") & (rows["quality"] != "hidden")]
        layers = {int(str(layer)): own.iloc[::2] for layer, own in rows.groupby("layer")}
        return {"layers": {i: {"x": shorts(r["x"]), "y": shorts(r["y"], 3)} for i, r in layers.items()}}
    wide = rows.pivot_table(index=["layer", "x"], columns="quantity", values="y").reset_index()
    layers = {int(str(layer)): own.sort_values("x") for layer, own in wide.groupby("layer")}
    columns = [column for column in ("mean", "std", "p98") if column in wide]
    return {
        "layers": {
            i: {"epoch": shorts(r["x"]), **{column: shorts(r[column]) for column in columns}}
            for i, r in layers.items()
        }
    }
