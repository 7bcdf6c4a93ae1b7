"""Polygon fill of pygame 1.8, which the original Shapeset generator used, for many small images at once.

Images are square, IMAGE_SIZE pixels wide, x to the right and y down. Where a polygon's edges cross the rows
of the image is looked up in a table of all edges, so filling takes exact small integers only.
"""

from functools import cache

import torch
from torch import Tensor

from repro.data.shapeset.facts import IMAGE_SIZE

_NOWHERE = IMAGE_SIZE  # stands for a column of no crossing: outside of the image
_CHUNK = 1024  # images painted together: few enough to stay in a processor's cache


def spans(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """First and last painted column in every row of polygons, int8 `[n, IMAGE_SIZE]`; first > last for none.

    x, y: int32 `[corners, n]`, 0 .. IMAGE_SIZE - 1, corners in the order of the outline. The outline may
    cross each row only twice; a convex one still does when its corners were truncated to whole pixels.
    """
    leftmost, rightmost = _crossings(x.device)
    x2, y2 = x.roll(-1, 0), y.roll(-1, 0)
    in_last_row = torch.maximum(y, y2) == y.amax(0)
    edge = (in_last_row.int() * IMAGE_SIZE + y) * IMAGE_SIZE + y2
    edge = (edge * (2 * IMAGE_SIZE) + (x2 - x + IMAGE_SIZE)).flatten()
    columns = x.to(torch.int8)[:, :, None]
    first = leftmost.index_select(0, edge).view(*x.shape, IMAGE_SIZE) + columns  # [corners, n, rows]
    last = rightmost.index_select(0, edge).view(*x.shape, IMAGE_SIZE) + columns
    return first.amin(0), last.amax(0)


def paint(pixels: Tensor, ground: Tensor, grey: Tensor, first: Tensor, last: Tensor) -> None:
    """Paint n images: a plain ground, then one layer after the other of spans in a plain grey.

    pixels: uint8 `[n, IMAGE_SIZE ** 2]` to fill, (x, y) at IMAGE_SIZE * x + y. ground `[n]` and grey
    `[layers, n]`: levels 0 .. 255. first, last: int8 `[layers, n, IMAGE_SIZE]`, as from `spans`.
    """
    column = torch.arange(IMAGE_SIZE, dtype=torch.int8, device=pixels.device)[:, None]
    for start in range(0, len(pixels), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        # Images lie side by side, [columns, n * rows], for the sake of long inner loops.
        image = ground[chunk].byte().repeat_interleave(IMAGE_SIZE)
        for layer in range(len(grey)):
            level = grey[layer, chunk].byte().repeat_interleave(IMAGE_SIZE)
            inside = (first[layer, chunk].flatten() <= column) & (column <= last[layer, chunk].flatten())
            image = image + inside.byte() * (level - image)  # bytes wrap around, to the level where inside
        target = pixels[chunk].view(-1, IMAGE_SIZE, IMAGE_SIZE).transpose(0, 1)  # [columns, n, rows]
        target.copy_(image.view(target.shape))


@cache
def _crossings(device: torch.device) -> tuple[Tensor, Tensor]:
    """Where an edge from (x, y) to (x2, y2) crosses every row, as column - x: two tables, int8 [edges, rows].

    Edges are numbered by [whether the polygon's last row has an end of it, y, y2, x2 - x + S], S being
    IMAGE_SIZE. An edge lacks its lower end except in that row; a level edge crosses nothing. The fill for
    rows not crossed is out of the way of the smallest column in one table, of the largest in the other.
    """
    side = torch.arange(IMAGE_SIZE, dtype=torch.int16, device="cpu")
    y, y2, row = side[:, None, None, None], side[:, None, None], side
    dx = torch.arange(-IMAGE_SIZE, IMAGE_SIZE, dtype=torch.int16, device="cpu")[:, None]
    upper, lower, falls = torch.minimum(y, y2), torch.maximum(y, y2), y < y2
    run = torch.where(falls, dx, -dx)  # x from the upper to the lower end
    moved = torch.div((row - upper) * run, (lower - upper).clamp(min=1), rounding_mode="trunc")
    column = torch.where(falls, 0, dx) + moved  # [y, y2, dx, row]
    inner = (upper <= row) & (row < lower)
    with_end = (upper <= row) & (row <= lower) & (upper < lower)
    crossed = torch.stack((inner, with_end))  # [2, y, y2, 1, row]
    leftmost, rightmost = (torch.where(crossed, column, gap).to(torch.int8) for gap in (_NOWHERE, -_NOWHERE))
    return leftmost.flatten(0, -2).to(device), rightmost.flatten(0, -2).to(device)
