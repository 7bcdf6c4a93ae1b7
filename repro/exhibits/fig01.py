"""Figure 1 (top): fifty images of Shapeset-3x2

Each image shows one or two objects out of triangle, parallelogram and ellipse, at any place, size and
angle, in one grey level on another; two objects may overlap. The task is to name the objects: nine classes,
three with one object and six with two. Half of the images hold a single object. An endless stream of such
images makes learning curves that measure optimisation alone, for no image is ever seen twice.

Implementation details
- Drawn by a reimplementation of the original generator, which gives the same numbers from the same seed.
  The paper's picture is the stream with seed 1, listed column by column, at 64 x 64 pixels, with ellipses
  of 30 corners.
- The networks see other images: 32 x 32 pixels, ellipses of 20 corners.
- Every pixel of a tile is 3 x 3 pixels of the PNG; the tiles lie 4 image pixels apart.
- The lower half of the paper's figure shows Small-ImageNet, which was never published. Where this project's
  rebuilt set is in the data root (`datasets/small_imagenet/README.md`), fifty of its images are drawn beside
  this page, as `bottom.png`. They belong to others: the file stays on your machine, and no claim rests on it.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.data.imagenet.build import figure1_images
from repro.data.shapeset.author import AuthorStream, figure1_tiles
from repro.data.shapeset.facts import CLASS_NAMES
from repro.drawing import style
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict

ROWS, COLUMNS, GAP = 5, 10, 4  # gap in pixels of a tile
ZOOM, ZOOM_BOTTOM = 3, 5
"""Pixels of the PNG for one pixel of a tile."""


def draw(runs: Runs) -> Figure:
    """The tiles in reading order; no run is needed."""
    return _enlarged(mosaic(figure1_tiles()), ZOOM)


def draw_bottom(data: Path) -> Figure:
    """Fifty images of the Small-ImageNet below the data root, classes taking turns. Raises DataError."""
    images, names = figure1_images(data)
    figure = _enlarged(mosaic(images), ZOOM_BOTTOM)
    style.footer(
        figure, f"Small-ImageNet, rebuilt · fifty training images · {', '.join(dict.fromkeys(names))}"
    )
    return figure


def _enlarged(image: np.ndarray, zoom: int) -> Figure:
    """The image with `zoom` x `zoom` whole pixels of the PNG for each of its own."""
    dpi = style.THEME["savefig.dpi"]
    height, width = (zoom * pixels / dpi for pixels in image.shape)
    figure = Figure(figsize=(style.WIDTH, height + 2 * style.FOOTER))
    left = round((style.WIDTH - width) / 2 * dpi) / dpi  # whole pixels, so that none is resampled
    axes = figure.add_axes(
        (left / style.WIDTH, 1.5 * style.FOOTER / figure.get_figheight(),
         width / style.WIDTH, height / figure.get_figheight())
    )  # fmt: skip
    colours = image[:, :, None].repeat(3, axis=2)  # as they are: a colour map would round some greys
    axes.imshow(colours, interpolation="none", aspect="auto")
    axes.set_axis_off()
    return figure


def table(runs: Runs) -> pd.DataFrame:
    """The tiles in reading order: row, column, class, and the SHA-256 of their 64 x 64 bytes."""
    _, labels = AuthorStream(**paper.numbers()["fig01"]["stream"]).take(ROWS * COLUMNS)
    by_column = np.asarray(labels).reshape(COLUMNS, ROWS)
    rows = [
        {
            "row": i // COLUMNS + 1,
            "column": i % COLUMNS + 1,
            "class": CLASS_NAMES[by_column[i % COLUMNS, i // COLUMNS]],
            "sha256": hashlib.sha256(tile.tobytes()).hexdigest(),
        }
        for i, tile in enumerate(figure1_tiles())
    ]
    return pd.DataFrame(rows)


def summary(runs: Runs) -> pd.DataFrame:
    """How many of the tiles are of each class."""
    counts = table(runs)["class"].value_counts().reindex(CLASS_NAMES, fill_value=0)
    return pd.DataFrame({"class": counts.index, "tiles": counts.to_numpy()})


def verdicts(runs: Runs) -> list[Verdict]:
    ours = hashlib.sha256(figure1_tiles().tobytes()).hexdigest()
    theirs = paper.numbers()["fig01"]["tiles_sha256"]
    return [
        Verdict(
            claim="Figure 1 (top): all pixels",
            verdict="reproduced" if ours == theirs else "not reproduced",
            measured=f"SHA-256 `{ours[:16]}…`",
            paper=f"`{theirs[:16]}…`",
            why="the hash of all 50 tiles beside that of the raster image in the paper's PDF",
        )
    ]


def mosaic(tiles: np.ndarray) -> np.ndarray:
    """The tiles [50, side, side] side by side on white, as one uint8 image."""
    side = tiles.shape[1]
    step = side + GAP
    image = np.full((ROWS * step - GAP, COLUMNS * step - GAP), 255, dtype=np.uint8)
    for i, tile in enumerate(tiles):
        row, column = divmod(i, COLUMNS)
        image[row * step :, column * step :][:side, :side] = tile
    return image
