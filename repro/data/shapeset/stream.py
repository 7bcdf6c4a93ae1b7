"""Shapeset-3x2 as a random-access stream: example i is a pure function of (seed, stream, i).

The distribution is that of the original generator (glorotxa/Shapeset), step by step: its discrete angles, its
overlap rule with redrawn second objects, its polygon fill. Only the random numbers are others: they come from
a counter (`counter_random`), so any part of the stream can be made at once, in any order, on any device, with
the same result. `author` is the original itself, bit for bit, but sequential and slower.

Types of object are 0 triangle, 1 parallelogram and 2 "ellipse"; `shapeset_objects` has their geometry.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from math import cos, pi, sin
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from repro.counter_random import MAX_SEED, below, philox, unit
from repro.data.shapeset.facts import (
    BRIGHT,
    CLASS_NAMES,
    DARK,
    IMAGE_SIZE,
    INVERT_CHANCE,
    MAX_REJECTIONS,
    ROTATION_STEPS,
    VERTICES,
    label_of,
)
from repro.data.shapeset.fill import paint, spans
from repro.data.shapeset.objects import Forms, hides, place

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


class _Scenes(NamedTuple):
    """What n images show. Where `two` is false, the second object's values mean nothing."""

    ground: Tensor  # [n] background level
    two: Tensor  # bool [n]
    kind: Tensor  # [2, n] types of the objects
    grey: Tensor  # [2, n] levels of the objects
    pose: Tensor  # [6, 2, n]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: split over two, thousands of short operations are up to twice as fast on an
    idle machine, but a hundred times slower when they have to wait for a core that is busy elsewhere."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class Shapeset:
    """The endless Shapeset-3x2 stream of one seed.

    Parameters: `seed`, 0 to 2**64 - 1; `device`, where examples are made and returned; `stream`, "train",
    "valid" or "test", which share no random number; `objects`, how many objects an image may have, (1, 2) as
    in the paper or just (1,) or (2,), with the same labels; `dark`, whether all backgrounds are dark, and all
    objects bright, instead of about half of them. Raises ValueError for values outside of these.

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
        dark: bool = False,
    ) -> None:
        if not 0 <= seed <= MAX_SEED:
            raise ValueError(f"seed must be an integer from 0 to {MAX_SEED}, got {seed}")
        if stream not in STREAMS:
            raise ValueError(f"stream must be one of {', '.join(STREAMS)}, got {stream!r}")
        if not objects or not set(objects) <= {1, 2}:
            raise ValueError(f"objects must be (1, 2), (1,) or (2,), got {objects!r}")
        self.seed, self.stream, self.objects = seed, stream, tuple(sorted(set(objects)))
        self.device, self.dark = torch.device(device), dark

    @_one_thread()
    def examples(self, start: int, count: int) -> tuple[Tensor, Tensor]:
        """Examples number start to start + count - 1.

        Returns grey levels, uint8 [count, 1024] (0 black, 255 white; pixel (x, y) at 32 x + y, as in the
        original), and labels, int64 [count], in the order of `facts.CLASS_NAMES`. Raises ValueError
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
        dark = ((unit(words[0]) > INVERT_CHANCE) | self.dark).long()
        lowest, levels = tables.levels[:, torch.stack((dark, 1 - dark, 1 - dark))]  # [3, n]
        grey = lowest + below(words[1:4], levels)
        number = torch.tensor(self.objects, device=self.device)[below(words[4], len(self.objects))]
        kind = below(words[5:7], len(VERTICES))
        forms = Forms(
            tables.phase[:, kind, below(words[7:9], tables.phases[kind])],
            tables.turn[:, below(words[9:11], ROTATION_STEPS - 1)],  # the original never takes the last step
            tables.right_half[:, :, kind],
            tables.area[kind],
        )
        pose = torch.empty(6, 2, len(index), dtype=torch.float64, device=self.device)
        pose[:, 0] = place(forms.pick(0, slice(None)), self._words(index, _FIRST_POSE))
        two = self._place_second(index, number == 2, forms, pose)
        return _Scenes(grey[0], two, kind, grey[1:], pose)

    def _place_second(self, index: Tensor, two: Tensor, forms: Forms, pose: Tensor) -> Tensor:
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
            candidates = place(new, self._words(index[pending, None], blocks))  # [6, pending, batch]
            good = ~hides(new, candidates, old, pose[:, 0, pending, None])  # [pending, batch]
            found, earliest = good.any(1), good.byte().argmax(1)
            pose[:, 1, pending[found]] = candidates[:, found, earliest[found]]
            pending = pending[~found]
            tried += batch
        return two.index_fill(0, pending, False)

    def _words(self, index: Tensor, block: Tensor | int) -> Tensor:
        return philox(self.seed, index, block, STREAMS.index(self.stream))


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
