"""Objects of Shapeset: how the original generator (glorotxa/Shapeset) shapes, places and rejects them.

Coordinates are pixels, x to the right and y down. A pose is a float64 tensor [6, ...]: xx, xy, yx, yy, tx, ty
of the affine map (px, py) -> (xx px + xy py + tx, yx px + yy py + ty) that takes a regular polygon of
diameter 1 to an object. All arithmetic is exact or correctly rounded, one operation at a time: vectorised
atan, sin or exp may round by their position in a tensor, and differently on another device.
"""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from repro.counter_random import unit
from repro.data.shapeset.facts import IMAGE_SIZE, MAX_OVERLAP, SCALE_RANGE


class Forms(NamedTuple):
    """The shapes of objects before they are scaled: what stays when a placement is rejected."""

    phase: Tensor  # [2, ...] cosine and sine of the rotation before scaling
    turn: Tensor  # [2, ...] cosine and sine of the rotation after scaling
    corners: Tensor  # [2, most, ...] right half of the regular polygon
    area: Tensor  # [...] of the regular polygon

    def pick(self, *where: int | slice | Tensor | None) -> "Forms":
        """The forms at an index into the dimensions that the fields have in common."""
        return Forms(*(field[..., *where] for field in self))


def place(forms: Forms, words: Tensor) -> Tensor:
    """Poses float64 [6, ...] of objects; random words int64 [4, ...] decide on two scales and the position.

    The original rotates the polygon by its phase, scales x and y, turns the edge that was level back to
    level, and rotates by `turn`. The first three make up the matrix ((length, shear), (0, height)).
    """
    u0, u1, u_x, u_y = unit(words)
    smallest, largest = (IMAGE_SIZE * share for share in SCALE_RANGE)
    s0 = torch.maximum(u0, u1) * (largest - smallest) + smallest
    s1 = torch.minimum(u0, u1) * (largest - smallest) + smallest
    (c, s), (turn_c, turn_s) = forms.phase, forms.turn
    length = ((s0 * c).square() + (s1 * s).square()).sqrt()
    shear, height = (s1 * s1 - s0 * s0) * (c * s) / length, s0 * s1 / length
    xx, xy = turn_c * length, turn_c * shear - turn_s * height
    yx, yy = turn_s * length, turn_s * shear + turn_c * height
    return torch.stack((xx, xy, yx, yy, _centre(u_x, forms, xx, xy), _centre(u_y, forms, yx, yy)))


def _centre(u: Tensor, forms: Forms, wx: Tensor, wy: Tensor) -> Tensor:
    """Position along the axis with offsets wx px + wy py: u in (0, 1) spans all that keep off the frame."""
    before, after = _reach(forms, -wx, -wy), _reach(forms, wx, wy)
    return (1 + before) + u * ((IMAGE_SIZE - 2) - (before + after))


def _reach(forms: Forms, wx: Tensor, wy: Tensor) -> Tensor:
    """Largest wx px + wy py over the corners (px, py), which are symmetric in x."""
    return (wx.abs() * forms.corners[0] + wy * forms.corners[1]).amax(0)


def hides(new: Forms, new_pose: Tensor, old: Forms, old_pose: Tensor) -> Tensor:
    """The original's estimate of whether new objects hide more than MAX_OVERLAP of the old ones: bool [...].

    Neither the true overlap nor symmetric: it compares the distance of the centres with how far each shape
    reaches towards the other.
    """
    xx, xy, yx, yy, tx, ty = old_pose
    new_xx, new_xy, new_yx, new_yy, new_tx, new_ty = new_pose
    # The original keeps the old centre in an integer array, so it is truncated here and only here.
    dx, dy = new_tx - tx.trunc(), new_ty - ty.trunc()
    old_reach = _reach(old, xx * dx + yx * dy, xy * dx + yy * dy) + (tx.frac() * dx + ty.frac() * dy)
    new_reach = _reach(new, -(new_xx * dx + new_yx * dy), -(new_xy * dx + new_yy * dy))
    excess = (old_reach + new_reach) / (dx * dx + dy * dy) - 1  # negative for shapes that are apart
    old_area = (xx * yy - xy * yx) * old.area
    new_area = (new_xx * new_yy - new_xy * new_yx) * new.area
    return (1 - _halved(excess)) * new_area > MAX_OVERLAP * old_area


def _halved(times: Tensor) -> Tensor:
    """2 ** -times to ten digits, without torch.exp2; 1 for negative times."""
    z = times.clamp(0, 64) * (-log(2) / 64)
    power = torch.ones_like(z)
    for k in range(12, 0, -1):
        power = power * z * (1 / k) + 1  # Taylor's series
    for _ in range(6):
        power = power.square()
    return power
