"""Reading IDX files, MNIST's format: two zero bytes, a type, the number of axes, their lengths, the bytes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from repro.data.files.store import CHUNK, LARGEST, DataError, unpacked

UNSIGNED_BYTE = 8  # the only type of element that MNIST uses


def header(shape: tuple[int, ...]) -> bytes:
    """The bytes before the elements of an array of unsigned bytes."""
    return bytes([0, 0, UNSIGNED_BYTE, len(shape)]) + np.array(shape, ">u4").tobytes()


def read(path: Path) -> NDArray[np.uint8]:
    """The array of an IDX file of unsigned bytes, packed with gzip or not.

    Raises DataError, naming the file, if it is missing, truncated, too long, damaged or of another format.
    """
    with unpacked(path) as file:
        shape = _shape(path, file)
        array = np.empty(shape, np.uint8)
        rest, length = array.reshape(-1).data, 0
        while length < array.size and (count := file.readinto(rest[length : length + CHUNK])):  # type: ignore[attr-defined]
            length += count
        if length < array.size or file.read(1):
            found = "more" if length == array.size else f"only {length:,}"
            raise DataError(f"{path}: {array.size:,} bytes announced for shape {shape}, {found} there")
    return array


def _shape(path: Path, file: IO[bytes]) -> tuple[int, ...]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise DataError(f"{path}: not an IDX file, it starts with {start!r}")
    kind, axes = start[2:]
    if kind != UNSIGNED_BYTE:
        raise DataError(
            f"{path}: elements of type {kind:#04x}, expected unsigned bytes ({UNSIGNED_BYTE:#04x})"
        )
    lengths = file.read(4 * axes)
    if axes == 0 or len(lengths) < 4 * axes:
        raise DataError(f"{path}: the header ends before its {axes} lengths")
    shape = tuple(np.frombuffer(lengths, ">u4").tolist())
    if math.prod(shape) > LARGEST or axes > 8:
        raise DataError(f"{path}: the header announces shape {shape}: too large")
    return shape
