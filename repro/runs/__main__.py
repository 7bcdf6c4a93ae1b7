"""Runs on disk: listed, averaged, compared, drawn, checked, removed.

python -m repro.runs list [filters]             a line for each run
python -m repro.runs table [filters]            a row for each setting: mean and 95 % interval over its seeds
    by=activation,init      what makes a setting; by default all that varies but the seeds
    values=test_error,...   what is averaged: (train|valid|test)_(error|cost), seconds, updates_done
python -m repro.runs compare A B [filters]      two runs, or two sets of them, such as "init=standard lr=0.1"
python -m repro.runs show RUN                   all about one run
python -m repro.runs plot KIND [filters]        curves, percentiles, saturation, gradients, weight_gradients,
                                                densities or singular_values
    by=activation,init      panels, or lines; of=z|ds|dW, at=start|end (densities); split=test|valid|train,
    style=paper|slides|dark what=error|cost (curves); out=FILE.png or .svg, by default runs/plots/KIND.*
python -m repro.runs verify                     what is incomplete, damaged, foreign or stale, and why
python -m repro.runs remove [filters]           shows runs and asks; problem=damaged removes what verify names
    weights=true            only the weights of complete runs;  yes=true: without asking
python -m repro.runs sweeps                     the sweeps that were made
python -m repro.runs watch [SWEEP]              how the last sweep (or this) stands, how long yet; once=true

Filters are settings as in `python -m repro`, and results: activation=tanh,softsign init.scale=1.1 depth!=5
'lr>=0.01' 'test_error<0.5' state=failed; sweep=NAME; where='lr > 0.01 and depth == 5', in pandas' words.
A RUN is the name of its folder, a part of it that no other has (such as its hash), or its path.
machine.runs=DIR,DIR says where runs are (by default in runs). Tables: format=terminal|csv|markdown|json,
out=FILE.

Exit code 0: done; 1: no such run, or verify found damage; 2: a word can't be used.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from rich.console import Console

from repro.experiment.values import ConfigError
from repro.terminal import refused

COMMANDS = {
    "list": "runs_shown",
    "table": "runs_shown",
    "compare": "runs_shown",
    "show": "runs_shown",
    "sweeps": "runs_shown",
    "watch": "runs_watched",
    "plot": "runs_drawn",
    "verify": "runs_kept",
    "remove": "runs_kept",
}
"""Command → the module of `repro.report` with its function, imported when it is used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of `python -m repro.runs` with these arguments; by default those of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or {"-h", "--help"} & set(words):
        print(__doc__)
        return 0
    name, *rest = words
    try:
        if name not in COMMANDS:
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{name}: no such command{hint} (commands: {', '.join(COMMANDS)})")
        command = getattr(import_module(f"repro.report.{COMMANDS[name]}"), f"{name}_command")
        code = int(command(rest, Console()))
        sys.stdout.flush()
        return code
    except ConfigError as error:
        return refused(error)
    except KeyboardInterrupt:
        return 130
    except (
        BrokenPipeError
    ):  # ... | head, which has seen enough: nothing more is to be written, at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
