"""What a sweep says when it is over, and leaves in its folder."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from rich.console import Console

from repro.evidence.finals import finals
from repro.report import tables
from repro.runs.store import table_of
from repro.runs.sweeps import Sweep

VALUES = ("test_error", "valid_error")


def conclude(sweep: Sweep, failures: Collection[str], console: Console) -> None:
    """Print how the runs ended, a row for each setting; the same as table.csv; how to look again.

    failures: names of the folders of runs that failed. Raises ConfigError if the folder can't be written.
    """
    runs = table_of(sweep.runs)
    runs.loc[runs["run_id"].isin(list(failures)), "state"] = "failed"  # killed, it couldn't say so itself
    table = finals(runs, values=VALUES)
    tables.show(tables.readable(table, VALUES), console)
    sweep.write("table.csv", tables.rendered(table, table, "csv").encode())
    console.print(f"look again: {again(sweep)}", highlight=False, soft_wrap=True, markup=False)


def again(sweep: Sweep) -> str:
    """The command that shows the table of a sweep, from the runs as they are then."""
    words = ["python", "-m", "repro.runs", "table", f"sweep={sweep.name}"]
    return shlex.join(words if str(sweep.root) == "runs" else [*words, f"machine.runs={sweep.root}"])
