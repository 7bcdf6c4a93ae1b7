"""The figures and tables: one module each, from finished runs to a picture beside the paper's.

An exhibit is a module of this package with what `Exhibit` lists. Its docstring is the text of its page: the
first line is the title, then what the picture shows and how to read it, then "Implementation details". With a
function `answer(tables)` the page opens with what that says, one sentence computed from the evidence.
Nothing here imports torch.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from repro.evidence import EvidenceError
from repro.experiment.values import ConfigError
from repro.runs.folder import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from repro.evidence.conditions import Conditions
    from repro.evidence.verdict import Verdict

    Tables = Mapping[str, pd.DataFrame]

STUDIES_FOLDER = "studies"


def _modules(folder: str) -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules([folder]) if not module.ispkg))


EXHIBITS = _modules(__path__[0])
"""The paper's figures and table, and what belongs to their runs: the modules beside this file."""
STUDIES = _modules(f"{__path__[0]}/{STUDIES_FOLDER}")
"""Experiments that the paper only mentions: exhibits with many runs of their own, made when asked for."""


class Exhibit(Protocol):
    """What a module of an exhibit offers: `tables` reads runs, all else are pure functions of the tables."""

    __doc__: str
    RUNS: tuple[str, ...]
    """The runs it needs, as settings of `python -m repro`; empty if it needs none."""

    def tables(self, runs: Sequence[Run]) -> Tables:
        """Everything that is shown or judged, by name. "points" is what is plotted, ours and the paper's, one
        observation per row: the CSV file. `runs` are those of RUNS, in any order. Raises EvidenceError."""

    def draw(self, tables: Tables) -> Figure:
        """The picture, without its footer."""

    def summary(self, tables: Tables) -> pd.DataFrame:
        """A few rows for the page, already formatted."""

    def verdicts(self, tables: Tables) -> list[Verdict]:
        """What else follows, such as whether a figure's numbers agree; claims have their rules elsewhere."""


@dataclass(frozen=True)
class Evidence:
    """All that an exhibit shows, computed once: picture, page, CSV and verdicts are functions of it."""

    exhibit: str
    tables: Tables
    rates: pd.DataFrame  # validation errors by network and learning rate
    verdicts: tuple[Verdict, ...]
    conditions: Conditions
    runs: tuple[str, ...]  # run ids


def load(name: str) -> Exhibit:
    """The module of an exhibit. Raises ConfigError, naming those there are, for another name."""
    if name not in EXHIBITS + STUDIES:
        raise ConfigError(f"{name}: no such exhibit; expected one of {', '.join(EXHIBITS + STUDIES)}")
    folder = "" if name in EXHIBITS else f"{STUDIES_FOLDER}."
    return cast(Exhibit, import_module(f"repro.exhibits.{folder}{name}"))


def runs_of(name: str, scale: str) -> tuple[str, ...]:
    """The RUNS of an exhibit, or those that it has in their place at some scales: its `AT`, by scale."""
    exhibit = load(name)
    at: Mapping[str, tuple[str, ...]] = getattr(exhibit, "AT", {})
    return at.get(scale, exhibit.RUNS)


def also_of(name: str, scale: str) -> tuple[str, ...]:
    """Runs that take part in an exhibit where they are complete, and are never made for it: its `ALSO`."""
    also: Mapping[str, tuple[str, ...]] = getattr(load(name), "ALSO", {})
    return also.get(scale, ())


def evidence(name: str, runs: Sequence[Run], scale: str) -> Evidence:
    """Reads the runs. Raises EvidenceError, which names them, if some are missing or damaged or don't fit."""
    from repro.evidence import claims
    from repro.evidence.conditions import conditions
    from repro.evidence.selection import validation_errors
    from repro.evidence.verdict import under

    exhibit, ids = load(name), tuple(run.path.name for run in runs)
    try:
        tables = exhibit.tables(runs)
        rates, known = validation_errors(runs), conditions(runs, scale, name)
    except EvidenceError:
        raise
    except Exception as error:
        if found := damage(runs):
            raise EvidenceError(found) from error
        raise
    verdicts = [*claims.of_exhibit(name, tables), *exhibit.verdicts(tables)]
    return Evidence(name, tables, rates, under(verdicts, known, ids), known, ids)


def damage(runs: Sequence[Run]) -> str:
    """The first file of these runs that can't be read, and why; empty if all can."""
    for run in runs:
        try:
            of_networks = ("monitor", "histograms") if run.experiment.network else ()
            for name in ("curve", *of_networks, "predictions"):
                getattr(run, name)
        except ConfigError as error:
            return str(error)
    return ""
