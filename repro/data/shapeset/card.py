"""What the card of Shapeset shows: a picture of every class, and the table of its statistics.

python -m repro.data.shapeset.card writes datasets/shapeset/samples.png and prints the table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from repro.data.files.measure import measure
from repro.data.files.store import Labelled, Parts
from repro.data.shapeset.facts import CLASS_NAMES, IMAGE_SIZE
from repro.data.shapeset.stream import Shapeset

PICTURE = Path("datasets/shapeset/samples.png")
COLUMNS = 12
TRAIN, HELD_OUT = 50_000, 10_000
"""Images that the table is taken from: the stream of seed 0, and the usual validation and test sets."""


def parts() -> Parts:
    """The first images of each stream."""
    return Parts(_first("train", TRAIN), _first("valid", HELD_OUT), _first("test", HELD_OUT))


def draw() -> Figure:
    """The first test images of every class, one class per row, upright."""
    images = _first("test", 1000)
    upright = images.pixels.reshape(-1, IMAGE_SIZE, IMAGE_SIZE).transpose(
        0, 2, 1
    )  # pixel (x, y) is at 32 x + y
    figure = Figure(figsize=(7.5, 4.6))
    spacing = {"left": 0.22, "right": 0.99, "bottom": 0.01, "top": 0.99, "wspace": 0.1, "hspace": 0.1}
    grid = figure.subplots(len(CLASS_NAMES), COLUMNS, gridspec_kw=spacing)
    for label, row in enumerate(grid):
        for axes, image in zip(row, upright[images.labels == label], strict=False):
            axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_color("0.6")
        row[0].set_ylabel(f"{label}  {CLASS_NAMES[label]}", rotation=0, ha="right", va="center", fontsize=8)
    return figure


def _first(stream: str, count: int) -> Labelled:
    pixels, labels = Shapeset(0, stream=stream).examples(0, count)
    return Labelled(pixels.numpy(), labels.numpy().astype(np.uint8))


if __name__ == "__main__":
    draw().savefig(PICTURE, dpi=110)
    print(measure(parts()))
