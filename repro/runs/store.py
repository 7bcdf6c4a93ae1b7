"""Many run folders as one table."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from repro.experiment.flat import settings_of, text
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.runs.folder import CURVE_COLUMNS, MONITOR_COLUMNS, Run

RESULTS = (
    "updates_done", "diverged_at", "seconds",
    "train_cost", "train_error", "valid_cost", "valid_error", "test_cost", "test_error",
)  # fmt: skip
"""Columns that a run has when it is complete: of result.json."""


def collect(*roots: Path | str) -> pd.DataFrame:
    """One row per run folder below the `roots` (by default below `runs`): settings, state and results.

    Columns: run_id; path, for `Run(path)`; every setting under the name that `column` gives it, such as
    activation, init, init_scale, dataset, dataset_low, lr, updates, seed, monitor_every; state (finished,
    diverged, failed, running, or absent: not begun); update, the last one that is on disk; RESULTS. Costs are
    in nats per example, errors are shares from 0 to 1, both at the last point of the curve: of a run that
    diverged that is one before it did. `seconds` were spent training.

    Values are numbers, words and true or false: lists are text, such as [800,400] of different widths. nan:
    an option that the run's parts don't have, a result that isn't there. A folder that can't be read is left
    out with a warning that names it. Raises FileNotFoundError if a root is not a folder.
    """
    found = []
    for root in map(Path, roots or ("runs",)):
        if not root.is_dir():
            raise FileNotFoundError(f"{root}: no such folder of runs")
        found += [Run(config.parent) for config in sorted(root.glob("*/config.yaml"))]
    return table_of(found)


def table_of(runs: Iterable[Run]) -> pd.DataFrame:
    """As `collect`, of these runs in their order."""
    rows = []
    for run in runs:
        try:
            rows.append(_row(run))
        except ConfigError as error:
            warnings.warn(f"left out: {error}", stacklevel=3)
    table = pd.DataFrame(rows)
    last = [name for name in ("state", "update", *RESULTS) if name in table]
    return table[[*(name for name in table if name not in last), *last]]


def curves(runs: pd.DataFrame | Iterable[Run]) -> pd.DataFrame:
    """The learning curves of many runs in one table: `Run.curve` with the settings of each beside it.

    runs: rows of `collect`, or runs. Columns: run_id, path, the settings, update, examples (seen until then),
    split, cost, error. A run that has none yet is left out; one that is damaged, too, with a warning.
    """
    table = _joined(runs, "curve")
    place = list(table.columns).index("update") + 1
    table.insert(place, "examples", table["update"] * table["batch_size"])
    return table


def monitor(runs: pd.DataFrame | Iterable[Run]) -> pd.DataFrame:
    """What was measured inside many networks, in one table: `Run.monitor` with the settings beside it.

    runs: rows of `collect`, or runs. Columns: run_id, path, the settings, update, layer, quantity (see
    `QUANTITIES`), value. A run that has none yet is left out; one that is damaged, too, with a warning.
    """
    return _joined(runs, "monitor")


def _joined(runs: pd.DataFrame | Iterable[Run], name: str) -> pd.DataFrame:
    """A table of each run, with what tells it from others in every row."""
    known = runs if isinstance(runs, pd.DataFrame) else table_of(runs)
    own = ["run_id", "path", *settings_in(known)]
    parts = []
    for row in known[own].to_dict("records"):
        run = Run(row["path"])
        if not (run.path / f"{name}.csv").exists():
            continue
        try:
            parts.append(pd.DataFrame({**row, **getattr(run, name)}))
        except ConfigError as error:
            warnings.warn(f"left out: {error}", stacklevel=3)
    empty = pd.DataFrame(columns=[*own, *{"curve": CURVE_COLUMNS, "monitor": MONITOR_COLUMNS}[name]])
    return pd.concat(parts, ignore_index=True) if parts else empty


def column(key: str) -> str:
    """The column of a setting: its key on the command line with _ for the dots."""
    return key.replace(".", "_")


def _row(run: Run) -> dict[str, Any]:
    result, status = run.read_json("result"), run.status
    settings = {column(key): value for key, value in columns_of(run.experiment).items()}
    update = result.get("updates_done", status.get("update", 0))
    ends = {name: result.get(name, math.nan) for name in RESULTS}
    ends = {name: math.nan if value is None else value for name, value in ends.items()}
    return {"run_id": run.path.name, "path": str(run.path), **settings, "state": run.state, "update": update,
            **ends}  # fmt: skip


def columns_of(experiment: Experiment) -> dict[str, Any]:
    """`settings_of` in values that can be compared and grouped: data_seed is never empty, lists are text."""
    settings = {**settings_of(experiment), "data_seed": experiment.stream_seed}
    plain = (int, float, str, bool)
    return {key: value if isinstance(value, plain) else text(value) for key, value in settings.items()}


def settings_in(table: pd.DataFrame) -> list[str]:
    """The columns of a table of `collect` that are settings."""
    others = {"run_id", "path", "state", "update", *RESULTS}
    return [name for name in map(str, table) if name not in others]


def varied(table: pd.DataFrame, but: Iterable[str] = ()) -> list[str]:
    """The settings in which the runs of a table differ, without those named in `but`."""
    names = [name for name in settings_in(table) if name not in but]
    return [name for name in names if table[name].nunique(dropna=False) > 1]
