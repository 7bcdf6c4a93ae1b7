"""What a run remembers while it trains, and its checkpoint."""

from __future__ import annotations

import contextlib
import io
import math
import pickle
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from repro.experiment.values import ConfigError
from repro.files import sealed, unsealed, write_atomically
from repro.runs.folder import CURVE_COLUMNS, MONITOR_COLUMNS, Run

State = dict[str, Any]
"""Of one network and what trains it; see `engine.Engine.state`."""


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


def save(run: Run, records: Records, state: State) -> None:
    """Write checkpoint and tables of a run, and then its progress into status.json.

    Raises OSError; the last good checkpoint is then intact.
    """
    write(run.checkpoint, {"records": asdict(records), **state})
    save_tables(run, records)


def save_tables(run: Run, records: Records) -> None:
    """Write what was measured so far, and the progress into status.json. Raises OSError."""
    run.write_table("curve", CURVE_COLUMNS, records.curve)
    run.write_table("monitor", MONITOR_COLUMNS, records.monitor)
    run.write_arrays("histograms", {key: value.numpy() for key, value in records.histograms.items()})
    mark(run, "running", records.update)


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint, sealed. Raises OSError; the last good one is then intact."""
    buffer = io.BytesIO()
    torch.save({**content, "sealed": True}, buffer)
    write_atomically(path, sealed(buffer.getvalue()))


def read(path: Path) -> dict[str, Any]:
    """A checkpoint on the CPU, verified if it is sealed, as all are that this version writes."""
    body, seal = unsealed(path.read_bytes())  # torch.load doesn't notice a flipped bit
    content: dict[str, Any] = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    if content.pop("sealed", False) and not seal:
        raise ValueError("its checksum is missing")
    return content


def restore(run: Run) -> tuple[Records, State | None]:
    """The run's records with the state of its network; new records and None without a checkpoint.

    Raises ConfigError for a damaged checkpoint.
    """
    if not run.checkpoint.exists():
        return Records(), None
    with named(run.checkpoint):
        content = read(run.checkpoint)
        return Records(**content.pop("records")), content


def updates_done(run: Run) -> int:
    """How far the run's checkpoint is; 0 if it has none. Raises ConfigError for a damaged one."""
    return restore(run)[0].update


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Say which checkpoint it is that can't be read or doesn't fit."""
    try:
        yield
    except (RuntimeError, KeyError, TypeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        message = f"{path} is damaged ({error}); remove it to start the run again"
        raise ConfigError(message) from error


def finish(run: Run, records: Records, predicted: Tensor, labels: Tensor, **more: Any) -> None:
    """Write what only a complete run has; result.json is the very last file, after the checksums of
    all others.

    `predicted`, `labels`: classes of the test examples, [n_test]. more: for result.json.
    """
    arrays = {"predicted": predicted, "label": labels}
    run.write_arrays("predictions", {k: v.cpu().numpy().astype(np.uint8) for k, v in arrays.items()})
    state = "finished" if records.diverged_at is None else "diverged"
    last = {split: (cost, error) for _, split, cost, error in records.curve}
    result: dict[str, Any] = {"updates_done": records.update, "diverged_at": records.diverged_at}
    for split, (cost, error) in last.items():
        result |= {f"{split}_cost": cost if math.isfinite(cost) else None, f"{split}_error": error}
    mark(run, state, records.update)
    run.write_result(result | {"seconds": round(records.seconds, 1), **more})


def mark(run: Run, state: str, update: int, **more: Any) -> None:
    """Say in status.json how the run stands."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    run.write_json("status", {"state": state, "update": update, "time": now, **more})


def add_segment(run: Run, provenance: dict[str, Any], update: int) -> None:
    """Append to provenance.json where and with what the run goes on from `update`; nothing is overwritten.

    What earlier versions wrote is one segment, from update 0.
    """
    known: dict[str, Any] = {}
    with contextlib.suppress(ConfigError):  # a damaged one only informed: it is written anew
        known = run.read_json("provenance")
    segments = known.get("segments", [{"from_update": 0, **known}] if known else [])
    own = {"from_update": update, **provenance}
    if not segments or {**segments[-1], "from_update": update} != own:
        run.write_json("provenance", {"segments": [*segments, own]})
