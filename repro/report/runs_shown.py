"""`python -m repro.runs list, table, compare, show, sweeps`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from repro.evidence.compared import compared, settings_apart, told_apart
from repro.evidence.finals import finals
from repro.evidence.statistics import Interval
from repro.experiment.again import command as again
from repro.experiment.flat import text
from repro.experiment.values import ConfigError
from repro.files import write_atomically
from repro.report import tables
from repro.runs.check import of_folder
from repro.runs.choose import ALWAYS, Words, chosen, columns, named, results
from repro.runs.folder import Run
from repro.runs.store import collect, varied
from repro.runs.sweeps import FOLDER, Sweep

OUTPUT = ("format", "out")
VALUES = ("test_error", "valid_error")
SHOWN = ("z_std", "z_saturated", "ds_std", "dW_std", "jacobian_mean")
"""Of the monitor, in `show`."""


def list_command(words: Sequence[str], console: Console) -> int:
    """A line for each run: how it stands, in what it differs, its errors."""
    asked = Words.parse(words, OUTPUT)
    runs = chosen(asked, OUTPUT)
    if runs.empty:
        return nothing(asked, console)
    differing = varied(runs, but=["data_seed"] if (runs["data_seed"] == runs["seed"]).all() else [])
    table = runs[["state", *differing, "update", "test_error", "seconds", "run_id"]]
    return _put(table, tables.cells(table), asked, console)


def table_command(words: Sequence[str], console: Console) -> int:
    """A row for each setting: mean and interval over seeds."""
    options = ("by", "values", *OUTPUT)
    asked = Words.parse(words, options)
    values = results(asked.listed("values") or VALUES)
    runs = chosen(asked, options)
    if runs.empty:
        return nothing(asked, console)
    by = asked.listed("by")
    if "sweep" not in asked.options:
        runs = in_order(runs, varied(runs) if by is None else columns(by, runs))
    table = finals(runs, None if by is None else columns(by, runs), values)
    return _put(table, tables.readable(table, values), asked, console)


def in_order(runs: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Sorted by these columns: numbers by size, before words."""
    ranks = pd.DataFrame(
        {
            key: runs[key].map(lambda v: (2, 0.0, "") if v != v else (isinstance(v, str), *_rank(v)))
            for key in keys
        }
    )
    return runs.loc[ranks.sort_values(list(keys), kind="stable").index] if len(keys) else runs


def _rank(value: Any) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (float(value), "")


def compare_command(words: Sequence[str], console: Console) -> int:
    """Two runs, or two sets of runs: in what they differ, and how they end."""
    options = ("values", *OUTPUT)
    if len(words) < 2:
        raise ConfigError('compare A B: two runs, or settings in quotes such as "init=standard lr=0.1"')
    common = Words.parse(words[2:], options)
    values = results(common.listed("values") or VALUES)
    both = [Words.parse(word.split(), options) for word in words[:2]]
    for word, own in zip(words, both, strict=False):
        if own.options or not (own.names or own.filters):
            raise ConfigError(f"compare A B: {word} is no run and no setting")
    sides = []
    for own in both:
        asked = Words(own.names + common.names, own.filters + common.filters, common.options | own.options)
        sides.append(chosen(asked, options))
        if sides[-1].empty:
            return nothing(asked, console)
    a, b = sides
    apart, table = settings_apart(a, b), compared(a, b, values)
    form = common.option("format", "terminal", tables.FORMATS)
    if form == "terminal" and "out" not in common.options:
        console.print(f"A: {len(a)} runs ({words[0]})\nB: {len(b)} runs ({words[1]})", markup=False)
        named_values = apart.assign(
            a=apart["a"].map(lambda own: ", ".join(map(tables.cell, own))),
            b=apart["b"].map(lambda own: ", ".join(map(tables.cell, own))),
        )
        tables.show(named_values.rename(columns={"a": "A", "b": "B"}), console)
    code = _put(table, _readable(table), common, console)
    if form == "terminal" and len(a) == len(b) == 1:
        p = told_apart(Run(a["path"].iloc[0]), Run(b["path"].iloc[0]))
        if not math.isnan(p):
            console.print(f"McNemar's test on the same test examples: p = {p:.2g}", highlight=False)
    return code


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in table.to_dict("records"):
        scale, digits = (100, 2) if row["value"].endswith("_error") else (1, 4)
        unit = " %" if scale == 100 else ""
        ends = {
            name.upper(): Interval(scale * row[name], scale * row[f"{name}_half"], row[f"{name}_n"])
            for name in ("a", "b")
        }
        apart = Interval(scale * row["difference"], scale * row["difference_half"], 1)
        cells = {name: f"{end.text(digits)} (n = {end.n})" for name, end in ends.items()}
        value = row["value"].replace("_", " ") + unit
        rows.append({"": value, **cells, "B - A": apart.text(digits), "interval": row["basis"]})
    return pd.DataFrame(rows)


def show_command(words: Sequence[str], console: Console) -> int:
    """All about one run."""
    asked = Words.parse(words, ())
    if len(asked.names) != 1:
        raise ConfigError("show RUN: the name of one run")
    path = Path(asked.names[0])
    run = Run(path if (path / "config.yaml").exists() else named(asked.names[0], _collected(asked)))
    experiment = run.experiment

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    size = sum(file.stat().st_size for file in run.path.iterdir())
    say(f"{run.path}: {run.state}, {size / 1e6:.1f} MB{', with weights' if run.checkpoint.exists() else ''}")
    for problem in of_folder(run.path):
        say(f"{problem.kind}: {problem.reason}")
    say(f"make it: {again(experiment)}")
    for segment in run.read_json("provenance").get("segments", [run.read_json("provenance")]):
        about = [
            f"{key} {text(segment[key])}"
            for key in ("commit", "processor", "device", "threads")
            if key in segment
        ]
        say(f"made from update {segment.get('from_update', 0)}: {', '.join(about)}")
    settings = pd.DataFrame([tables.cells(_collected(asked, run)).iloc[0]]).T.reset_index()
    tables.show(settings.set_axis(["", "value"], axis=1), console)
    if (run.path / "curve.csv").exists():
        tables.show(tables.cells(run.curve.tail(9)), console)
    if (run.path / "monitor.csv").exists():
        tables.show(_inside(run), console)
    return 0


def _inside(run: Run) -> pd.DataFrame:
    """Some quantities of each layer, at the start and at the end."""
    rows = run.monitor[run.monitor["quantity"].isin(SHOWN)]
    ends = rows[rows["update"].isin([0, rows["update"].max()])]
    wide = ends.pivot(index=["update", "layer"], columns="quantity", values="value").reset_index()
    shown = [name for name in SHOWN if name in wide]
    return wide[["update", "layer"]].join(
        wide[shown].map(lambda value: "" if value != value else f"{value:.4g}")
    )


def _collected(asked: Words, run: Run | None = None) -> pd.DataFrame:
    try:
        known = collect(*asked.roots) if run is None else collect(run.path.parent)
    except FileNotFoundError as error:
        raise ConfigError(f"machine.runs = {error}") from error
    return known if run is None else known[known["run_id"] == run.path.name]


def sweeps_command(words: Sequence[str], console: Console) -> int:
    """The sweeps that were made: what varied, how many runs of each are complete."""
    asked = Words.parse(words, OUTPUT)
    rows = []
    for root in asked.roots:
        for record in sorted((root / FOLDER).glob("*/sweep.json")):
            sweep = Sweep(root, record.parent.name)
            known = sweep.record
            done = sum(run.complete for run in sweep.runs)
            rows.append(
                {
                    "sweep": sweep.name,
                    "runs": len(known["runs"]),
                    "complete": done,
                    "command": known["command"],
                }
            )
    if not rows:
        return nothing(asked, console)
    table = pd.DataFrame(rows)
    return _put(table, tables.cells(table), asked, console)


def _put(table: pd.DataFrame, shown: pd.DataFrame, asked: Words, console: Console) -> int:
    """Print a table, or write it to the file `out`. Raises ConfigError if that can't be written."""
    form = asked.option("format", "terminal", tables.FORMATS)
    if "out" not in asked.options:
        if form == "terminal":
            tables.show(shown, console)
        else:
            console.file.write(tables.rendered(table, shown, form))
        return 0
    out = Path(asked.options["out"])
    known = {".csv": "csv", ".md": "markdown", ".json": "json"}
    form = known.get(out.suffix, "csv") if form == "terminal" else form
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, tables.rendered(table, shown, form).encode())
    except OSError as error:
        raise ConfigError(f"out = {out}: can't write there ({error})") from error
    console.print(f"{len(table)} rows: {out}", highlight=False, soft_wrap=True)
    return 0


def nothing(asked: Words, console: Console) -> int:
    words = [
        *asked.names,
        *map(str, asked.filters),
        *(f"{k}={v}" for k, v in asked.options.items() if k in ALWAYS),
    ]
    where = ", ".join(map(str, asked.roots))
    console.print(
        f"nothing with {' '.join(words)} in {where}" if words else f"nothing in {where}", markup=False
    )
    return 1
