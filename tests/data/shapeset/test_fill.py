"""The table-driven polygon fill, checked against the scanline rule it stands for."""

from math import cos, pi, sin

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from repro.data.shapeset import fill as polygon_fill
from repro.data.shapeset.fill import paint, spans

SIDE = 32


def by_the_letter(corners: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Painted pixels [x, y]: sort each row's crossings, paint from 1st to 2nd, from 3rd to 4th, ..."""
    painted = np.zeros((SIDE, SIDE), bool)
    bottom = max(y for _, y in corners)
    for row in range(SIDE):
        crossings = []
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            (x1, y1), (x2, y2) = sorted((a, b), key=lambda corner: corner[1])
            if y1 <= row < y2 or (y1 < y2 == row == bottom):
                product = (row - y1) * (x2 - x1)
                quotient = abs(product) // (y2 - y1)  # rounded towards zero, like C's
                crossings.append(x1 + (quotient if product > 0 else -quotient))
        crossings.sort()
        for first, last in zip(crossings[::2], crossings[1::2], strict=True):
            painted[first : last + 1, row] = True
    return painted


def random_polygons(corners: int, n: int) -> tuple[Tensor, Tensor]:
    """Corners [corners, n] of ellipses' polygons, truncated to pixels anywhere in the image."""
    rng = np.random.default_rng(corners)
    phase, tilt = rng.uniform(0, 2 * pi, (2, n))
    width, height = rng.uniform(0.5, 11, (2, n))
    angle = phase + 2 * pi * np.arange(corners)[:, None] / corners
    u, v = width * np.cos(angle), height * np.sin(angle)
    x, y = np.cos(tilt) * u - np.sin(tilt) * v, np.sin(tilt) * u + np.cos(tilt) * v
    x, y = x + rng.uniform(-x.min(0), SIDE - x.max(0)), y + rng.uniform(-y.min(0), SIDE - y.max(0))
    return torch.from_numpy(x).int(), torch.from_numpy(y).int()


@pytest.mark.parametrize("corners", [3, 4, 20])
def test_fill_is_the_scanline_fill(corners: int) -> None:
    x, y = random_polygons(corners, 300)
    first, last = spans(x, y)
    column = torch.arange(SIDE)[:, None]
    for i in range(x.shape[1]):
        painted = (first[i] <= column) & (column <= last[i])
        expected = by_the_letter(list(zip(x[:, i].tolist(), y[:, i].tolist(), strict=True)))
        np.testing.assert_array_equal(painted.numpy(), expected)


def test_every_edge_crosses_where_integer_division_says() -> None:
    leftmost, rightmost = polygon_fill._crossings(torch.device("cpu"))
    shape = (2, SIDE, SIDE, 2 * SIDE, SIDE)  # [end in last row, y, y2, x2 - x + SIDE, row]
    y, y2, dx, row = np.ix_(np.arange(SIDE), np.arange(SIDE), np.arange(-SIDE, SIDE), np.arange(SIDE))
    falls = y < y2
    numerator = (row - np.minimum(y, y2)) * np.where(falls, dx, -dx)
    height = np.maximum(abs(y2 - y), 1)
    expected = np.where(falls, 0, dx) + np.sign(numerator) * (abs(numerator) // height)
    for with_end in (0, 1):
        rows = (np.minimum(y, y2) <= row) & (row < np.maximum(y, y2) + with_end) & (y != y2)
        rows = np.broadcast_to(rows, shape[1:])
        for table, gap in ((leftmost, SIDE), (rightmost, -SIDE)):
            column = table.view(shape)[with_end].numpy()
            np.testing.assert_array_equal(column, np.where(rows, expected, gap))


def test_rows_outside_have_no_span() -> None:
    first, last = spans(torch.tensor([[5], [9], [7]]).int(), torch.tensor([[4], [4], [8]]).int())
    drawn = (first <= last)[0].nonzero().flatten()
    assert drawn.tolist() == [4, 5, 6, 7, 8]
    assert (first[0, 4], last[0, 4]) == (5, 9)
    assert (first[0, 8], last[0, 8]) == (7, 7)


def test_later_layers_cover_earlier_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygon_fill, "_CHUNK", 2)
    n, angles = 5, [2 * pi * j / 20 for j in range(20)]
    x, y = (torch.tensor([[16 + 9 * f(t)] * n for t in angles]).int() for f in (cos, sin))
    disc, square = spans(x, y), spans(*(torch.tensor([[c] * n for c in cs]).int() for cs in SQUARE))
    first, last = (torch.stack(both) for both in zip(disc, square, strict=True))
    ground, grey = torch.arange(n), torch.stack((torch.arange(n) + 100, 255 - torch.arange(n)))
    pixels = torch.empty(n, SIDE * SIDE, dtype=torch.uint8)
    paint(pixels, ground, grey, first, last)
    images = pixels.view(n, SIDE, SIDE)
    assert images[:, 0, 0].tolist() == ground.tolist()
    assert images[:, 16, 8].tolist() == grey[0].tolist()  # in the disc, above the square
    assert images[:, 16, 16].tolist() == grey[1].tolist()
    assert (images[:, 12:21, 12:21] == grey[1][:, None, None]).all()
    assert (images == grey[1][:, None, None]).sum() == n * 81


SQUARE = ((12, 12, 20, 20), (12, 20, 20, 12))
