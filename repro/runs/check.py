"""What is wrong with the folders below a folder of runs, and why."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from repro.experiment import identity, legacy
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.files import unsealed
from repro.runs import sums
from repro.runs.folder import Run
from repro.runs.lease import Watch
from repro.runs.sweeps import FOLDER, Sweep

KINDS = {
    "incomplete": "not finished: failed, interrupted, not begun, or under way",
    "damaged": "a file is missing, can't be read, or isn't what was written",
    "foreign": "not a run of this program, or not the one that its name says",
    "stale": "left over: of an older version, or of something that is no more",
}
OURS = {*sums.FILES, sums.NAME, "checkpoint.pt", "status.json"}
LOCKS = {".lease", ".lock"}
PLOTS = "plots"
"""Folder of the pictures of `python -m repro.runs plot`."""


class Problem(NamedTuple):
    path: Path
    kind: str  # of KINDS
    reason: str
    files: tuple[Path, ...] = ()  # where only they are to go, and not the folder


def problems(root: Path) -> list[Problem]:
    """Of every folder in `root`, in order; a folder may have several. Published runs need no weights."""
    found: list[Problem] = []
    for path in sorted(root.iterdir()):
        if path.name == FOLDER:
            found += _of_sweeps(root)
        elif path.is_dir() and path.name != PLOTS and not path.name.startswith("."):
            found += of_folder(path)
    return found


def of_folder(path: Path) -> list[Problem]:
    """Those of one folder."""
    run = Run(path)
    if not (path / "config.yaml").exists():
        if (path / "result.json").exists() or (path / "curve.csv").exists():
            return [Problem(path, "damaged", "config.yaml is missing")]
        begun = any(path.glob(".config.yaml.*")) or not set(_names(path)) - LOCKS
        why = "stale", "an empty folder" if begun else "no config.yaml in it"
        return [Problem(path, "stale" if begun else "foreign", why[1])]
    try:
        experiment = run.experiment
    except ConfigError as error:
        kind = "foreign" if "another version" in str(error) else "damaged"
        reason = _without(path, error)
        return [Problem(path, kind, reason if "config.yaml" in reason else f"config.yaml: {reason}")]
    kinds = [*_identity(path.name, experiment), *_contents(run)]
    return [*(Problem(path, kind, reason) for kind, reason in kinds), *_leftovers(path)]


def under_way(run: Run) -> bool:
    """Whether a process is at work on it."""
    return (run.path / ".lease").exists() and not Watch(run.path).free()


Kinds = Iterator[tuple[str, str]]


def _identity(name: str, experiment: Experiment) -> Kinds:
    if name == experiment.run_id or name in legacy.run_ids(experiment):
        return
    if of := _older(name, experiment):
        yield "stale", f"made with {of}: today that run is {experiment.run_id}"
    else:
        yield "foreign", f"its settings are those of {experiment.run_id}"


def _older(name: str, experiment: Experiment) -> str:
    """The versions that give an experiment this name, if older ones do."""
    today = identity.versions(experiment)
    for monitor in range(1, today["monitor"] + 1):
        for dataset in range(1, today["dataset"] + 1):
            if identity.run_id(experiment, {**today, "monitor": monitor, "dataset": dataset}) == name:
                return f"version {monitor} of the monitor and {dataset} of {experiment.dataset.name}"
    return ""


def _contents(run: Run) -> Kinds:
    try:
        result = run.read_json("result")
    except ConfigError as error:
        yield "damaged", _without(run.path, error)
        return
    if not run.complete:
        yield "incomplete", _standing(run)
    else:
        yield from _tables(run, result)
    if run.checkpoint.exists():
        yield from _checkpoint(run.checkpoint)


def _checkpoint(path: Path) -> Kinds:
    """Those of the first version, zip files without a checksum, can at least be seen to be cut."""
    try:
        _, known = unsealed(path.read_bytes())
        if not known and not zipfile.is_zipfile(path):
            yield "damaged", "checkpoint.pt: it ends too early"
    except (OSError, ValueError) as error:
        yield "damaged", f"checkpoint.pt: {error}"


def _tables(run: Run, result: dict[str, object]) -> Kinds:
    """Of a complete run: every file as it was written, or, without checksums, as it must be."""
    fine = True
    for name in sums.damaged(run.path):
        fine = False
        there = (run.path / name).exists()
        yield "damaged", f"{name} isn't what was written" if there else f"{name} is missing"
    for name in ("curve", "monitor", "histograms", "predictions") if fine else ():
        try:
            getattr(run, name)
        except ConfigError as error:
            fine = False
            yield "damaged", _without(run.path, error)
    if fine and (reason := _contradiction(run, result)):
        yield "damaged", reason


def _contradiction(run: Run, result: dict[str, object]) -> str:
    """Where tables and result of a complete run disagree: how files without checksums are seen to be cut."""
    for split in ("valid", "test"):
        errors = run.curve.loc[run.curve["split"] == split, "error"]
        last = float(errors.iloc[-1]) if len(errors) else None
        if last != result.get(f"{split}_error", last):
            return (
                f"curve.csv ends with a {split} error of {last}, result.json says {result[f'{split}_error']}"
            )
    if run.curve.isna().drop(columns="cost").to_numpy().any() or run.monitor["quantity"].isna().any():
        return "curve.csv or monitor.csv has empty cells"
    measured, done = set(run.monitor["update"]), result.get("updates_done")
    if 0 not in measured or (result.get("diverged_at") is None and done not in {None, *measured}):
        return f"monitor.csv lacks the start or the end of its {done} updates"
    if len(run.predictions[0]) != run.experiment.n_test:
        return f"predictions.npz has {len(run.predictions[0])} of {run.experiment.n_test} test examples"
    return ""


def _standing(run: Run) -> str:
    """How a run stands that isn't complete."""
    status, wanted = run.status, run.experiment.updates
    at = f"update {status.get('update', 0)} of {wanted}"
    if under_way(run):
        return f"under way, at {at}"
    on = "goes on from its checkpoint" if run.checkpoint.exists() else "starts again"
    match run.state:
        case "absent":
            return "not begun"
        case "failed":
            return f"failed at {at}: {status.get('error', 'for a reason that is lost')}"
        case _:
            return f"interrupted at {at}: the same command {on}"


def _leftovers(path: Path) -> Iterator[Problem]:
    names = _names(path)
    temporary = [name for name in names if name.startswith(".") and name not in LOCKS]
    if temporary and not under_way(Run(path)):
        reason = f"{len(temporary)} half-written files, such as {temporary[0]}"
        yield Problem(path, "stale", reason, tuple(path / name for name in temporary))
    if strange := [name for name in names if not name.startswith(".") and name not in OURS]:
        yield Problem(path, "foreign", f"{', '.join(strange[:3])}: no files of a run")


def _of_sweeps(root: Path) -> Iterator[Problem]:
    for record in sorted((root / FOLDER).glob("*/sweep.json")):
        sweep = Sweep(root, record.parent.name)
        try:
            names = sweep.record["runs"]
        except ConfigError as error:
            yield Problem(sweep.path, "damaged", _without(sweep.path, error))
            continue
        if gone := len(names) - len(sweep.runs):
            yield Problem(sweep.path, "stale", f"{gone} of its {len(names)} runs are no longer there")


def _names(path: Path) -> list[str]:
    return sorted(child.name for child in path.iterdir())


def _without(path: Path, error: Exception) -> str:
    """The message without the folder that is named beside it, and without advice."""
    return str(error).replace(f"{path}/", "").replace(f"{path}: ", "").partition("; remove")[0]
