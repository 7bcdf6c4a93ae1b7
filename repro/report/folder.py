"""The folder of an exhibit: picture, plotted numbers, verdicts and page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from repro.drawing import style
from repro.exhibits import Evidence, evidence, load
from repro.files import write_together
from repro.report import page, prose
from repro.runs import Run


def write_folder(
    name: str, runs: Sequence[Run], scale: str, out: Path, overrides: Sequence[str] = ()
) -> list[Path]:
    """`write` what these runs show. Raises EvidenceError if runs are missing or don't fit together."""
    return write(evidence(name, runs, scale), out, overrides)


def write(found: Evidence, out: Path, overrides: Sequence[str] = ()) -> list[Path]:
    """Write picture (PNG, SVG), numbers (CSV), verdicts (JSON) and page, or none, to the exhibit's folder.

    It lies in `out`. The same evidence gives the same bytes. `overrides` are the user's settings, to be
    repeated on the page.
    """
    name, exhibit = found.exhibit, load(found.exhibit)
    figure = exhibit.draw(found.tables)
    style.footer(figure, prose.conditions(found.conditions))
    judged = {"exhibit": name, "verdicts": [verdict.to_dict() for verdict in found.verdicts]}
    files = {
        f"{name}.png": style.render(figure, "png"),
        f"{name}.svg": style.render(figure, "svg"),
        f"{name}.csv": found.tables["points"].to_csv(index=False, float_format="%.6g").encode(),
        "verdicts.json": (json.dumps(judged, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode(),
        "README.md": page.render(exhibit, found, overrides).encode(),
    }
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    write_together({folder / file: content for file, content in files.items()})
    return [folder / file for file in files]
