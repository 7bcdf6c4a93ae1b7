"""Small-ImageNet, rebuilt from a copy of ImageNet: 37x37 grey, ten classes (section 2.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from repro.data.files.store import DataError, Parts
from repro.data.imagenet import build
from repro.data.sets import Images


@dataclass(frozen=True)
class SmallImagenet(Images):
    TITLE: ClassVar[str] = "Small-ImageNet, rebuilt"
    VERSION: ClassVar[int | str] = build.RECIPE

    def missing(self, root: Path, n_valid: int, n_test: int) -> str:
        """It is never made on the way: from the whole of ImageNet that takes hours."""
        try:
            test, valid, _ = _report(root)["sizes"]
        except (LookupError, TypeError, ValueError):
            return f"not made yet; put a tree of ImageNet at {root / build.FOLDERS[0]}, then: " + (
                "python -m repro.data build small_imagenet"
            )
        if valid < n_valid or test < n_test:
            return (
                f"only {valid:,} validation and {test:,} test images; {n_valid:,} and {n_test:,} are needed"
            )
        return ""

    def content(self, root: Path) -> str:
        """That of the set as it was built here, which depends on the images there were."""
        return str(_report(root).get("checksum", ""))

    def read(self, root: Path) -> Parts:
        """Raises DataError also where the set was not made yet: until then it has no checksum to go by."""
        if not self.content(root):
            raise DataError(f"small_imagenet: {self.missing(root, 0, 0)}")
        return build.read(root).parts


def _report(root: Path) -> dict[str, Any]:
    """What was written when the set was built; empty if it wasn't, or is damaged."""
    try:
        report = json.loads((build.folder_of(root) / "report.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}
