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
    checkpoint.pt    weights and records, to resume; gone when a run is complete, unless `machine.weights`
    status.json      running, finished, diverged or failed; only informs
    SHA256SUMS       of all these but the last two, and of the next
    result.json      summary, written last: a run with it is complete and not made again, unless it is damaged
    .lease           while a process works on it
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from repro.experiment import identity, legacy
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError, parse
from repro.files import write_atomically
from repro.runs import sums
from repro.runs.lease import Hold, held

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as yaml.safe_load, ten times as fast where PyYAML was built with libyaml."""
CURVE_COLUMNS = ("update", "split", "cost", "error")
MONITOR_COLUMNS = ("update", "layer", "quantity", "value")
PRETRAINING_COLUMNS = ("layer", "update", "train_cost", "test_cost")


class ForeignError(ConfigError):
    """A folder that holds another experiment than its name says."""


@dataclass(frozen=True)
class Run:
    """One run folder, by its path; what is read from it is cached.

    The files of a complete run are verified when they are read: ConfigError names one that is damaged.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))

    if TYPE_CHECKING:  # a path as text does, too

        def __init__(self, path: Path | str) -> None: ...

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.pt"

    # Writing

    @classmethod
    def find(cls, root: Path | str, experiment: Experiment) -> Run:
        """The folder of `experiment` below `root`, whether it is there or not.

        One made by an earlier version counts, under its old name.
        """
        for name in (experiment.run_id, *legacy.run_ids(experiment)):
            if Path(root, name, "config.yaml").exists():
                return cls(Path(root, name))
        return cls(Path(root, experiment.run_id))

    @classmethod
    def create(cls, root: Path | str, experiment: Experiment) -> Run:
        """As `find`, made if it is not there.

        Raises ConfigError if it can't be written, ForeignError if it holds another experiment. A config.yaml
        that is known to be damaged is written anew.
        """
        run = cls.find(root, experiment)
        if (run.path / "config.yaml").exists() and not run.misdescribed:
            if differing := _differing(run.experiment.to_dict(), experiment.to_dict()):
                raise ForeignError(f"{run.path} holds another experiment: {', '.join(differing)}; remove it")
            return run
        try:
            run.path.mkdir(parents=True, exist_ok=True)
            values = {"protocol": identity.PROTOCOL, **experiment.to_dict()}
            config = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
            write_atomically(run.path / "config.yaml", config.encode())
        except OSError as error:
            raise ConfigError(f"machine.runs = {root}: can't write there ({error})") from error
        made = cls(run.path)  # with nothing read from a damaged file
        made.__dict__["experiment"] = experiment
        return made

    @contextlib.contextmanager
    def lock(self, timeout: float = -1) -> Iterator[Hold]:
        """Keep other processes off this run: see `repro.runs.lease.held`.

        What a process that was killed left half-written is removed.
        """
        with held(self.path, timeout) as hold:
            for name in (*sums.FILES, sums.NAME, "checkpoint.pt", "status.json"):
                for leftover in self.path.glob(f".{name}.*"):
                    leftover.unlink(missing_ok=True)
            yield hold

    def reopen(self) -> None:
        """Make a complete run, whose files are damaged, one that isn't complete; its checkpoint stays."""
        for name in ("result.json", sums.NAME):
            (self.path / name).unlink(missing_ok=True)

    def write_table(self, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Write `<name>.csv`; floats keep all their digits."""
        table = pd.DataFrame(rows, columns=list(columns))
        write_atomically(self.path / f"{name}.csv", table.to_csv(index=False).encode())

    def write_arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        write_atomically(self.path / f"{name}.npz", buffer.getvalue())

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        write_atomically(self.path / f"{name}.json", _json(content))

    def write_result(self, content: Mapping[str, Any]) -> None:
        """The last file of a run, after the checksums of all others."""
        sums.seal(self.path, {"result.json": _json(content)})
        self.write_json("result", content)

    # Reading

    @cached_property
    def experiment(self) -> Experiment:
        """Its settings. Raises ConfigError if config.yaml is missing or damaged."""
        try:
            return _experiment(self._settings)
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {error}") from error

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """The content of config.yaml. Raises ConfigError if that can't be read."""
        try:
            values = yaml.load((self.path / "config.yaml").read_text(encoding="utf-8"), _LOADER)
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"unreadable config.yaml ({_line(error)}); remove the folder") from error
        if not isinstance(values, dict):
            raise ConfigError("config.yaml holds no settings")
        return values

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of `<name>.json`, or {} if there is none. Raises ConfigError if it is damaged."""
        path = self.path / f"{name}.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise damaged(path, error) from error
        if not isinstance(content, dict):
            raise damaged(path, "not an object")
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

    @property
    def sound(self) -> bool:
        """Complete, and no file of it is known to be damaged."""
        return self.complete and not sums.damaged(self.path)

    @property
    def misdescribed(self) -> bool:
        """Whether config.yaml is known to be damaged: the name of the folder still says what it holds."""
        try:
            _ = self._settings
        except ConfigError:
            return True
        return not sums.intact(self.path / "config.yaml")

    @cached_property
    def curve(self) -> pd.DataFrame:
        """Learning curve: columns `CURVE_COLUMNS`, a row for each measured update and split.

        split: valid and test, whole sets with the weights of that update; train, the mean over the batches
        since the row before, each before it was learned from. cost: nats per example; error: share of
        examples, 0 to 1.
        """
        return self._table("curve", CURVE_COLUMNS)

    @cached_property
    def monitor(self) -> pd.DataFrame:
        """Measured inside the network: columns `MONITOR_COLUMNS`; quantities as in `runs.QUANTITIES`.

        Layer 1 is the first hidden layer, depth + 1 the output.
        """
        return self._table("monitor", MONITOR_COLUMNS)

    @cached_property
    def histograms(self) -> dict[str, np.ndarray]:
        """The key "<quantity>/<update>/<layer>" → float64 [2, bins], centres and density: see `density`."""
        return self._arrays("histograms")

    def density(self, quantity: str, update: int, layer: int) -> pd.DataFrame:
        """How the values in a layer are distributed: columns x (middle of a bin) and density.

        quantity: z (activations of all units and monitored examples), ds (∂C/∂s) or dW (∂C/∂W), both summed
        over mini-batches of `monitor.batch`. update: 0, the last one or, with `monitor.densities`, any that
        was measured. Normalized by all values, also those outside the bins. Raises ConfigError, with what
        there is, for a density that was not measured.
        """
        found = self.histograms.get(f"{quantity}/{update}/{layer}")
        if found is None:
            parts = [key.split("/") for key in self.histograms]
            there = [sorted(set(values), key=str) for values in zip(*parts, strict=True)] or [[], [], []]
            names = ("quantity", "update", "layer")
            known = "; ".join(f"{name} {', '.join(own)}" for name, own in zip(names, there, strict=True))
            raise ConfigError(
                f"{self.path.name} has no density {quantity}/{update}/{layer}: there is {known}"
            )
        return pd.DataFrame({"x": found[0], "density": found[1]})

    @cached_property
    def pretraining(self) -> pd.DataFrame:
        """Costs of the layers in pre-training: layer, update, train_cost, test_cost."""
        return self._table("pretraining", PRETRAINING_COLUMNS)

    @cached_property
    def pretraining_arrays(self) -> dict[str, np.ndarray]:
        """Pictures of pre-training, [images, entries]: see above."""
        return self._arrays("pretraining")

    @cached_property
    def predictions(self) -> tuple[np.ndarray, np.ndarray]:
        """Predicted class and label of each test example at the end, both [n_test]."""
        stored = self._arrays("predictions")
        if set(stored) != {"predicted", "label"}:
            raise damaged(self.path / "predictions.npz", f"it holds {', '.join(stored)}")
        return stored["predicted"], stored["label"]

    def _table(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        path = self.path / f"{name}.csv"
        content = _content(path)
        try:
            table = pd.read_csv(io.BytesIO(content))
        except ValueError as error:
            raise damaged(path, error) from error
        if tuple(table.columns) != columns:
            raise damaged(path, f"columns {', '.join(map(str, table.columns))}")
        if not content.endswith(b"\n") or (self.complete and table.empty):
            raise damaged(path, "it ends too early")
        return table

    def _arrays(self, name: str) -> dict[str, np.ndarray]:
        path = self.path / f"{name}.npz"
        content = _content(path)
        try:
            with np.load(io.BytesIO(content)) as stored:
                return {key: stored[key] for key in stored.files}
        except Exception as error:  # whatever numpy and zip raise for half a file
            raise damaged(path, error) from error


def damaged(path: Path, reason: object) -> ConfigError:
    """To be raised for a file that can't be used."""
    return ConfigError(f"{path} is damaged ({_line(reason)}); remove the folder to make the run again")


def _content(path: Path) -> bytes:
    """A file, verified where its checksum is known. Raises ConfigError if it is damaged or missing."""
    try:
        return sums.read(path)
    except OSError as error:
        why = f"{path} is missing ({error.strerror})"
        raise ConfigError(f"{why}; remove the folder to make the run again") from error


def _line(reason: object) -> str:
    return " ".join(str(reason).split())


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


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
