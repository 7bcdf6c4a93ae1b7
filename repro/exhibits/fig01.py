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
- Every pixel of a tile is 3 x 3 pixels of the PNG. The names of the classes are ours.
- The lower half of the paper's figure shows Small-ImageNet, which was never published. Where this project's
  rebuilt set is in the data root (`datasets/small_imagenet/README.md`), fifty of its images are drawn beside
  this page, as `bottom.png`. They belong to others: the file stays on your machine, and no claim rests on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.data.shapeset.author import AuthorStream, figure1_tiles
from repro.data.shapeset.facts import CLASS_NAMES
from repro.drawing import style
from repro.evidence.selection import Runs
from repro.evidence.verdict import Measure, Verdict, judged

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS: tuple[str, ...] = ()
"""Drawn from the generator."""

ROWS, COLUMNS, GAP, LINE = 5, 10, 4, 14
"""GAP: between columns, in pixels of a tile. LINE: below each row, for the names of the classes."""
SHORT = {
    "parallelogram": "parallelog.",
    "triangle + parallelogram": "triangle + par.",
    "parallelogram + ellipse": "par. + ellipse",
    "two parallelograms": "two parallelog.",
}
"""Names that are too long for a tile."""
ZOOM, ZOOM_BOTTOM = 3, 5
"""Pixels of the PNG for one pixel of a tile."""


def tables(runs: Runs) -> Tables:
    """points: `_listed`. pixels: the picture, a column of grey levels for each column of it.

    hashes: sha256 of the 50 tiles, [ours, paper] as index.
    """
    tiles = figure1_tiles()
    ours, theirs = _sha256(tiles), paper.numbers()["fig01"]["tiles_sha256"]
    return {
        "points": _listed(tiles),
        "pixels": pd.DataFrame(mosaic(tiles)),
        "hashes": pd.DataFrame({"sha256": [ours, theirs]}, index=["ours", "paper"]),
    }


def _listed(tiles: np.ndarray) -> pd.DataFrame:
    """The tiles in reading order: row, column, class, and the SHA-256 of their 64 x 64 bytes."""
    _, labels = AuthorStream(**paper.numbers()["fig01"]["stream"]).take(ROWS * COLUMNS)
    by_column = np.asarray(labels).reshape(COLUMNS, ROWS)
    rows = [
        {
            "row": i // COLUMNS + 1,
            "column": i % COLUMNS + 1,
            "class": CLASS_NAMES[by_column[i % COLUMNS, i // COLUMNS]],
            "sha256": _sha256(tile),
        }
        for i, tile in enumerate(tiles)
    ]
    return pd.DataFrame(rows)


def _sha256(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def mosaic(tiles: np.ndarray) -> np.ndarray:
    """The tiles [50, side, side] side by side on white, as one uint8 image."""
    side = tiles.shape[1]
    down, right = side + LINE, side + GAP
    image = np.full((ROWS * down, COLUMNS * right - GAP), 255, dtype=np.uint8)
    for i, tile in enumerate(tiles):
        row, column = divmod(i, COLUMNS)
        image[row * down :, column * right :][:side, :side] = tile
    return image


def summary(tables: Tables) -> pd.DataFrame:
    """How many of the tiles are of each class."""
    counts = tables["points"]["class"].value_counts().reindex(CLASS_NAMES, fill_value=0)
    return pd.DataFrame({"class": counts.index, "tiles": counts.to_numpy()})


def verdicts(tables: Tables) -> list[Verdict]:
    ours, theirs = tables["hashes"]["sha256"]
    same = ours == theirs
    verdict = Verdict(
        claim="fig01.pixels",
        outcome="not tested",
        quantity=f"SHA-256 `{ours[:16]}…`, equal (1) or not (0)",
        unit="",
        rule="the hash of all 50 tiles is that of the raster image in the paper's PDF",
        measures=(Measure(of={}, value=float(same), n=0, holds=same),),
        statement="Figure 1 (top): all pixels",
        paper=f"`{theirs[:16]}…`",
    )
    return [judged(verdict)]


def draw(tables: Tables) -> Figure:
    """The tiles in reading order, each with its class."""
    figure = _enlarged(tables["pixels"].to_numpy(), ZOOM)
    _name(figure.axes[0], [SHORT.get(name, name) for name in tables["points"]["class"]], 64)
    return figure


def draw_bottom(images: np.ndarray, names: Sequence[str]) -> Figure:
    """Fifty images of Small-ImageNet, uint8 [50, side, side], and the class of each, which take turns."""
    figure = _enlarged(mosaic(images), ZOOM_BOTTOM)
    _name(figure.axes[0], names, images.shape[1])
    style.footer(
        figure, f"Small-ImageNet, rebuilt · fifty training images · {', '.join(dict.fromkeys(names))}"
    )
    return figure


def _name(axes: Axes, names: Sequence[str], side: int) -> None:
    """Write below each tile, `side` pixels wide, what it is."""
    for i, name in enumerate(names):
        row, column = divmod(i, COLUMNS)
        place = (column * (side + GAP) + side / 2 - 0.5, row * (side + LINE) + side + LINE / 2 - 0.5)
        axes.text(*place, name, ha="center", va="center", fontsize=5, color=style.GREY)


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
