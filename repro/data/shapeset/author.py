"""The original Shapeset-3x2 stream (glorotxa/Shapeset), reproduced bit for bit with numpy alone.

The original draws everything, image after image, from one legacy MT19937 stream, so this generator is
sequential: scenes are drawn one by one in plain Python and then painted together. Axis x points right and
y down; images are indexed [n, x, y], as the original's surfaces are.
"""

from functools import cache
from itertools import chain
from math import atan, cos, hypot, pi, sin, tan
from operator import index
from typing import NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from repro.data.shapeset.facts import (
    BRIGHT,
    DARK,
    IMAGE_SIZE,
    INVERT_CHANCE,
    MAX_OVERLAP,
    MAX_REJECTIONS,
    MIN_IMAGE_SIZE,
    ROTATION_STEPS,
    SCALE_RANGE,
    VERTICES,
    label_of,
)

_CHUNK_PIXELS = 2**19  # pixels painted together: enough to hide numpy's overhead, few enough to bound memory


class _Phase(NamedTuple):
    """A regular polygon of diameter 1 about the origin, turned by a first angle, and that angle's tangent."""

    xs: list[float]
    ys: list[float]
    tangent: float


class _Shape(NamedTuple):
    """A placed polygon: corners and centre in pixels, and the size the overlap rule gives it (px^2)."""

    xs: list[float]
    ys: list[float]
    x: float
    y: float
    size: float


class _Scene(NamedTuple):
    """One image before painting: background grey, shapes in the order of painting, their greys, the label."""

    background: int
    shapes: list[_Shape]
    greys: list[int]
    label: int


class AuthorStream:
    """Endless stream of Shapeset images, exactly as the original generator produces them from a seed.

    Parameters: `seed`, 0 to 2**32 - 1; `image_size`, side of the square image in pixels, 10 to 4096;
    `vertices`, corners (3 to 255 each) of the triangle, the parallelogram and the "ellipse".
    Raises ValueError for values outside of these.

    >>> images, labels = AuthorStream(seed=0).take(3)
    >>> images.shape, labels.tolist()
    ((3, 32, 32), [4, 5, 0])
    """

    def __init__(
        self, seed: int, image_size: int = IMAGE_SIZE, vertices: tuple[int, int, int] = VERTICES
    ) -> None:
        self._rng = np.random.RandomState(_checked("seed", seed, 0, 2**32 - 1))
        self.image_size = _checked("image_size", image_size, MIN_IMAGE_SIZE, 4096)
        if not isinstance(vertices, tuple | list) or len(vertices) != 3:
            raise ValueError(f"vertices must be three integers, one per shape type, got {vertices!r}")
        self.vertices = tuple(_checked("vertices", corners, 3, ROTATION_STEPS) for corners in vertices)

    def take(self, n: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The next `n` images of the stream and their labels.

        Returns grey levels, uint8 [n, x, y] (0 black, 255 white), and labels, int64 [n], in the order of
        `facts.CLASS_NAMES`. Raises ValueError if `n` is not an integer of at least 0.
        """
        n, side = _checked("n", n, 0), self.image_size
        images = np.empty((n, side, side), np.uint8)
        labels = np.empty(n, np.int64)
        step = max(1, _CHUNK_PIXELS // side**2)
        for start in range(0, n, step):
            block = slice(start, min(start + step, n))
            scenes = [self._draw_scene() for _ in range(block.start, block.stop)]
            _paint(scenes, images[block])
            labels[block] = [scene.label for scene in scenes]
        return images, labels

    def _draw_scene(self) -> _Scene:
        randint = self._rng.randint
        dark = self._rng.random_sample() > INVERT_CHANCE
        count = randint(1, 3)
        back, fore = (DARK, BRIGHT) if dark else (BRIGHT, DARK)
        background = randint(back[0], back[1] + 1)
        types: list[int] = []
        shapes: list[_Shape] = []
        greys: list[int] = []
        for _ in range(count):
            kind = randint(0, 3)
            shape = self._draw_shape(self.vertices[kind], shapes)
            if shape:
                types.append(kind)
                shapes.append(shape)
                greys.append(randint(fore[0], fore[1] + 1))
        return _Scene(background, shapes, greys, label_of(tuple(types)))

    def _draw_shape(self, corners: int, earlier: list[_Shape]) -> _Shape | None:
        """A shape that hides no earlier one too much, or None after too many rejections.

        The original can drop a shape this way, but with two objects it never happened in 100,000 images.
        """
        phase = _phases(corners)[self._rng.randint(0, ROTATION_STEPS // corners)]
        turn = 2 * pi * self._rng.randint(0, ROTATION_STEPS - 1) / ROTATION_STEPS
        shape, rejections = self._attempt(phase, turn), 0
        while rejections <= MAX_REJECTIONS and any(_hides(shape, old) for old in earlier):
            shape, rejections = self._attempt(phase, turn), rejections + 1
        return shape if rejections < MAX_REJECTIONS else None

    def _attempt(self, phase: _Phase, turn: float) -> _Shape:
        """Scale the polygon, lay its base edge level again, turn it and move it anywhere inside the frame."""
        uniform, side = self._rng.random_sample, self.image_size
        low, high = SCALE_RANGE
        s0 = side * (low + (high - low) * uniform())
        s1 = side * (low + (high - low) * uniform())
        if s0 < s1:
            s0, s1 = s1, s0
        turn -= atan(s1 / s0 * phase.tangent)
        c, s = cos(turn), sin(turn)
        xx, xy, yx, yy = s0 * c, -s1 * s, s0 * s, s1 * c
        xs = [xx * x + xy * y for x, y in zip(phase.xs, phase.ys, strict=True)]
        ys = [yx * x + yy * y for x, y in zip(phase.xs, phase.ys, strict=True)]
        x = _position(uniform(), xs, side)
        y = _position(uniform(), ys, side)
        return _Shape([x + v for v in xs], [y + v for v in ys], x, y, s0 * s1 * _area_share(len(xs)))


def figure1_tiles() -> NDArray[np.uint8]:
    """The 50 tiles of the paper's Figure 1 (top), pixel for pixel as printed.

    Returns uint8 [50, 64, 64]: tiles in reading order (5 rows of 10), each indexed [row, column]. The figure
    used 64 x 64 images, 30-cornered ellipses and seed 1, and lists the stream column by column.
    """
    images, _ = AuthorStream(1, image_size=64, vertices=(3, 4, 30)).take(50)
    tiles = images.reshape(10, 5, 64, 64).transpose(1, 0, 3, 2).reshape(50, 64, 64)
    # The figure's greys went to [-1, 1] and back, which leaves 20 of the 256 levels one lower.
    return ((((tiles / 255) * 2 - 1) + 1) * 0.5 * 255).astype(np.uint8)


@cache
def _phases(corners: int) -> tuple[_Phase, ...]:
    """The polygon at each first rotation: steps around 0 that span its symmetry angle, 360 / `corners`."""
    phases = []
    for a in range(ROTATION_STEPS // corners):
        if a > (ROTATION_STEPS - 1) // (2 * corners):  # the upper half stands for negative angles
            a = min(ROTATION_STEPS - (ROTATION_STEPS - 1) // corners + a, ROTATION_STEPS - 1)
        turn = 2 * pi * a / ROTATION_STEPS
        angles = [2 * pi * (j / corners + 1 / (2 * corners) + 1 / 4) + turn for j in range(corners)]
        phases.append(_Phase([cos(t) / 2 for t in angles], [sin(t) / 2 for t in angles], tan(turn)))
    return tuple(phases)


@cache
def _area_share(corners: int) -> float:
    """Area of a regular polygon as a share of its circumscribed circle's."""
    return corners * sin(2 * pi / corners) / (2 * pi)


def _position(u: float, offsets: list[float], side: int) -> float:
    """Map u in [0, 1) to where the centre may lie if every corner is to stay 1 pixel inside the frame."""
    low = max(0.0, (1 - min(offsets)) / side)
    high = min(1.0, 1 - (max(offsets) + 1) / side)
    return side * (low + (high - low) * u)


def _hides(new: _Shape, old: _Shape) -> bool:
    """The original's estimate of whether `new` hides more than MAX_OVERLAP of `old`.

    Neither the true overlap nor symmetric: it compares the distance of the centres with how far each shape
    reaches towards the other.
    """
    # The original keeps the old centre in an integer array, so it is truncated here and only here.
    x, y = int(old.x), int(old.y)
    dx, dy = new.x - x, new.y - y
    distance = hypot(dx, dy)
    old_reach = max([(u - x) * dx + (v - y) * dy for u, v in zip(old.xs, old.ys, strict=True)])
    new_reach = max([(new.x - u) * dx + (new.y - v) * dy for u, v in zip(new.xs, new.ys, strict=True)])
    reach = (old_reach + new_reach) / distance
    if reach < distance:
        return False
    return (1 - 2 ** (1 - reach / distance)) * new.size / old.size > MAX_OVERLAP


def _paint(scenes: list[_Scene], images: NDArray[np.uint8]) -> None:
    """Paint each scene on its image, `images` [n, x, y], with the polygon fill of pygame 1.8."""
    images[:] = np.array([scene.background for scene in scenes], np.uint8)[:, None, None]
    column = np.arange(images.shape[1], dtype=np.int16)[:, None]
    for layer in range(2):
        owners = [i for i, scene in enumerate(scenes) if len(scene.shapes) > layer]
        greys = np.array([scenes[i].greys[layer] for i in owners], np.uint8)[:, None, None]
        first, last = _spans([scenes[i].shapes[layer] for i in owners], images.shape[1])
        inside = (first[:, None, :] <= column) & (column <= last[:, None, :])
        images[owners] = np.where(inside, greys, images[owners])


def _spans(shapes: list[_Shape], side: int) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """First and last painted x of every shape in every row: two arrays [shape, y], both -1 in empty rows.

    The corners are truncated to whole pixels. Truncation keeps the order of the corners along y, so the
    outline still runs down once and up once: of the edges that are not level, exactly one of each direction
    crosses any row from the top one to the bottom one, if an edge is taken to lack its lower end except in
    the bottom row. What lies between these two crossings, both included, is painted.
    """
    corners = np.array([len(shape.xs) for shape in shapes], np.intp)
    ends = np.cumsum(corners)
    xs = np.fromiter(chain.from_iterable(shape.xs for shape in shapes), float).astype(np.intp)
    ys = np.fromiter(chain.from_iterable(shape.ys for shape in shapes), float).astype(np.intp)
    following = np.arange(1, len(xs) + 1)
    following[ends - 1] = ends - corners
    owner = np.repeat(np.arange(len(shapes)), corners)
    rising = ys[following] < ys
    x1, x2 = np.where(rising, (xs[following], xs), (xs, xs[following]))
    y1, y2 = np.where(rising, (ys[following], ys), (ys, ys[following]))
    bottom = np.maximum.reduceat(ys, ends - corners)[owner]
    rows = np.where(y1 == y2, 0, y2 - y1 + (y2 == bottom))

    edge = np.repeat(np.arange(len(xs)), rows)
    down = np.arange(len(edge)) - np.repeat(np.cumsum(rows) - rows, rows)
    # Conversion to integers rounds towards zero, as C's integer division does; the quotient itself is exact
    # enough: it is a whole number or at least 1 / side away from one.
    shift = (down * (x2 - x1)[edge] / (y2 - y1)[edge]).astype(np.intp)
    crossings = np.full((2, len(shapes), side), -1, np.int16)
    crossings[rising[edge].astype(np.intp), owner[edge], y1[edge] + down] = x1[edge] + shift
    return crossings.min(0), crossings.max(0)


def _checked(name: str, value: SupportsIndex, low: int, high: int | None = None) -> int:
    """`value` as an int, or a ValueError that names it and says what is allowed."""
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or number < low or (high is not None and number > high):
        allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be an integer {allowed}, got {value!r}")
    return number
