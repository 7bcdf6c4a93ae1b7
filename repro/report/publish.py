"""From a folder of runs to the published ones: complete runs, without their weights."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from repro.experiment.values import ConfigError
from repro.runs import sums
from repro.runs.folder import Run

PUBLISHED = Path("figures/runs")
FILES = (*sums.FILES, sums.NAME, "status.json")
"""What is published of a run: everything but its checkpoint and lock."""


def publish(runs: Sequence[Run], folder: Path) -> tuple[int, int]:
    """Copy these complete runs to `folder`; how many are new, and the bytes of all that are there.

    A run that is there already stays as it is. Raises ConfigError, before anything is copied, if one is there
    with other results.
    """
    new = [run for run in runs if not (folder / run.path.name).exists()]
    for run in runs:
        if run not in new and _result(run.path) != _result(folder / run.path.name):
            raise ConfigError(
                f"{folder / run.path.name} has other results than {run.path}: remove one of them"
            )
    folder.mkdir(parents=True, exist_ok=True)
    for run in new:
        _copy(run, folder)
    return len(new), sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _result(path: Path) -> bytes:
    try:
        return (path / "result.json").read_bytes()
    except OSError:
        return b""


def _copy(run: Run, folder: Path) -> None:
    """All of it or, after an error, nothing."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
        made = Path(temporary) / run.path.name
        made.mkdir()
        for name in FILES:
            if (run.path / name).exists():
                shutil.copyfile(run.path / name, made / name)
        os.rename(made, folder / run.path.name)
