"""The run store: what training writes and everything else reads. No torch."""

from repro.runs.folder import CURVE_COLUMNS, MONITOR_COLUMNS, Run
from repro.runs.quantities import DENSITIES, MECHANISMS, QUANTITIES
from repro.runs.store import collect, curves, monitor

__all__ = [
    "CURVE_COLUMNS",
    "DENSITIES",
    "MECHANISMS",
    "MONITOR_COLUMNS",
    "QUANTITIES",
    "Run",
    "collect",
    "curves",
    "monitor",
]
