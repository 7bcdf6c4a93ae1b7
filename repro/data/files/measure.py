"""Sizes, pixel statistics and classes of a divided set of images: the table on its card."""

from __future__ import annotations

import numpy as np

from repro.data.files.store import Labelled, Parts


def measure(parts: Parts) -> str:
    """Sizes, pixel statistics (grey levels 0 to 255 as 0 to 1) and classes, as a Markdown table."""
    rows = [
        "| part | images | pixel mean | pixel std | black | white | images of class 0, 1, ... |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, part in (("training", parts.train), ("validation", parts.valid), ("test", parts.test)):
        rows.append(f"| {name} | {len(part):,} | {' | '.join(_statistics(part))} |")
    return "\n".join(rows)


def _statistics(part: Labelled) -> list[str]:
    counts = np.zeros(256, np.int64)
    for rows in np.array_split(part.pixels, 100):  # bincount needs 8 bytes per pixel
        counts += np.bincount(rows.reshape(-1), minlength=256)
    share = counts / part.pixels.size
    level = np.arange(256) / 255
    mean = level @ share
    std = np.sqrt((level - mean) ** 2 @ share)
    classes = " ".join(f"{count:,}" for count in np.bincount(part.labels))
    return [f"{mean:.4f}", f"{std:.4f}", f"{share[0]:.2%}", f"{share[255]:.2%}", classes]
