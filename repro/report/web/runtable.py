"""The table of runs, and where all of it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from repro.evidence.selection import inputs
from repro.report.parts import Drawn, short_title
from repro.runs.folder import Run

COLUMNS = (
    "run",
    "data",
    "activation",
    "init",
    "depth",
    "inputs",
    "ε",
    "updates",
    "seed",
    "test error %",
    "minutes",
    "used in",
)


def rows(drawn: Sequence[Drawn], runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each run: name, config and provenance as text, a cell for each of COLUMNS but the first."""
    used: dict[Run, list[str]] = {run: [] for run in runs}
    for one in drawn:
        for run in one.part.runs:
            used.setdefault(run, []).append(short_title(one))
    ordered = sorted(used, key=lambda run: run.path.name)
    return [_row(run, list(dict.fromkeys(used[run]))) for run in ordered]


def _row(run: Run, exhibits: list[str]) -> dict[str, Any]:
    e, result = run.experiment, run.read_json("result")
    error, seconds = result.get("test_error"), result.get("seconds")
    lost = " (diverged)" if result.get("diverged_at") is not None else ""
    cells = [
        _cell(e.dataset.name),
        _cell(str(e.activation)),
        _cell(str(e.init)),
        _cell(f"{e.depth}", e.depth),
        _cell(inputs(run)),
        _cell(f"{e.lr:g}", e.lr),
        _cell(f"{e.updates:,}", e.updates),
        _cell(f"{e.seed}", e.seed),
        _cell(f"{100 * error:.2f}{lost}" if error is not None else lost, error if error is not None else 9),
        _cell(f"{seconds / 60:.1f}" if seconds is not None else "", seconds or 0),
        _cell(", ".join(exhibits)),
    ]
    return {
        "name": run.path.name,
        "config": (run.path / "config.yaml").read_text(encoding="utf-8"),
        "provenance": json.dumps(run.read_json("provenance"), indent=1, ensure_ascii=False),
        "cells": cells,
    }


def _cell(text: str, sort: float | None = None) -> dict[str, str]:
    return {"text": text, "sort": text if sort is None else f"{sort:.10g}"}


def segments(run: Run) -> Iterator[dict[str, Any]]:
    """Where a run was made, one entry per sitting."""
    known = run.read_json("provenance")
    yield from known.get("segments", [known])


def provenance(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Commits, versions, machines, threads and core-hours of these runs, each with its values in words."""
    parts = [(run, segment) for run in runs for segment in segments(run)]
    versions = [
        ", ".join(
            [
                f"Python {s.get('python', '?')}",
                *(f"{name} {version}" for name, version in s.get("packages", {}).items()),
            ]
        )
        for _, s in parts
    ]
    commits = [
        str(s.get("commit") or "unknown")[:12] + (" with changes" if s.get("uncommitted_changes") else "")
        for _, s in parts
    ]
    machines = [
        f"{s.get('processor', '?')}, {s.get('cores', '?')} cores, {s.get('platform', '?')}" for _, s in parts
    ]
    devices = [f"{s.get('device', '?')}, {s.get('threads', '?')} threads" for _, s in parts]
    return [
        ("commits that made the runs", _counted(commits)),
        ("versions", _counted(versions)),
        ("machines", _counted(machines)),
        ("device and threads", _counted(devices)),
        ("matrix products", _counted([str(s.get("products", "?")) for _, s in parts])),
        ("training, all runs", f"{core_hours(runs):,.1f} core-hours in {len(runs)} runs"),
        ("updates, all runs", f"{sum(run.experiment.updates for run in runs):,}"),
    ]


def core_hours(runs: Sequence[Run]) -> float:
    """Time that the runs trained, times the threads that each had; a stack of networks shares its threads."""
    total = 0.0
    for run in runs:
        threads = max(
            (int(s.get("threads") or 1) / int(s.get("stack") or 1) for s in segments(run)), default=1
        )
        total += threads * float(run.read_json("result").get("seconds") or 0) / 3600
    return total


def _counted(values: Sequence[str]) -> str:
    """Each value once, the most frequent first, with how many there are if there are several."""
    counts = {value: values.count(value) for value in values}
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    return "; ".join(f"{v} ({counts[v]} sittings)" if len(counts) > 1 else v for v in ordered)
