"""How runs ended: final errors of many runs, over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from repro.evidence.statistics import intervals
from repro.experiment.flat import SEEDS
from repro.runs.store import varied

COUNTS = ("runs", "diverged", "failed", "unfinished")


def finals(
    runs: pd.DataFrame, by: Sequence[str] | None = None, values: Sequence[str] = ("test_error",)
) -> pd.DataFrame:
    """A row for each setting, with mean and 95 % interval over its finished runs.

    runs: as from `repro.collect`. by: its columns that make a setting; by default all that vary but the
    seeds, so that nothing is averaged that differs in anything else. values: columns to average.

    Columns: those of `by`; runs, and how many of them diverged, failed or aren't finished; n, the number that
    is averaged, for a run that diverged has no end; for each value its mean, under its own name, and
    `<value>_half`, half the width of the interval (Student's t; nan for n < 2). Rows are in the order in
    which settings first occur.
    """
    keys = list(varied(runs, but=SEEDS) if by is None else by)
    rows = runs.reset_index(drop=True)
    rows["setting"] = rows.groupby(keys, dropna=False, sort=False).ngroup() if keys else 0
    state = rows["state"]
    flags: dict[str, Any] = {
        "runs": 1,
        "diverged": state == "diverged",
        "failed": state == "failed",
        "unfinished": ~state.isin(["finished", "diverged", "failed"]),
    }
    counts = rows.assign(**flags).groupby("setting")[list(COUNTS)].sum()
    table = rows.groupby("setting")[keys].first() if keys else pd.DataFrame(index=counts.index)
    table = table.join(counts)
    ended = rows[state == "finished"]
    table["n"] = ended.groupby("setting").size().reindex(table.index, fill_value=0)
    for value in values:
        found = intervals(ended, ["setting"], value).set_index("setting")
        table[value], table[f"{value}_half"] = found["mean"], found["half"]
    return table.reset_index(drop=True)
