"""A sweep of small networks: ours, beside Hydra's basic launcher with the same settings."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from rich.console import Console

from repro.bench.measure import spread

SETTINGS = (
    "activation=tanh,softsign,sigmoid", "init=standard,normalized",
    "lr=.01,.02,.03,.04,.05,.06,.07,.08,.09,.1", "depth=3", "width=50", "updates=2000", "n_valid=1000",
    "n_test=1000", "curve_every=1000", "monitor.every=1000", "machine.device=cpu",
)  # fmt: skip
"""Sixty short runs: what starts, reads and writes a run counts as much as its updates."""
RUNS = 60
LAUNCHERS = {"ours": (), "hydra_basic": ("hydra/launcher=basic",)}


def seconds(rounds: int, console: Console, settings: tuple[str, ...] = SETTINGS) -> dict[str, Any]:
    """Whole commands in turn, from nothing to their end: seconds of each launcher, and how often ours goes in
    the time of Hydra's, the median over the rounds. Raises RuntimeError for a sweep that fails."""
    found: dict[str, list[float]] = {name: [] for name in LAUNCHERS}
    for _ in range(rounds):
        for name, words in LAUNCHERS.items():
            with console.status(f"a sweep of {RUNS} runs: {name}"):
                found[name].append(_sweep((*settings, *words)))
    ratios = (theirs / own for own, theirs in zip(found["ours"], found["hydra_basic"], strict=True))
    return {
        "settings": " ".join(settings),
        "runs": RUNS,
        **{name: spread(values) for name, values in found.items()},
        "ratio": spread(list(ratios))["median"],
    }


def _sweep(words: tuple[str, ...]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "repro", "-m", *words, f"machine.runs={folder}/runs"]
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"COLUMNS": "100"})
        if done.returncode:
            raise RuntimeError(f"the sweep ended with {done.returncode}: {done.stderr[-500:]}")
        return time.perf_counter() - begun
