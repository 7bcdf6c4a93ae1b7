"""How runs that are made elsewhere stand: read from their folders alone, as often as one likes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from repro.runs.folder import Run

LOOK_SECONDS = 5.0


@dataclass(frozen=True)
class Look:
    """What was seen at one time, in seconds of a steady clock."""

    seconds: float
    states: Counter[str]
    updates: int
    done: int

    @property
    def over(self) -> bool:
        """Whether nothing is left that anybody could be at work on."""
        return (
            self.states["finished"] + self.states["diverged"] + self.states["failed"] == self.states.total()
        )


def look(runs: Sequence[Run]) -> Look:
    """States and updates of these runs; what can't be read counts as waiting."""
    states: Counter[str] = Counter()
    updates = done = 0
    for run in runs:
        state, update, all_updates = _of(run)
        states[state] += 1
        updates += all_updates
        done += update
    return Look(time.monotonic(), states, updates, done)


def _of(run: Run) -> tuple[str, int, int]:
    """State, updates that are on disk, updates in all; of a run that is over these are equal."""
    updates = run.experiment.updates
    state = run.state
    if run.complete or state == "failed":
        return state, updates, updates
    held = (run.path / ".lease").exists()
    return ("running" if held else "waiting"), min(int(run.status.get("update", 0)), updates), updates


def line(first: Look, now: Look) -> str:
    """One line: how many runs stand how, and the time left at the speed since the first look."""
    parts = [f"{now.states[state]} {state}" for state in STATES if now.states[state]]
    share = now.done / now.updates if now.updates else float(now.over)
    text = f"{now.states.total()} runs: {', '.join(parts)}; {share:.0%} of all updates"
    if now.over:
        return text
    speed = (now.done - first.done) / max(now.seconds - first.seconds, 1e-9)
    return f"{text}; {_duration((now.updates - now.done) / speed)} left" if speed > 0 else text


STATES = ("finished", "diverged", "failed", "running", "waiting")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def watch(
    runs: Sequence[Run], console: Console, once: bool = False, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Show how the runs stand, once or until all are over; True if none failed."""
    first = now = look(runs)
    if once or now.over:
        console.print(line(first, now), highlight=False, soft_wrap=True)
    else:
        with console.status(line(first, now)) as status:
            while not (now := look(runs)).over:
                status.update(line(first, now))
                sleep(LOOK_SECONDS)
        console.print(line(first, now), highlight=False, soft_wrap=True)
    for run in runs:
        if not run.complete and run.state == "failed":
            text = f"failed {run.path.name}: {run.status.get('error', '')}"
            console.print(Text(text), soft_wrap=True)
    return not now.states["failed"]
