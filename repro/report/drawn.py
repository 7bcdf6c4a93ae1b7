"""Several exhibits drawn, side by side where that is faster: what one raises costs no other."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from repro.evidence import EvidenceError
from repro.experiment.machine import cores
from repro.experiment.values import ConfigError
from repro.runs import Run

FOR_A_PROCESS = 4
"""So many exhibits take longer than a process of their own takes to start."""


class Drawn(NamedTuple):
    """An exhibit and its folder, or what was wrong."""

    name: str
    folder: Path
    wrong: str = ""


def draw_all(
    runs: Mapping[str, Sequence[Run]], scale: str, out: Path, overrides: Sequence[str] = ()
) -> Iterator[Drawn]:
    """Each exhibit from its runs into a folder below `out`, as `write_folder` does, as they are done."""
    jobs = [(name, own, scale, out, overrides) for name, own in runs.items()]
    processes = min(cores(), len(jobs) // FOR_A_PROCESS)
    if processes < 2:
        yield from (draw(*job) for job in jobs)
        return
    context = multiprocessing.get_context("spawn")  # nothing of this process's threads is copied
    with ProcessPoolExecutor(processes, context, _leave_interrupts) as pool:
        futures = {pool.submit(draw, *job): job[0] for job in jobs}
        try:
            for future in as_completed(futures):
                wrong = future.exception()  # a process that died, such as for lack of memory
                name = futures[future]
                yield Drawn(name, out / name, said(wrong)) if wrong else future.result()
        finally:  # also if interrupted: what has not begun is left
            pool.shutdown(wait=True, cancel_futures=True)


def draw(name: str, runs: Sequence[Run], scale: str, out: Path, overrides: Sequence[str]) -> Drawn:
    """One exhibit. Whatever it raises is told in one line."""
    try:
        from repro.report.folder import write_folder  # with matplotlib

        write_folder(name, runs, scale, out, overrides)
    except Exception as error:
        return Drawn(name, out / name, said(error))
    return Drawn(name, out / name)


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
