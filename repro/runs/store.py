"""Many run folders as one table."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from repro.experiment.components import PACKAGES
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.runs.folder import Run


def collect(root: Path | str = "runs") -> pd.DataFrame:
    """One row per run folder below `root`: its settings (nested keys joined by a dot), state and results.

    Runs that failed or are under way are there too: see the column `state`. A folder that can't be read is
    left out with a warning that names it. Raises FileNotFoundError if `root` is not a folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder of runs")
    rows = []
    for config in sorted(root.glob("*/config.yaml")):
        run = Run(config.parent)
        try:
            row = {"run_id": run.path.name, **settings_of(run.experiment), **run.status}
            rows.append({**row, **run.read_json("result")})
        except ConfigError as error:
            warnings.warn(f"left out: {error}", stacklevel=2)
    return pd.DataFrame(rows)


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """All settings, flat: `activation`, `init`, `init.scale`, `dataset.name`, `monitor.every` ...

    A component is under its own name, with an entry for each of its options.
    """
    flat: dict[str, Any] = {}
    for key, value in experiment.to_dict().items():
        if key in PACKAGES and key != "dataset" and isinstance(value, dict):
            flat[key] = value.pop("name")
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": item for name, item in value.items()}
        else:
            flat[key] = value
    return flat
