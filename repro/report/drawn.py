"""Several exhibits drawn, side by side where that is faster: what one raises costs no other."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from repro.evidence import EvidenceError
from repro.experiment.machine import cores
from repro.experiment.values import ConfigError
from repro.files import unwritable
from repro.runs import Run

FOR_A_PROCESS = 4
"""So many exhibits take longer than a process of their own takes to start."""


T = TypeVar("T")


class Wrong(NamedTuple):
    """In place of a result: what was wrong, in one line."""

    said: str


class Drawn(NamedTuple):
    """An exhibit and its folder, or what was wrong."""

    name: str
    folder: Path
    wrong: str = ""


def draw_all(
    runs: Mapping[str, Sequence[Run]], scale: str, out: Path, overrides: Sequence[str] = ()
) -> Iterator[Drawn]:
    """Each exhibit from its runs into a folder below `out`, as `write_folder` does, as they are done."""
    jobs = {name: (name, own, scale, out, overrides) for name, own in runs.items()}
    for name, result in side_by_side(draw, jobs):
        yield Drawn(name, out / name, result.said if isinstance(result, Wrong) else "")


def side_by_side(
    work: Callable[..., T], jobs: Mapping[str, tuple[Any, ...]]
) -> Iterator[tuple[str, T | Wrong]]:
    """The result of `work` for each job's arguments, as they are done, or what it raised."""
    processes = min(cores(), len(jobs) // FOR_A_PROCESS)
    if processes < 2:
        yield from ((name, attempt(work, *job)) for name, job in jobs.items())
        return
    context = multiprocessing.get_context("spawn")  # nothing of this process's threads is copied
    with ProcessPoolExecutor(processes, context, _leave_interrupts) as pool:
        futures = {pool.submit(attempt, work, *job): name for name, job in jobs.items()}
        try:
            for future in as_completed(futures):
                wrong = future.exception()  # a process that died, such as for lack of memory
                yield futures[future], Wrong(said(wrong)) if wrong else future.result()
        finally:  # also if interrupted: what has not begun is left
            pool.shutdown(wait=True, cancel_futures=True)


def destination(text: str) -> Path:
    """The folder of `out=`. Raises ConfigError, before any work, if nothing can be written there."""
    if not text:
        raise ConfigError("out = : expected a folder")
    if why := unwritable(Path(text)):
        raise ConfigError(f"out = {text}: {why}")
    return Path(text)


def attempt(work: Callable[..., T], *arguments: Any) -> T | Wrong:
    """What it returns. Whatever it raises is told in one line."""
    try:
        return work(*arguments)
    except Exception as error:
        return Wrong(said(error))


def draw(name: str, runs: Sequence[Run], scale: str, out: Path, overrides: Sequence[str]) -> list[Path]:
    """`write_folder`, imported only where it draws."""
    from repro.report.folder import write_folder  # with matplotlib

    return write_folder(name, runs, scale, out, overrides)


def said(error: BaseException) -> str:
    """One line: what is wrong with runs or settings or, for any other error, also where it arose."""
    message = str(error)
    if not isinstance(error, EvidenceError | ConfigError | OSError):
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "exhibits" in Path(frame.filename).parts] or frames
        place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
        message = f"{type(error).__name__}: {error}{place}"
    return " ".join(message.split())


def _leave_interrupts() -> None:
    """Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
