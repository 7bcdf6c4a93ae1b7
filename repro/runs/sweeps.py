"""What a sweep leaves behind: which runs it asked for, with which words, and how they ended.

`runs/sweeps/<name>/` holds
    sweep.json   command, overrides, what varies, names of the run folders
    table.csv    how the runs ended, over seeds (see `repro.evidence.finals`)

The name says what varies and has a hash of the run folders: the same sweep asked for again has the same one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.experiment.flat import varying
from repro.experiment.values import ConfigError
from repro.files import write_atomically
from repro.runs.folder import Run

FOLDER = "sweeps"


@dataclass(frozen=True)
class Sweep:
    """One sweep below a folder of runs; its record is written when it begins."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        return self.root / FOLDER / self.name

    @classmethod
    def begin(cls, root: Path, runs: Sequence[Run], words: Sequence[str]) -> Sweep:
        """Record that a command line with these words asks for these runs of `root`. Raises ConfigError."""
        names = [run.path.name for run in runs]
        varies = varying(run.experiment for run in runs)
        digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:6]
        sweep = cls(root, f"{'-'.join(varies)[:80] or 'run'}-{digest}")
        record = {
            "command": shlex.join(["python", "-m", "repro", *words]),
            "overrides": [word for word in words if not word.startswith("-")],
            "varies": varies,
            "runs": names,
        }
        sweep.write("sweep.json", (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
        return sweep

    @classmethod
    def find(cls, root: Path, name: str) -> Sweep:
        """That of this name, or of an unambiguous part of it. Raises ConfigError."""
        known = sorted(path.parent.name for path in (root / FOLDER).glob("*/sweep.json"))
        found = [known_name for known_name in known if name in known_name]
        if name in known or len(found) == 1:
            return cls(root, name if name in known else found[0])
        near = found or difflib.get_close_matches(name, known) or known
        raise ConfigError(
            f"sweep = {name}: expected one of {', '.join(near) or 'none: there is no sweep yet'}"
        )

    def write(self, file: str, content: bytes) -> None:
        """A file of the sweep's folder. Raises ConfigError if it can't be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path / file, content)
        except OSError as error:
            raise ConfigError(f"{self.path / file}: can't write there ({error})") from error

    @property
    def record(self) -> dict[str, Any]:
        """The content of sweep.json. Raises ConfigError if it is missing or damaged."""
        try:
            content = json.loads((self.path / "sweep.json").read_text(encoding="utf-8"))
            return {key: content[key] for key in ("command", "overrides", "varies", "runs")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{self.path}: unreadable sweep.json ({error!r})") from error

    @property
    def runs(self) -> list[Run]:
        """Its runs, those whose folders are still there."""
        found = [Run(self.root / name) for name in self.record["runs"]]
        return [run for run in found if run.path.is_dir()]
