"""Numbers for JSON: short, and the same everywhere."""

import math
from collections.abc import Iterable


def short(value: float, digits: int = 4) -> float | int | None:
    """The value with so many significant digits, as the shortest JSON number; None for nan and infinity."""
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{digits - 1}e}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def shorts(values: Iterable[float], digits: int = 4) -> list[float | int | None]:
    """`short` of each."""
    return [short(float(value), digits) for value in values]
