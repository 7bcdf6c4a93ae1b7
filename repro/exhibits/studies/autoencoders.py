"""Auto-encoders: what pre-training has learned

Left: test images, the same with a quarter of their pixels set to 0, and what the first layer's denoising
auto-encoder makes of them, for tanh and for sigmoid units. Below them: the weights of eight of its units as
images, dark for negative and light for positive, before they are trained with labels. Right: the cost of
reconstruction of each layer while it learns.

Implementation details
- The runs are those of the page `pretraining`, where the settings stand.
- Cost: cross-entropy between the layer's input, scaled to [0, 1], and its reconstruction, summed over the
  entries; of 300 test images, without noise. It can't come to 0, for grey levels are no certainties: drawn is
  how far it falls from its first point. Each layer learns only after the one below is finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from repro.drawing import style
from repro.evidence import EvidenceError
from repro.evidence.selection import Runs, select
from repro.evidence.verdict import Verdict
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=normalized depth=5 pretraining=denoising",
    "activation=sigmoid init=standard depth=5 pretraining=denoising",
)
ACTIVATIONS = ("tanh", "sigmoid")
KINDS = {"input": "image", "corrupted": "with noise", "reconstruction": "reconstructed"}
SHOWN = 8
"""Images, and filters."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: activation, layer, update, train_cost, test_cost (nats per example), of the first seed.

    images: activation, kind (of KINDS, or filters), number, x, y, value: of the first layer.
    """
    costs, images = [], []
    for activation in ACTIVATIONS:
        run = select([r for r in runs if r.experiment.pretraining.name != "none"], activation=activation)[0]
        costs.append(run.pretraining.assign(activation=activation))
        images.append(_images(run).assign(activation=activation))
    return {"points": pd.concat(costs, ignore_index=True), "images": pd.concat(images, ignore_index=True)}


def _images(run: Run) -> pd.DataFrame:
    arrays, tables = run.pretraining_arrays, []
    for kind in (*KINDS, "filters"):
        if f"{kind}/1" not in arrays:
            raise EvidenceError(f"{run.path.name} has no pictures of its pre-training: {kind}/1")
        pixels = arrays[f"{kind}/1"][:SHOWN]
        side = round(pixels.shape[1] ** 0.5)
        number, x, y = np.indices((len(pixels), side, side)).reshape(3, -1)  # as arrays are: [x][y]
        tables.append(pd.DataFrame({"kind": kind, "number": number, "x": x, "y": y, "value": pixels.ravel()}))
    return pd.concat(tables, ignore_index=True)


def summary(tables: Tables) -> pd.DataFrame:
    """Cost of each layer at its first and its last point."""
    rows = []
    for (activation, layer), own in tables["points"].groupby(["activation", "layer"]):
        first, last = own.iloc[0], own.iloc[-1]
        rows.append(
            {
                "units": activation,
                "layer": layer,
                "updates": f"{last['update']:,}",
                "cost (nats) at the first point": f"{first['test_cost']:.1f}",
                "at the end": f"{last['test_cost']:.1f}",
            }
        )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """A row for each kind of unit: images, filters, costs."""
    figure = style.new_figure(4.2)
    parts: Any = figure.subfigures(2, 1)
    for part, activation in zip(parts, ACTIVATIONS, strict=True):
        own = {name: rows[rows["activation"] == activation] for name, rows in tables.items()}
        pictures, costs = part.subfigures(1, 2, width_ratios=(1.9, 1))
        _pictures(pictures, own["images"], activation)
        axes = costs.subplots()
        for layer, rows in own["points"].groupby("layer"):
            gain = rows["test_cost"] - rows["test_cost"].iloc[0]
            axes.plot(rows["update"], gain, color=style.layer_colour(int(str(layer))), label=f"Layer {layer}")
        axes.set(xlabel="Updates of the layer", ylabel="Cost less its first (nats)")
        axes.legend(fontsize=6, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))  # above the curves
    return figure


def _pictures(part: SubFigure, images: pd.DataFrame, activation: str) -> None:
    """A row for each kind, the filters last."""
    grid = part.subplots(len(KINDS) + 1, SHOWN, gridspec_kw={"wspace": 0.05, "hspace": 0.05})
    for row, (kind, label) in zip(grid, {**KINDS, "filters": "filters"}.items(), strict=True):
        for number, axes in enumerate(row):
            own = images[(images["kind"] == kind) & (images["number"] == number)]
            if len(own):
                _picture(axes, own, kind == "filters")
            axes.set_axis_off()
        row[0].text(-0.1, 0.5, label, transform=row[0].transAxes, ha="right", va="center", fontsize=6)
    part.suptitle(f"{activation.capitalize()}: first layer", fontsize=8.6, x=0.02, ha="left")


def _picture(axes: object, own: pd.DataFrame, signed: bool) -> None:
    pixels = own.pivot(index="y", columns="x", values="value").to_numpy()  # as seen: row y, column x
    most = float(np.abs(pixels).max()) or 1.0
    limits = (-most, most) if signed else (0, 1)
    axes.imshow(pixels, cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")  # type: ignore[attr-defined]
