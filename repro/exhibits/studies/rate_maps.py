"""Does the ranking of initializations and activations survive the choice of ε and input range?

The paper states neither the learning rates ε of its networks nor the range of their inputs, and ranks them:
tanh with the standard initialization is the worst (C20), normalization helps tanh (C22), and softsign needs
it less (C21). Above: test error of the four networks at every ε, with either range; darker is lower, ± is a
95 % interval over seeds, a frame marks the ε that validation chooses, which the last column repeats. Below:
by how many points of test error each statement holds in the column above it: green if clearly, red if clearly
not, grey if it is too close.

Implementation details
- Shapeset, five hidden layers of 1000 units, "N" with eq. 16. All are trained equally long, which stands
  below the picture: at 20,000 updates, a hundredth of the paper's length, this is about how they begin.
- C20: error of Tanh less that of the worst of the other three. C21: what normalization gains for tanh less
  what it gains for softsign. C22: error of Tanh less that of Tanh N. "own ε": each network at its own best.
- A network that diverged errs on everything (×).
- Clear is a difference whose 95 % interval over seeds (paired, Student's t) leaves out 0 where all four
  networks have three seeds or more. With fewer it is one of more than 2 points, twice the jitter of the
  paper's own curves: what another seed would change is not known then.
- Rule, written before the runs were made: a statement survives if, in every column of both ranges in which
  it is clear, it holds. It needs at least one such column with each network at its own ε.
- Cost at `quick`: 32 networks, 10 of which `make figures` has; the others take about 40 minutes of one core
  for each seed (`seed=0,1,2`). `rates` of your own: `lr=0.001,0.01`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import maps as drawing
from repro.evidence import EvidenceError, models
from repro.evidence.curves import TOLERANCES
from repro.evidence.models import MODELS
from repro.evidence.noise import SEEDS, difference, end
from repro.evidence.selection import Runs, by_inputs, inputs, validation_error
from repro.evidence.statistics import interval
from repro.evidence.verdict import Measure, Verdict, finding, not_tested
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh,softsign init=standard,normalized depth=5 dataset.low=0.0,-1.0 lr=0.003,0.01,0.03,0.1",
)
NETWORKS = ("Tanh", "Tanh N", "Softsign", "Softsign N")
CLEAR = TOLERANCES["shapeset"]
"""Points of test error that count as a difference where seeds don't say."""
OWN = "own ε"
"""The column with each network at its own best rate."""


Sizes = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From the errors of NETWORKS, seed by seed; above 0 where a statement holds."""


class Statement(NamedTuple):
    """What is claimed, in words, and by how many points it holds."""

    text: str
    short: str
    size: Sizes


STATEMENTS = {
    "C20": Statement(
        "standard tanh is the worst of the four",
        "Tanh is worst",
        lambda t, tn, s, sn: t - np.max([tn, s, sn], 0),
    ),
    "C21": Statement(
        "softsign gains less from normalization than tanh",
        "tanh gains more",
        lambda t, tn, s, sn: (t - tn) - (s - sn),
    ),
    "C22": Statement("normalization helps tanh", "N helps tanh", lambda t, tn, s, sn: t - tn),
}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: inputs, network, lr, error (%, mean over seeds), half (95 %), seeds, diverged (runs), best
    (whether validation chooses this rate). seeds: inputs, network, lr, seed, error, diverged.

    statements: inputs, column (a rate, or OWN), claim, size (points), low, high, n, clear, holds.
    Raises EvidenceError for a range with which one of NETWORKS has no run.
    """
    ends = pd.DataFrame(list(_ends(runs)))
    points = _points(ends)
    statements = pd.DataFrame([row for own in _columns(ends, points) for row in _judged(*own)])
    return {"points": points, "seeds": ends.drop(columns="valid"), "statements": statements}


def _ends(runs: Runs) -> Iterator[dict[str, Any]]:
    for part in by_inputs(runs) or [list(runs)]:
        for name in NETWORKS:
            own = MODELS[name].among(part)
            if not own:
                where = f" with inputs in {inputs(part[0])}" if part else ""
                raise EvidenceError(f"no {name} run{where} among the {len(runs)} given")
            _alike(own)
            for run in own:
                yield {"inputs": inputs(run), "network": name, "lr": run.experiment.lr, **_of(run)}


def _alike(runs: list[Run]) -> None:
    """Raises EvidenceError if two runs differ in more than seed and rate."""
    first, *others = {replace(run.experiment, lr=0.0, seed=0, data_seed=None) for run in runs}
    if others:
        lengths = sorted({e.updates for e in (first, *others)})
        raise EvidenceError(f"runs of one network differ in more than seed and rate (updates {lengths})")


def _of(run: Run) -> dict[str, Any]:
    curve = models.seed_curves({"": [run]})["error"]
    lost = models.diverged(run)
    if not lost and curve.empty:
        raise EvidenceError(f"{run.path.name}: no test error after the first update")
    error = 100.0 if lost else end(curve)
    return {"seed": run.experiment.seed, "error": error, "valid": validation_error(run), "diverged": lost}


def _points(ends: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (inputs_, name, lr), own in ends.groupby(["inputs", "network", "lr"], sort=False):
        mean = interval(own["error"])
        lost = int(own["diverged"].sum())
        row = {"inputs": inputs_, "network": name, "lr": lr, "error": mean.mean, "half": mean.half}
        rows.append({**row, "seeds": mean.n, "diverged": lost, "valid": own["valid"].mean()})
    table = pd.DataFrame(rows)
    known = table[np.isfinite(table["valid"])].sort_values("valid", kind="stable")
    best = known.drop_duplicates(["inputs", "network"]).index
    return table.assign(best=table.index.isin(best)).drop(columns="valid")


def _columns(
    ends: pd.DataFrame, points: pd.DataFrame
) -> Iterator[tuple[str, str, dict[str, dict[int, float]]]]:
    """Range, column, error of each network by seed; only columns that all networks have."""
    chosen = ends.merge(points.loc[points["best"], ["inputs", "network", "lr"]])
    for inputs_, own in ends.groupby("inputs", sort=False):
        parts = {f"{lr:g}": rows for lr, rows in own.groupby("lr")}
        parts[OWN] = chosen[chosen["inputs"] == inputs_]
        for column, rows in parts.items():
            errors = {
                str(name): dict(zip(each["seed"], each["error"], strict=True))
                for name, each in rows.groupby("network")
            }
            if set(errors) == set(NETWORKS):
                yield str(inputs_), column, errors


def _judged(inputs_: str, column: str, errors: dict[str, dict[int, float]]) -> Iterator[dict[str, Any]]:
    """The statements in one column, over the seeds that all four networks have there."""
    seeds = sorted(set.intersection(*(set(own) for own in errors.values())))
    if not seeds:
        return
    values = [np.array([errors[name][seed] for seed in seeds]) for name in NETWORKS]
    for claim, statement in STATEMENTS.items():
        each = statement.size(*values)
        size, low, high = float(each.mean()), np.nan, np.nan
        clear = abs(size) > CLEAR
        if len(seeds) >= SEEDS:
            apart = difference([[value] for value in each])
            low, high = apart.low, apart.high
            clear = low > 0 or high < 0
        row = {"inputs": inputs_, "column": column, "claim": claim, "size": size, "low": low, "high": high}
        yield {**row, "n": len(seeds), "clear": bool(clear), "holds": bool(clear and size > 0)}


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    rows = tables["statements"]
    parts = []
    for claim, statement in STATEMENTS.items():
        own = rows[(rows["claim"] == claim) & rows["clear"]]
        total = int((rows["claim"] == claim).sum())
        against = own[~own["holds"]]
        places = ", ".join(f"{r['inputs']} {_where(r['column'])}" for r in against.to_dict("records"))
        text = f"{statement.text} ({claim}) in {int(own['holds'].sum())} of {total} columns"
        opposite = f", the opposite in {len(against)} ({places})" if places else ", nowhere the opposite"
        parts.append(text + opposite)
    n = tables["points"]["seeds"].min()
    seeds = "one seed" if n == 1 else f"{n} seeds"
    return f"With {seeds}, {'; '.join(parts)}."


def _where(column: str) -> str:
    return column if column == OWN else f"ε = {column}"


def summary(tables: Tables) -> pd.DataFrame:
    """A row for each network and range: the error at every rate, the best one marked."""
    rows = []
    for (inputs_, name), own in tables["points"].groupby(["inputs", "network"], sort=False):
        cells = {f"ε = {row['lr']:g}": _cell(row) for row in own.sort_values("lr").to_dict("records")}
        rows.append({"inputs": inputs_, "network": name, **cells, "seeds": f"{own['seeds'].min()}"})
    return pd.DataFrame(rows).fillna("")


def _cell(row: Mapping[Any, Any]) -> str:
    if row["diverged"] == row["seeds"]:
        return "diverged"
    spread = f" ± {row['half']:.1f}" if np.isfinite(row["half"]) else ""
    lost = f" ({row['diverged']} diverged)" if row["diverged"] else ""
    return f"{row['error']:.1f}{spread}{lost}" + (" (best)" if row["best"] else "")


def verdicts(tables: Tables) -> list[Verdict]:
    """For each statement, whether it survives."""
    rows = tables["statements"]
    found = []
    for claim, statement in STATEMENTS.items():
        own = rows[rows["claim"] == claim]
        measures = tuple(
            Measure(
                of={"inputs": row["inputs"], "column": _where(row["column"])},
                value=row["size"],
                low=row["low"],
                high=row["high"],
                n=row["n"],
                holds=row["holds"] if row["clear"] else None,
            )
            for row in own.to_dict("records")
        )
        rule = (
            f"above 0 wherever it is clear: 95 % interval with {SEEDS} seeds, {CLEAR:g} points with fewer; "
            "clear at least once with each network at its own ε"
        )
        text = f"whatever ε and the range of inputs, {statement.text} ({claim})"
        paper = "one ranking; it says neither ε nor the range"
        verdict = replace(
            finding(f"rate_maps.{claim}", "size, points of test error", rule, measures, text, paper, False),
            needs={"seeds": SEEDS, "rate": True},
        )
        own_rates = own[(own["column"] == OWN) & own["clear"]]
        found.append(verdict if len(own_rates) else not_tested(verdict, _unclear(own)))
    return found


def _unclear(rows: pd.DataFrame) -> str:
    known = (rows["column"] == OWN).any()
    return "too close with each network at its own ε" if known else "no rate came to its end in all networks"


def draw(tables: Tables) -> Figure:
    """A map for each range, and below it the statements."""
    short = {claim: f"{claim}: {statement.short}" for claim, statement in STATEMENTS.items()}
    return drawing.maps(tables["points"], tables["statements"], NETWORKS, short, OWN)
