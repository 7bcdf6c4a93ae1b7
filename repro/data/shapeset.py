"""Shapeset-3x2 as a random-access stream: example i is a pure function of (seed, stream, i).

The distribution is that of the original generator (glorotxa/Shapeset), step by step: its discrete angles, its
overlap rule with redrawn second objects, its polygon fill. Only the random numbers are others: they come from
a counter (`counter_random`), so any part of the stream can be made at once, in any order, on any device. To
the same end all arithmetic is exact or one correctly rounded operation at a time, as vectorised sin, atan or
exp may round by their position in a tensor. `author_stream` is the original itself, bit for bit, but slower.

Coordinates are pixels, x to the right and y down. A pose is a float64 tensor [6, ...]: xx, xy, yx, yy, tx, ty
of the affine map (px, py) -> (xx px + xy py + tx, yx px + yy py + ty) that takes a regular polygon of diameter 1
to an object. Object types are 0 triangle, 1 parallelogram and 2 "ellipse" (20 corners).
"""

from collections.abc import Iterable
from functools import cache
from math import cos, log, pi, sin
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from repro.data.counter_random import MAX_SEED, below, philox, unit
from repro.data.polygon_fill import paint, spans
from repro.data.shapeset_facts import (
    BRIGHT,
    CLASS_NAMES,
    DARK,
    IMAGE_SIZE,
    INVERT_CHANCE,
    MAX_OVERLAP,
    MAX_REJECTIONS,
    ROTATION_STEPS,
    SCALE_RANGE,
    VERTICES,
    label_of,
)

STREAMS = ("train", "valid", "test")
_CHUNK = 8192  # examples made together: enough to hide torch's overhead, few enough to bound memory
_FIRST_POSE = 3  # of an example's counter blocks, 0 to 2 hold the scene, 3 the first object's pose
_SECOND_POSE = 4  # and 4 + k the k-th attempt at the second's


class _Tables(NamedTuple):
    """The generator's constants on one device, by the T types of object."""

    polygons: tuple[Tensor, ...]  # T regular polygons [2, corners] of diameter 1, one edge level
    right_half: Tensor  # [2, most, T] their corners with x >= 0; zeros, the centre, fill up
    area: Tensor  # [T]
    phases: Tensor  # [T] how many rotations come before scaling
    phase: Tensor  # [2, T, most] their cosines and sines
    turn: Tensor  # [2, ROTATION_STEPS] cosines and sines of the rotations after scaling
    levels: Tensor  # [2, 2] lowest grey level and number of levels; each bright, dark
    label: Tensor  # [T, T] of two objects


class _Forms(NamedTuple):
    """What attempts to place an object don't change."""

    phase: Tensor  # [2, ...]
    turn: Tensor  # [2, ...]
    corners: Tensor  # [2, most, ...] right half of the regular polygon
    area: Tensor  # [...] of the regular polygon

    def pick(self, *where: int | slice | Tensor | None) -> "_Forms":
        return _Forms(*(field[..., *where] for field in self))


class _Scenes(NamedTuple):
    """What n images show. Where `two` is false, the second object's values mean nothing."""

    ground: Tensor  # [n] background level
    two: Tensor  # bool [n]
    kind: Tensor  # [2, n] types of the objects
    grey: Tensor  # [2, n] levels of the objects
    pose: Tensor  # [6, 2, n]


class Shapeset:
    """The endless Shapeset-3x2 stream of one seed.

    Parameters: `seed`, 0 to 2**64 - 1; `device`, where examples are made and returned; `stream`, "train",
    "valid" or "test", which share no random number; `objects`, how many objects an image may have, (1, 2) as
    in the paper or just (1,) or (2,), with the same labels. Raises ValueError for values outside of these.

    >>> pixels, labels = Shapeset(seed=0).examples(start=10**9, count=3)
    >>> pixels.shape, labels.shape
    (torch.Size([3, 1024]), torch.Size([3]))
    """

    n_features = IMAGE_SIZE**2
    n_classes = len(CLASS_NAMES)

    def __init__(
        self,
        seed: int,
        device: torch.device | str = "cpu",
        stream: str = "train",
        objects: tuple[int, ...] = (1, 2),
    ) -> None:
        if not 0 <= seed <= MAX_SEED:
            raise ValueError(f"seed must be an integer from 0 to {MAX_SEED}, got {seed}")
        if stream not in STREAMS:
            raise ValueError(f"stream must be one of {', '.join(STREAMS)}, got {stream!r}")
        if not objects or not set(objects) <= {1, 2}:
            raise ValueError(f"objects must be (1, 2), (1,) or (2,), got {objects!r}")
        self.seed, self.stream, self.objects = seed, stream, tuple(sorted(set(objects)))
        self.device = torch.device(device)

    def examples(self, start: int, count: int) -> tuple[Tensor, Tensor]:
        """Examples number start to start + count - 1.

        Returns grey levels, uint8 [count, 1024] (0 black, 255 white; pixel (x, y) at 32 x + y, as in the
        original), and labels, int64 [count], in the order of `shapeset_facts.CLASS_NAMES`. Raises ValueError
        if `start` or `count` is negative or the end is beyond 2**63 - 1.
        """
        if not 0 <= start < 2**63:
            raise ValueError(f"start must be an integer from 0 to 2**63 - 1, got {start}")
        if not 0 <= count < 2**63 - start:
            raise ValueError(f"count must be an integer from 0 to 2**63 - 1 - start, got {count}")
        pixels = torch.empty(count, self.n_features, dtype=torch.uint8, device=self.device)
        labels = torch.empty(count, dtype=torch.int64, device=self.device)
        for first in range(0, count, _CHUNK):
            chunk = slice(first, min(first + _CHUNK, count))
            scenes = self._scenes(torch.arange(start + chunk.start, start + chunk.stop, device=self.device))
            pair = _tables(self.device).label[scenes.kind[0], scenes.kind[1]]
            labels[chunk] = torch.where(scenes.two, pair, scenes.kind[0])
            paint(pixels[chunk], scenes.ground, scenes.grey, *_outlines(scenes))
        return pixels, labels

    def _scenes(self, index: Tensor) -> _Scenes:
        """The scenes of the examples numbered in `index` [n]."""
        tables = _tables(self.device)
        words = self._words(index, torch.arange(_FIRST_POSE, device=self.device)[:, None])
        words = words.flatten(0, 1)  # [12, n]
        dark = (unit(words[0]) > INVERT_CHANCE).long()
        lowest, levels = tables.levels[:, torch.stack((dark, 1 - dark, 1 - dark))]  # [3, n]
        grey = lowest + below(words[1:4], levels)
        number = torch.tensor(self.objects, device=self.device)[below(words[4], len(self.objects))]
        kind = below(words[5:7], len(VERTICES))
        forms = _Forms(
            tables.phase[:, kind, below(words[7:9], tables.phases[kind])],
            tables.turn[:, below(words[9:11], ROTATION_STEPS - 1)],  # the original never takes the last step
            tables.right_half[:, :, kind],
            tables.area[kind],
        )
        pose = torch.empty(6, 2, len(index), dtype=torch.float64, device=self.device)
        pose[:, 0] = _pose(forms.pick(0, slice(None)), self._words(index, _FIRST_POSE))
        two = self._place_second(index, number == 2, forms, pose)
        return _Scenes(grey[0], two, kind, grey[1:], pose)

    def _place_second(self, index: Tensor, two: Tensor, forms: _Forms, pose: Tensor) -> Tensor:
        """Fill in the second pose where `two`, and return where one of MAX_REJECTIONS attempts was good.

        Attempts are judged in batches that double in size, as few images need many. Each has its own random
        numbers, so the outcome is that of one attempt after the other.
        """
        (pending,) = two.nonzero(as_tuple=True)
        tried = 0
        while tried < MAX_REJECTIONS and len(pending):
            batch = min(tried + 1, MAX_REJECTIONS - tried)
            blocks = torch.arange(tried, tried + batch, device=self.device) + _SECOND_POSE
            old, new = forms.pick(0, pending, None), forms.pick(1, pending, None)
            candidates = _pose(new, self._words(index[pending, None], blocks))  # [6, pending, batch]
            good = ~_hides(new, candidates, old, pose[:, 0, pending, None])  # [pending, batch]
            found, earliest = good.any(1), good.byte().argmax(1)
            pose[:, 1, pending[found]] = candidates[:, found, earliest[found]]
            pending = pending[~found]
            tried += batch
        return two.index_fill(0, pending, False)

    def _words(self, index: Tensor, block: Tensor | int) -> Tensor:
        return philox(self.seed, index, block, STREAMS.index(self.stream))


def to_inputs(pixels: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Network inputs: grey levels, uint8 of any shape, as float32 from `low` (black) to `high` (white).

    The paper does not state the range; the original generator's example uses -1 to 1. Raises ValueError if
    `pixels` is not uint8 or `low` is not below `high`.
    """
    if pixels.dtype != torch.uint8:
        raise ValueError(f"pixels must be uint8, got {pixels.dtype}")
    if not low < high:
        raise ValueError(f"low must be below high, got low={low} and high={high}")
    # By a tensor, because a GPU turns division by a number into a less exact multiplication.
    return pixels.float().mul_(high - low).div_(torch.tensor(255.0, device=pixels.device)).add_(low)


def _pose(forms: _Forms, words: Tensor) -> Tensor:
    """Scaled and placed objects [6, ...]; words [4, ...] decide on two scales and the position.

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


def _centre(u: Tensor, forms: _Forms, wx: Tensor, wy: Tensor) -> Tensor:
    """Position along the axis with offsets wx px + wy py: u in (0, 1) spans all that keep off the frame."""
    before, after = _reach(forms, -wx, -wy), _reach(forms, wx, wy)
    return (1 + before) + u * ((IMAGE_SIZE - 2) - (before + after))


def _reach(forms: _Forms, wx: Tensor, wy: Tensor) -> Tensor:
    """Largest wx px + wy py over the corners (px, py), which are symmetric in x."""
    return (wx.abs() * forms.corners[0] + wy * forms.corners[1]).amax(0)


def _hides(new: _Forms, new_pose: Tensor, old: _Forms, old_pose: Tensor) -> Tensor:
    """The original's estimate of whether new objects hide more than MAX_OVERLAP of the old ones.

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


def _outlines(scenes: _Scenes) -> tuple[Tensor, Tensor]:
    """First and last column of both objects in every row, int8 [2, n, rows]; first > last for none."""
    device = scenes.pose.device
    first = torch.full((*scenes.kind.shape, IMAGE_SIZE), IMAGE_SIZE, dtype=torch.int8, device=device)
    last = -first
    present = torch.stack((torch.ones_like(scenes.two), scenes.two))  # [2, n]
    for kind, polygon in enumerate(_tables(device).polygons):
        layer, image = (present & (scenes.kind == kind)).nonzero(as_tuple=True)
        xx, xy, yx, yy, tx, ty = scenes.pose[:, layer, image]  # [m]
        px, py = polygon[:, :, None]  # [corners, 1]
        x, y = xx * px + xy * py + tx, yx * px + yy * py + ty  # [corners, m]
        first[layer, image], last[layer, image] = spans(x.int(), y.int())  # corners are truncated
    return first, last


@cache
def _tables(device: torch.device) -> _Tables:
    def table(values: object, dtype: torch.dtype = torch.float64) -> Tensor:
        return torch.tensor(values, dtype=dtype, device=device)

    def directions(angles: Iterable[float]) -> Tensor:
        return table([(cos(t), sin(t)) for t in angles])

    def rotations(steps: Iterable[int]) -> Tensor:
        return directions(2 * pi * step / ROTATION_STEPS for step in steps)

    polygons = [directions(2 * pi * (j / n + 1 / (2 * n) + 1 / 4) for j in range(n)) / 2 for n in VERTICES]
    phases = [_phases(n) for n in VERTICES]
    greys = (BRIGHT, DARK)
    return _Tables(
        polygons=tuple(polygon.T for polygon in polygons),
        right_half=pad_sequence([polygon[polygon[:, 0] > -1e-9] for polygon in polygons]).permute(2, 0, 1),
        area=table([n * sin(2 * pi / n) / 8 for n in VERTICES]),
        phases=table([len(steps) for steps in phases], torch.int64),
        phase=pad_sequence([rotations(steps) for steps in phases]).permute(2, 1, 0),
        turn=rotations(range(ROTATION_STEPS)).T,
        levels=table([[low for low, _ in greys], [high - low + 1 for low, high in greys]], torch.int64),
        label=table([[label_of((a, b)) for b in range(3)] for a in range(3)], torch.int64),
    )


def _phases(corners: int) -> list[int]:
    """Rotation steps before scaling: the polygon's symmetry angle, 360 degrees / corners, around 0."""
    count, half = ROTATION_STEPS // corners, (ROTATION_STEPS - 1) // (2 * corners)
    wrapped = ROTATION_STEPS - (ROTATION_STEPS - 1) // corners
    return [a if a <= half else min(wrapped + a, ROTATION_STEPS - 1) for a in range(count)]
