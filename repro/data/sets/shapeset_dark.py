"""Shapeset-3x2 without its symmetry: all backgrounds dark, all objects bright.

In the paper's set an image and its inverted contrast are almost equally likely and have the same class.
"""

from dataclasses import dataclass
from typing import ClassVar

from repro.data.sets.shapeset import GeneratedShapes


@dataclass(frozen=True)
class DarkBackgrounds(GeneratedShapes):
    TITLE: ClassVar[str] = "Shapeset-3x2, dark backgrounds only"
    DARK: ClassVar[bool] = True
