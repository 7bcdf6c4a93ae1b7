"""The easy variant of Shapeset that section 2.1 sets aside: exactly one object, classes 0 to 2 only."""

from dataclasses import dataclass
from typing import ClassVar

from repro.data.sets.shapeset import GeneratedShapes


@dataclass(frozen=True)
class OneObject(GeneratedShapes):
    TITLE: ClassVar[str] = "Shapeset-3x2, one object only"
    OBJECTS: ClassVar[tuple[int, ...]] = (1,)
