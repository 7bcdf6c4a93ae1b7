"""A reproduction of Glorot & Bengio (2010) on the difficulty of training deep feedforward networks.

    from repro import Experiment, Run, collect, curves, finals, Shapeset, AuthorStream

Names are imported when they are first used: importing this package is quick.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

# Before torch: where other programs want the cores too, threads that spin for long wait for each other to be
# scheduled, and training gets a hundred times slower. Short spinning costs nothing on a quiet machine.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

_PUBLIC = {
    "AuthorStream": "repro.data.shapeset.author",
    "Shapeset": "repro.data.shapeset.stream",
    "Experiment": "repro.experiment.settings",
    "Machine": "repro.experiment.machine",
    "ConfigError": "repro.experiment.values",
    "Run": "repro.runs",
    "collect": "repro.runs",
    "curves": "repro.runs",
    "finals": "repro.evidence.finals",
    "make_runs": "repro.launch",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
