"""What things are called in pictures and tables: one name for one thing everywhere."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

_INITS = {"standard": "Standard (eq. 1)", "normalized": "Normalized (eq. 16)"}


def init_title(init: str, scale: float = math.nan, inputs: str = "") -> str:
    """Heading of a panel. The third initialization is named by what it does: n Var[W] = `scale`.

    inputs: the range of inputs, where it tells panels apart.
    """
    title = _INITS.get(init, f"Hidden layers, n Var[W] = {scale:g}")
    return f"{title}, inputs in {inputs}" if inputs else title


def lost(diverged: pd.Series) -> str:
    """`1 of 3 diverged`, from a flag for each run; empty if none did."""
    return f"{diverged.sum()} of {len(diverged)} diverged" if diverged.any() else ""


def seeds(runs: int, diverged: int) -> str:
    """How many runs stand behind a number, as a cell: `3`, or `3, 1 diverged`."""
    return f"{runs}, {diverged} diverged" if diverged else f"{runs}"


def number(value: float, form: str) -> str:
    """A value in this format, such as ".1f"; nothing where there is none."""
    return "" if math.isnan(value) else format(value, form)


def ending(end: Mapping[Any, Any], digits: int) -> dict[str, str]:
    """What Figures 11 and 12 say of a model at its last point, a row of `evidence.curves.last_points`."""
    known = not math.isnan(end["error"])
    return {
        "model": end["model"],
        "examples seen": f"{end['examples']:,}",
        "ε": f"{end['lr']:g}",
        "test error %, ours": number(end["error"], f".{digits}f"),
        "95 % interval": f"{end['low']:.{digits}f} to {end['high']:.{digits}f}" if known else "",
        "seeds": seeds(end["runs"], end["diverged"]),
        "paper, as far": number(end["paper"], f".{digits}f"),
    }


def study_cells(end: Mapping[Any, Any], digits: int = 1) -> dict[str, str]:
    """A row of `evidence.studies.ends`: examples seen, ε, test error with its interval, seeds."""
    known = not math.isnan(end["error"])
    bounds = f"{end['low']:.{digits}f} to {end['high']:.{digits}f}" if known else ""
    return {
        "examples seen": f"{end['examples']:,.0f}" if known else "",
        "ε": f"{end['lr']:g}",
        "test error %": number(end["error"], f".{digits}f"),
        "95 % interval": bounds,
        "seeds": seeds(end["seeds"], end["diverged"]),
    }
