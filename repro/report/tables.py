"""Tables of runs for readers (terminal, Markdown) and for programs (CSV, JSON)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repro.evidence.finals import COUNTS
from repro.evidence.statistics import Interval
from repro.report.page import markdown_table

FORMATS = ("terminal", "csv", "markdown", "json")


def readable(table: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    """Rows of `evidence.finals` as text: settings, runs, and values with their intervals, errors in %."""
    keys = [name for name in table if name not in {*COUNTS, "n", *values, *(f"{v}_half" for v in values)}]
    text = pd.DataFrame({key: table[key].map(cell) for key in keys}, index=table.index)
    text["runs"] = [_runs(row) for row in table.to_dict("records")]
    for value in values:
        text[_heading(value)] = [_value(row, value) for row in table.to_dict("records")]
    return text


def cell(value: Any) -> str:
    """One value: as short as it is exact; nothing where there is none."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """A table as text: errors in %, times in seconds, names of parts with blanks."""
    shown = table.copy()
    for name in table:
        if str(name).endswith("_error") or name == "error":
            shown[name] = (100 * table[name]).map(lambda value: "" if value != value else f"{value:.2f}")
        elif str(name).endswith("cost") and pd.api.types.is_float_dtype(table[name]):
            shown[name] = table[name].map(lambda value: "" if value != value else f"{value:.4f}")
        else:
            shown[name] = table[name].map(cell)
    return shown.rename(columns={n: _heading(str(n)) for n in table if str(n).endswith("error")})


def _heading(value: str) -> str:
    return value.replace("_", " ") + (" %" if value.endswith("error") else "")


def _runs(row: dict[Any, Any]) -> str:
    others = [f"{row[name]:.0f} {name}" for name in COUNTS[1:] if 0 < row[name] < row["runs"]]
    return ", ".join([f"{row['runs']:.0f}", *others])


def _value(row: dict[Any, Any], value: str) -> str:
    if not row["n"]:  # say what became of the runs instead
        return next((name for name in COUNTS[1:] if row[name]), "")
    if row[value] != row[value]:
        return ""
    if value.endswith("_error"):
        return Interval(100 * row[value], 100 * row[f"{value}_half"], row["n"]).text(2)
    return Interval(row[value], row[f"{value}_half"], row["n"]).text(1 if value == "seconds" else 4)


def rendered(table: pd.DataFrame, text: pd.DataFrame, form: str) -> str:
    """The table as csv or json, its readable form `text` as markdown."""
    if form == "csv":
        return str(table.to_csv(index=False))
    if form == "json":
        rows = [{k: None if v != v else v for k, v in row.items()} for row in table.to_dict("records")]
        return json.dumps(rows, indent=1, ensure_ascii=False, default=_plain) + "\n"
    return markdown_table(text) + "\n"


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    return value.item()


def show(text: pd.DataFrame, console: Console) -> None:
    """A readable table on the terminal; what went wrong in red."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in text:
        numbers = text[name].map(lambda value: str(value)[:1].isdigit() or not value).all()
        table.add_column(escape(str(name)), justify="right" if numbers else "left", overflow="fold")
    for row in text.itertuples(index=False):
        table.add_row(*(_marked(str(value)) for value in row))
    wide = console if console.is_terminal else Console(file=console.file, width=500)
    wide.print(table, highlight=False)


def _marked(value: str) -> str:
    bad = any(word in value for word in ("diverged", "failed"))
    return f"[red]{escape(value)}[/]" if bad else escape(value)
