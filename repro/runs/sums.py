"""Checksums of a complete run, in a file that `sha256sum --check` reads, too.

checkpoint.pt has its own inside, and may be removed; status.json only informs. Runs of earlier versions have
no checksums and are taken as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from repro.experiment.values import ConfigError
from repro.files import write_atomically

NAME = "SHA256SUMS"
FILES = (
    "config.yaml", "provenance.json", "curve.csv", "monitor.csv", "histograms.npz", "predictions.npz",
    "pretraining.csv", "pretraining.npz", "tuning.csv", "result.json",
)  # fmt: skip


def seal(folder: Path, to_come: Mapping[str, bytes]) -> None:
    """Write the checksums of FILES as they are, and of the content `to_come` of those not yet written."""
    lines = []
    for name in FILES:
        if name in to_come or (folder / name).exists():
            content = to_come[name] if name in to_come else (folder / name).read_bytes()
            lines.append(f"{_sum(content)}  {name}\n")
    write_atomically(folder / NAME, "".join(lines).encode())


def damaged(folder: Path) -> list[str]:
    """Names of the files of a complete run that are missing or not as they were written, in order."""
    return [name for name, wanted in _wanted(folder).items() if not _holds(folder / name, wanted)]


def intact(path: Path) -> bool:
    """Whether nothing speaks against this file of a run folder."""
    wanted = _wanted(path.parent).get(path.name)
    return wanted is None or _holds(path, wanted)


def read(path: Path) -> bytes:
    """A file of a run folder, verified where its checksum is known.

    Raises ConfigError, naming it, if it is damaged, and FileNotFoundError.
    """
    content = path.read_bytes()
    wanted = _wanted(path.parent).get(path.name)
    if wanted and _sum(content) != wanted and (path.parent / "result.json").exists():
        raise ConfigError(f"{path} is damaged (its checksum is wrong); make the run again to repair it")
    return content


def _wanted(folder: Path) -> dict[str, str]:
    """File → checksum, of all FILES that are listed; of a damaged list what can be read, and itself."""
    try:
        lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError:
        return {NAME: "damaged"}
    pairs = [line.partition("  ") for line in lines]
    wanted = {name: wanted for wanted, _, name in pairs if name in FILES and len(wanted) == 64}
    return wanted if len(wanted) == len(lines) > 0 else {**wanted, NAME: "damaged"}


def _holds(path: Path, wanted: str) -> bool:
    try:
        return _sum(path.read_bytes()) == wanted
    except OSError:
        return False


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
