"""What the next experiment is, from made-up likelihoods and runs."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from repro.evidence import undecided
from repro.experiment.settings import Dataset
from repro.runs import Run

Fake = Callable[..., Run]


def leads(misfits: tuple[float, float], ahead: float, names: tuple[str, str] = ("[0, 1]", "[-1, 1]")):  # type: ignore[no-untyped-def]
    """One curve; the first candidate leads by `ahead`."""
    table = {"candidate": names, "curve": "a", "misfit": misfits, "likelihood": (0.0, -ahead)}
    return pd.DataFrame({**table, "weight": 1.0, "leader": names[0], "lead": (0.0, -ahead)})


@pytest.fixture
def runs(fake: Fake, tmp_path: Path) -> list[Run]:
    return [fake(root=tmp_path, dataset=Dataset(low=low), activation="softsign") for low in (0.0, -1.0)]


def test_those_in_doubt_are_trained_for_longer(runs: list[Run]) -> None:
    text, updates = undecided.cheapest(leads((1, 2), 1), "inputs", "Softsign", runs)
    assert text == "200,000 updates with [0, 1] and [-1, 1]" and updates == 400_000


def test_where_one_is_long_already_the_other_follows(runs: list[Run], fake: Fake, tmp_path: Path) -> None:
    long = fake(root=tmp_path, activation="softsign", updates=200_000)
    text, updates = undecided.cheapest(leads((1, 2), 1), "inputs", "Softsign", [*runs, long])
    assert text == "200,000 updates with [-1, 1]" and updates == 200_000


def test_where_none_fits_other_rates_are_next(runs: list[Run]) -> None:
    text, updates = undecided.cheapest(leads((5, 6), 1), "inputs", "Softsign", runs)
    assert text.startswith("ε = 0.003, 0.03, 0.1 with inputs in [-1, 1] and [0, 1]")
    assert updates == 6 * 20_000


def test_at_full_length_there_are_more_seeds(fake: Fake, tmp_path: Path) -> None:
    each: dict[str, object] = {"activation": "softsign", "updates": 2_500_000, "curve_every": 500_000}
    runs = [fake(root=tmp_path, dataset=Dataset(low=low), **each) for low in (0.0, -1.0)]
    text, updates = undecided.cheapest(leads((1, 2), 1), "inputs", "Softsign", runs)
    assert text.startswith("2 more seeds") and updates == 4 * 2_500_000


def test_what_is_settled_needs_nothing_and_without_runs_there_is_no_advice(runs: list[Run]) -> None:
    for own, ahead in ((runs, 9), ([], 1)):
        text, updates = undecided.cheapest(leads((1, 2), ahead), "inputs", "Softsign", own)
        assert not text and math.isnan(updates)


def test_seconds_are_the_median_of_the_runs(runs: list[Run]) -> None:
    for run, seconds in zip(runs, (100.0, 300.0), strict=True):
        run.write_json("result", {"test_error": 0.7, "seconds": seconds, "updates_done": 20_000})
    assert undecided.seconds_per_update([Run(run.path) for run in runs]) == {"Softsign": 0.01}
