"""One run, one folder: written atomically, read without torch.

`runs/<run_id>/` holds
    config.yaml      the experiment, complete
    provenance.json  where and with what it was made: a segment for each sitting in which that changed
    curve.csv        update, split, cost (nats per example), error (share of examples, 0 to 1)
    monitor.csv      update, layer, quantity, value (see `repro.monitor`)
    histograms.npz   "<quantity>/<update>/<layer>" → [2, bins]: bin centres, density
    predictions.npz  predicted, label: [n_test], on the test set at the end
    pretraining.csv  layer, update, train_cost, test_cost (nats per example), if it was pre-trained
    pretraining.npz  "filters/<layer>", "input/<layer>", "corrupted/<layer>", "reconstruction/<layer>"
    tuning.csv       n, C, gamma, valid_error: what an SVM's were chosen from
    checkpoint.pt    weights and records, to resume
    status.json      running, finished, diverged or failed
    result.json      summary, written last: a run with it is complete and never made again
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pandas as pd
import yaml

from repro.experiment import identity, legacy
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError, parse
from repro.files import write_atomically

CURVE_COLUMNS = ("update", "split", "cost", "error")
MONITOR_COLUMNS = ("update", "layer", "quantity", "value")


@dataclass(frozen=True)
class Run:
    """One run folder; what is read from it is cached."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.pt"

    # Writing

    @classmethod
    def find(cls, root: Path, experiment: Experiment) -> Run:
        """The folder of `experiment` below `root`, whether it is there or not.

        One made by an earlier version counts, under its old name.
        """
        for name in (experiment.run_id, *legacy.run_ids(experiment)):
            if (root / name / "config.yaml").exists():
                return cls(root / name)
        return cls(root / experiment.run_id)

    @classmethod
    def create(cls, root: Path, experiment: Experiment) -> Run:
        """As `find`, made if it is not there.

        Raises ConfigError if it can't be written, or if it is there and holds another experiment.
        """
        run = cls.find(root, experiment)
        if (run.path / "config.yaml").exists():
            if differing := _differing(run.experiment.to_dict(), experiment.to_dict()):
                raise ConfigError(f"{run.path} holds another experiment: {', '.join(differing)}; remove it")
            return run
        try:
            run.path.mkdir(parents=True, exist_ok=True)
            values = {"protocol": identity.PROTOCOL, **experiment.to_dict()}
            config = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
            write_atomically(run.path / "config.yaml", config.encode())
        except OSError as error:
            raise ConfigError(f"machine.runs = {root}: can't write there ({error})") from error
        return run

    @contextlib.contextmanager
    def lock(self, timeout: float = -1) -> Iterator[None]:
        """Keep other processes off this run; waits at most `timeout` seconds (negative: as long as it takes).

        Raises filelock.Timeout. The lock goes with the process, however that ends.
        """
        with filelock.FileLock(self.path / ".lock", timeout=timeout):
            yield

    def write_table(self, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Write `<name>.csv`; floats keep all their digits."""
        table = pd.DataFrame(rows, columns=list(columns))
        write_atomically(self.path / f"{name}.csv", table.to_csv(index=False).encode())

    def write_arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        write_atomically(self.path / f"{name}.npz", buffer.getvalue())

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        write_atomically(self.path / f"{name}.json", (json.dumps(content, indent=1) + "\n").encode())

    # Reading

    @cached_property
    def experiment(self) -> Experiment:
        """Raises ConfigError if config.yaml is missing or damaged."""
        try:
            values = yaml.safe_load((self.path / "config.yaml").read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}: unreadable config.yaml ({error})") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{self.path}: config.yaml holds no settings")
        try:
            return _experiment(values)
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {error}") from error

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of `<name>.json`, or {} if there is none."""
        try:
            content: dict[str, Any] = json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}/{name}.json is damaged ({error}); remove the folder") from error
        return content

    @property
    def state(self) -> str:
        """absent, running, finished, diverged or failed; a killed run stays `running` until it is resumed."""
        state = self.status.get("state")
        if state is None and self.complete:  # status.json only informs: what counts is in result.json
            state = "finished" if self.read_json("result").get("diverged_at") is None else "diverged"
        return str(state or "absent")

    @property
    def status(self) -> dict[str, Any]:
        """How the run stands: state, update, time; empty if that can't be read, for it only informs."""
        with contextlib.suppress(ConfigError):
            return self.read_json("status")
        return {}

    @property
    def complete(self) -> bool:
        """Finished or diverged: there is nothing left to compute."""
        return (self.path / "result.json").exists()

    @cached_property
    def curve(self) -> pd.DataFrame:
        """Costs and errors: columns `CURVE_COLUMNS`, splits train (running mean), valid and test."""
        return pd.read_csv(self.path / "curve.csv")

    @cached_property
    def monitor(self) -> pd.DataFrame:
        """Measurements: columns `MONITOR_COLUMNS`."""
        return pd.read_csv(self.path / "monitor.csv")

    @cached_property
    def histograms(self) -> dict[str, np.ndarray]:
        """The key "<quantity>/<update>/<layer>" → float64 [2, bins]: bin centres and density."""
        with np.load(self.path / "histograms.npz") as stored:
            return {key: stored[key] for key in stored.files}

    @cached_property
    def pretraining(self) -> pd.DataFrame:
        """Costs of the layers in pre-training: layer, update, train_cost, test_cost."""
        return pd.read_csv(self.path / "pretraining.csv")

    @cached_property
    def pretraining_arrays(self) -> dict[str, np.ndarray]:
        """Pictures of pre-training, [images, entries]: see above."""
        with np.load(self.path / "pretraining.npz") as stored:
            return {key: stored[key] for key in stored.files}

    @cached_property
    def predictions(self) -> tuple[np.ndarray, np.ndarray]:
        """Predicted class and label of each test example at the end, both [n_test]."""
        with np.load(self.path / "predictions.npz") as stored:
            return stored["predicted"], stored["label"]


def _experiment(values: dict[str, Any]) -> Experiment:
    """From the content of a config.yaml, of this version or an earlier one. Raises ConfigError."""
    settings = {key: value for key, value in values.items() if key != "protocol"}
    match values.get("protocol", 1):
        case 1:
            return legacy.experiment_of(settings)
        case identity.PROTOCOL:
            return parse(Experiment, settings)
        case other:
            raise ConfigError(f"protocol {other}: written by another version of this program")


def _differing(one: Any, other: Any, key: str = "") -> list[str]:
    """Keys in which two nested dictionaries differ, as `lr (0.1, not 0.2)`."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return [] if one == other else [f"{key} ({one}, not {other})"]
    keys = dict.fromkeys([*one, *other])
    parts = [_differing(one.get(k), other.get(k), f"{key}.{k}" if key else k) for k in keys]
    return [text for part in parts for text in part]
