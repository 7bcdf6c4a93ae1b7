"""`python -m repro.runs verify, remove`."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import filelock
from rich.console import Console

from repro.experiment.again import command as again
from repro.experiment.values import ConfigError
from repro.runs.check import KINDS, Problem, problems
from repro.runs.choose import Words, chosen
from repro.runs.folder import Run

REMOVED_AT_ONCE = ("incomplete", "damaged", "stale")
"""Kinds of problems that `remove problem=...` takes; what isn't ours it never touches."""


def verify_command(words: Sequence[str], console: Console) -> int:
    """Names every folder with which something is wrong; 1 if one is damaged."""
    asked = Words.parse(words, ())
    if asked.names or asked.filters or set(asked.options) - {"machine.runs"}:
        raise ConfigError("verify takes machine.runs=... only: it looks at every folder")
    found = _found(asked.roots)
    for kind, meaning in KINDS.items():
        own = [problem for problem in found if problem.kind == kind]
        if own:
            console.print(f"{kind} ({meaning}):", markup=False, highlight=False, soft_wrap=True)
        for problem in own:
            console.print(
                f"  {problem.path}: {problem.reason}", markup=False, highlight=False, soft_wrap=True
            )
    folders = sum(1 for root in asked.roots for _ in root.glob("*/config.yaml"))
    wrong = len({problem.path for problem in found})
    counts = ", ".join(f"{sum(p.kind == kind for p in found)} {kind}" for kind in KINDS)
    console.print(f"{folders} runs; {counts if wrong else 'nothing is wrong'}", highlight=False)
    if any(problem.kind == "damaged" for problem in found):
        console.print(
            "the command that made a damaged run makes it again; remove problem=damaged removes them"
        )
        return 1
    return 0


def _found(roots: Iterable[Path]) -> list[Problem]:
    try:
        return [problem for root in roots for problem in problems(root)]
    except OSError as error:
        raise ConfigError(f"machine.runs = {error.filename}: no such folder of runs") from error


class Target(NamedTuple):
    """What is to be removed: a whole folder, or some files in it."""

    folder: Path
    files: tuple[Path, ...] = ()  # none: the folder
    why: str = ""

    @property
    def size(self) -> int:
        files = self.files or [path for path in self.folder.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files)


def remove_command(words: Sequence[str], console: Console) -> int:
    """Shows what would go, asks, and removes it; runs on which a process is at work stay."""
    options = ("weights", "yes", "problem")
    asked = Words.parse(words, options)
    if not (asked.names or asked.filters or set(asked.options) - {"machine.runs", "yes"}):
        raise ConfigError("remove: say which, such as state=failed, weights=true, problem=damaged, or a name")
    targets = _targets(asked)
    if not targets:
        console.print("nothing to remove")
        return 1
    for target in targets:
        what = ", ".join(path.name for path in target.files)
        line = " ".join(filter(None, [str(target.folder), what and f"({what})", target.why]))
        console.print(f"  {line}  {target.size / 1e6:.1f} MB", markup=False, highlight=False, soft_wrap=True)
    total = sum(target.size for target in targets) / 1e6
    what = "weights" if asked.flag("weights") else "folders"
    question = f"remove {what} of {len(targets)} runs, {total:.0f} MB?"
    if not (asked.flag("yes") or _agreed(question, console)):
        console.print("nothing was removed")
        return 1
    removed = sum(_remove(target, console) for target in targets)
    console.print(f"removed {removed} of {len(targets)}", highlight=False)
    return 0 if removed == len(targets) else 1


def _targets(asked: Words) -> list[Target]:
    if "problem" in asked.options:
        if asked.names or asked.filters or "weights" in asked.options:
            raise ConfigError("problem = ...: without other words but machine.runs and yes")
        kinds = asked.listed("problem") or []
        for kind in kinds:
            if kind not in REMOVED_AT_ONCE:
                raise ConfigError(f"problem = {kind}: expected one of {', '.join(REMOVED_AT_ONCE)}")
        own = {p.path: p for p in _found(asked.roots) if p.kind in kinds}  # each folder once
        return [Target(p.path, p.files, f"{p.kind}: {p.reason}") for p in own.values()]
    runs = [Run(path) for path in chosen(asked, ("weights", "yes", "problem"))["path"]]
    if asked.flag("weights"):
        kept = [run for run in runs if run.complete and run.checkpoint.exists()]
        return [Target(run.path, (run.checkpoint,)) for run in kept]
    return [Target(run.path, why=run.state) for run in runs]


def _agreed(question: str, console: Console) -> bool:
    if not sys.stdin.isatty():
        raise ConfigError(f"{question} Nobody is there to answer: say yes=true")
    return console.input(f"{question} \\[y/N] ").strip().lower() in ("y", "yes")


def _remove(target: Target, console: Console) -> bool:
    """Whether it is gone; says why not, and how to have the run again."""
    run = Run(target.folder)
    try:
        line = "" if target.files else again(run.experiment)
    except ConfigError:  # nobody knows any more what it was
        line = ""
    try:
        with run.lock(timeout=0) if (target.folder / "config.yaml").exists() else contextlib.nullcontext():
            for path in target.files:
                path.unlink(missing_ok=True)
            if not target.files:
                # in this order half of it is a run that isn't complete
                (target.folder / "result.json").unlink(missing_ok=True)
                shutil.rmtree(target.folder)
    except filelock.Timeout:
        _say(console, f"kept {target.folder}: a process is at work on it")
        return False
    except OSError as error:
        _say(console, f"kept {target.folder}: {error}")
        return False
    if line:
        _say(console, f"removed {target.folder.name}; to have it again: {line}")
    return True


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
