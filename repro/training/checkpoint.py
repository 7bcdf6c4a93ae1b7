"""What a run remembers while it trains, and its checkpoint."""

from __future__ import annotations

import contextlib
import io
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from repro.experiment.settings import ConfigError
from repro.files import write_atomically
from repro.network.stack import Stack
from repro.runs.folder import CURVE_COLUMNS, MONITOR_COLUMNS, Run


@dataclass
class Records:
    """The rows of one run so far; everything here goes into its checkpoint."""

    update: int = 0
    measured: int = -1  # the last update at which something was measured
    curve: list[tuple[int, str, float, float]] = field(default_factory=list)
    monitor: list[tuple[int, int, str, float]] = field(default_factory=list)
    histograms: dict[str, Tensor] = field(default_factory=dict)
    train_cost: float = 0.0  # summed over the examples since the last point of the curve, as are
    train_errors: int = 0
    train_examples: int = 0
    diverged_at: int | None = None
    seconds: float = 0.0  # spent training, over all the processes that worked on the run

    def add_point(self, split: str, cost: float, errors: int, n: int) -> None:
        """Add a point to the curve from sums over `n` examples."""
        self.curve.append((self.update, split, cost / n, errors / n))

    def add_training(self, cost: float, errors: int, n: int) -> None:
        """Count mini-batches towards the training error, each measured before it was learned from."""
        self.train_cost += cost
        self.train_errors += errors
        self.train_examples += n

    def close_training(self) -> None:
        """Turn the running sums into a point of the curve."""
        if self.train_examples:
            self.add_point("train", self.train_cost, self.train_errors, self.train_examples)
        self.train_cost, self.train_errors, self.train_examples = 0.0, 0, 0


def save(run: Run, records: Records, network: Stack, optimizer: dict[str, Any]) -> None:
    """Write tables and checkpoint of a run, and then its progress into status.json.

    `network`: a stack of one. `optimizer`: its optimizer's state. Raises OSError; the last good checkpoint
    is then intact.
    """
    buffer = io.BytesIO()
    weights = {"W": [w.cpu().clone() for w in network.W], "b": [b.cpu().clone() for b in network.b]}
    torch.save({"records": asdict(records), "optimizer": optimizer, **weights}, buffer)
    write_atomically(run.checkpoint, buffer.getvalue())
    run.write_table("curve", CURVE_COLUMNS, records.curve)
    run.write_table("monitor", MONITOR_COLUMNS, records.monitor)
    run.write_arrays("histograms", {key: value.numpy() for key, value in records.histograms.items()})
    mark(run, "running", records.update)


def updates_done(run: Run) -> int:
    """How far the run's checkpoint is; 0 if it has none. Raises ConfigError for a damaged one."""
    if not run.checkpoint.exists():
        return 0
    with _named(run):
        return int(torch.load(run.checkpoint, weights_only=True)["records"]["update"])


def restore(run: Run, network: Stack, set_optimizer: Callable[[dict[str, Any]], None]) -> Records:
    """Load the run's checkpoint into `network`, a stack of one, and return its records; new ones without it.

    `set_optimizer` is given the optimizer's state. Raises ConfigError for a damaged checkpoint.
    """
    if not run.checkpoint.exists():
        return Records()
    with _named(run):
        content: dict[str, Any] = torch.load(run.checkpoint, weights_only=True)
        for mine, saved in zip(network.W + network.b, content["W"] + content["b"], strict=True):
            mine.copy_(saved)
        set_optimizer(content["optimizer"])
        return Records(**content["records"])


@contextlib.contextmanager
def _named(run: Run) -> Iterator[None]:
    """Say which checkpoint it is that can't be read."""
    try:
        yield
    except (RuntimeError, KeyError, TypeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        message = f"{run.checkpoint} is damaged ({error}); remove it to start the run again"
        raise ConfigError(message) from error


def finish(run: Run, records: Records, predicted: Tensor, labels: Tensor) -> None:
    """Write what only a complete run has; result.json is the very last file.

    `predicted`, `labels`: classes of the test examples, [n_test].
    """
    arrays = {"predicted": predicted, "label": labels}
    run.write_arrays("predictions", {k: v.cpu().numpy().astype(np.uint8) for k, v in arrays.items()})
    state = "finished" if records.diverged_at is None else "diverged"
    last = {split: (cost, error) for _, split, cost, error in records.curve}
    result: dict[str, Any] = {"updates_done": records.update, "diverged_at": records.diverged_at}
    for split, (cost, error) in last.items():
        result |= {f"{split}_cost": cost, f"{split}_error": error}
    mark(run, state, records.update)
    run.write_json("result", result | {"seconds": round(records.seconds, 1)})


def mark(run: Run, state: str, update: int, **more: Any) -> None:
    """Say in status.json how the run stands."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    run.write_json("status", {"state": state, "update": update, "time": now, **more})
