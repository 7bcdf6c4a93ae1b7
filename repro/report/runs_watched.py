"""`python -m repro.runs watch`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from repro.experiment.machine import Machine
from repro.experiment.values import ConfigError
from repro.runs.sweeps import FOLDER, Sweep
from repro.runs.watch import watch


def watch_command(words: Sequence[str], console: Console) -> int:
    """Watch the sweep of that name, or the last one; 1 if a run failed. Raises ConfigError without one."""
    once = "once=true" in words
    names = [word for word in words if "=" not in word]
    root = Path(next((w.partition("=")[2] for w in words if w.startswith("machine.runs=")), Machine.runs))
    strange = [w for w in words if "=" in w and w != "once=true" and not w.startswith("machine.runs=")]
    if len(names) > 1 or strange:
        raise ConfigError(f"{(strange or names)[-1]}: expected one sweep, machine.runs=… and once=true")
    if not names:
        records = sorted((root / FOLDER).glob("*/sweep.json"), key=lambda path: path.stat().st_mtime)
        if not records:
            raise ConfigError(f"machine.runs = {root}: there is no sweep yet")
        names = [records[-1].parent.name]
    return 0 if watch(Sweep.find(root, names[0]).runs, console, once) else 1
