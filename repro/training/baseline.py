"""Baselines, which aren't networks, into run folders like those of networks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from repro.baselines import Baseline, Diary, Examples, Row
from repro.data.source import Source, load
from repro.data.streams import Split
from repro.experiment.values import ConfigError
from repro.runs.folder import CURVE_COLUMNS, Run
from repro.training import checkpoint
from repro.training.provenance import provenance

DIARY = "tuning"
"""Name of the table with what was found on the way."""


def fit(run: Run, data: Path, threads: int, check: Callable[[], None]) -> None:
    """Complete the run of a baseline, or a damaged one once more. Raises ConfigError for a damaged diary.

    check: called before anything is written; what it raises ends the work.
    """
    if run.complete:
        run.reopen()
    experiment = run.experiment
    source = load(experiment, "cpu", data)
    baseline: Baseline = experiment.baseline.make()
    checkpoint.add_segment(run, provenance(torch.device("cpu"), threads, 1, source.note), 0)
    checkpoint.mark(run, "running", 0)
    begun, diary = time.monotonic(), _diary(run, check)
    train = Split(*source.train.examples(0, experiment.n_train or 0))
    seen, valid, test = (_examples(source, split) for split in (train, source.valid, source.test))
    found = baseline.fit(seen, valid, test, diary)
    check()
    records = checkpoint.Records(seconds=time.monotonic() - begun)
    for name, known, answer in (("valid", valid, found.valid), ("test", test, found.test)):
        records.add_point(name, float("nan"), int((answer != known.y).sum()), len(known))
    run.write_table("curve", CURVE_COLUMNS, records.curve)
    answers = torch.from_numpy(np.asarray(found.test, dtype=np.int64))
    checkpoint.finish(run, records, answers, source.test.labels, **found.about)


def _examples(source: Source, split: Split) -> Examples:
    return Examples(source.inputs(split.pixels).numpy(), split.labels.numpy())


def _diary(run: Run, check: Callable[[], None]) -> Diary:
    path = run.path / f"{DIARY}.csv"
    try:
        known = pd.read_csv(path).to_dict("records") if path.exists() else []
    except ValueError as error:  # also pandas' own
        raise ConfigError(f"{path} is damaged ({error}); remove it to start the run again") from error

    rows: list[Row] = [{str(key): value for key, value in row.items()} for row in known]

    def keep(row: Row) -> None:
        check()
        rows.append(row)
        run.write_table(DIARY, tuple(rows[0]), [tuple(one.values()) for one in rows])

    return Diary(tuple(rows), keep)
