"""Settings and label order of Shapeset-3x2, shared by every generator of it (no numpy, no torch).

The values are those of the original generator's own Shapeset-3x2 example (glorotxa/Shapeset); the paper
(section 2.1) names the data set and its nine classes, but not these numbers.
"""

from fractions import Fraction
from typing import Final

IMAGE_SIZE: Final = 32
"""Side of the square image, pixels."""

MIN_IMAGE_SIZE: Final = 10
"""Smallest side at which a largest object (0.8 of the side) always fits inside the 1-pixel frame."""

VERTICES: Final = (3, 4, 20)
"""Polygon corners per object type: triangle, parallelogram, "ellipse" (the paper's Figure 1 uses 30)."""

TYPE_NAMES: Final = ("triangle", "parallelogram", "ellipse")
"""Object types 0, 1, 2, drawn uniformly and independently."""

ROTATION_STEPS: Final = 255
"""Steps Q in a full turn; every rotation angle is a whole number of steps."""

SCALE_RANGE: Final = (0.2, 0.8)
"""Range of each axis' scale, as a share of the image side."""

DARK: Final = (0, 114)
"""Grey levels, both ends included, of whichever of background and objects is dark."""

BRIGHT: Final = (140, 255)
"""Grey levels, both ends included, of whichever of background and objects is bright."""

INVERT_CHANCE: Final = 0.5
"""A uniform draw above this makes the background dark; otherwise the background is bright."""

MAX_OVERLAP: Final = 0.5
"""Largest estimated share of the first object that the second may hide."""

MAX_REJECTIONS: Final = 50
"""An image whose rejection count reaches this drops its second object."""

PAIR_LABELS: Final = {(0, 1): 3, (1, 2): 4, (0, 2): 5, (0, 0): 6, (1, 1): 7, (2, 2): 8}
"""Label of two objects, by their types in increasing order; one object's label is its type."""

CLASS_NAMES: Final = (
    "triangle",
    "parallelogram",
    "ellipse",
    "triangle + parallelogram",
    "parallelogram + ellipse",
    "triangle + ellipse",
    "two triangles",
    "two parallelograms",
    "two ellipses",
)
"""Class names by label, in the original generator's order."""

CLASS_PRIOR: Final = (Fraction(1, 6),) * 3 + (Fraction(1, 9),) * 3 + (Fraction(1, 18),) * 3
"""Exact probability of each label: one object in half of the images, types independent and uniform."""


def label_of(types: tuple[int, ...]) -> int:
    """Class label (0 to 8) of an image holding one or two objects of the given types (0 to 2), in any order.

    Raises ValueError if `types` is not one or two numbers from 0 to 2.
    """
    if len(types) not in (1, 2) or any(t not in (0, 1, 2) for t in types):
        raise ValueError(f"types must be one or two numbers from 0 to 2, got {types!r}")
    if len(types) == 1:
        return types[0]
    first, second = sorted(types)
    return PAIR_LABELS[first, second]
