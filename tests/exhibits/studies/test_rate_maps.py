"""Made-up errors on the grid of ε and input range: which rankings survive, and what stays unknown."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.evidence.models import MODELS
from repro.exhibits.studies import rate_maps
from repro.experiment import compose
from repro.experiment.settings import Dataset
from repro.reproduce import experiments_of
from repro.runs import Run
from repro.runs.folder import CURVE_COLUMNS

Fake = Callable[..., Run]
PAPERS = {"Tanh": 0.74, "Tanh N": 0.60, "Softsign": 0.65, "Softsign N": 0.64}
"""Errors that have all three statements hold by more than two points."""


@pytest.fixture
def grid(fake: Fake, tmp_path: Path) -> Callable[..., list[Run]]:
    """The networks at two rates with both ranges; `changed`: errors by (network, low, lr)."""

    def made(
        changed: Mapping[tuple[str, float, float], float] = {},
        seeds: tuple[int, ...] = (0,),
        spread: float = 0.0,
        lost: tuple[tuple[str, float, float], ...] = (),
    ) -> list[Run]:
        runs = []
        for name, error in PAPERS.items():
            for low in (0.0, -1.0):
                for lr in (0.01, 0.03):
                    key = (name, low, lr)
                    for seed in seeds:
                        model = MODELS[name]
                        last = changed.get(key, error) + spread * (seed - 1) * (
                            1 if model.init == "standard" else -1
                        )
                        settings: dict[str, Any] = {"dataset": Dataset(low=low), "lr": lr, "seed": seed}
                        if key in lost:
                            settings["diverged_at"] = 5000
                        runs.append(
                            fake(
                                root=tmp_path,
                                activation=model.activation,
                                init=model.init,
                                last=last,
                                **settings,
                            )
                        )
        return runs

    return made


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {v.claim: v.outcome for v in rate_maps.verdicts(rate_maps.tables(runs))}


def test_a_ranking_that_is_everywhere_the_same_survives(grid: Callable[..., list[Run]]) -> None:
    runs = grid()
    assert set(outcomes(runs).values()) == {"holds so far"}
    tables = rate_maps.tables(runs)
    rows = tables["statements"]
    assert set(rows["column"]) == {"0.01", "0.03", rate_maps.OWN} and rows["clear"].all()
    sizes = rows.groupby("claim")["size"].first().to_dict()
    assert sizes == pytest.approx({"C20": 9.0, "C21": 13.0, "C22": 14.0})
    assert "nowhere the opposite" in rate_maps.answer(tables)


def test_one_cell_the_other_way_is_enough_against_it(grid: Callable[..., list[Run]]) -> None:
    runs = grid({("Tanh N", -1.0, 0.03): 0.80})
    found = outcomes(runs)
    assert set(found.values()) == {"fails so far"}
    text = rate_maps.answer(rate_maps.tables(runs))
    assert "the opposite in 1 ([-1, 1] ε = 0.03)" in text


def test_differences_within_the_jitter_say_nothing(grid: Callable[..., list[Run]]) -> None:
    close = {
        (name, low, lr): 0.7 + k / 200
        for k, name in enumerate(PAPERS)
        for low in (0, -1)
        for lr in (0.01, 0.03)
    }
    runs = grid(close)
    assert set(outcomes(runs).values()) == {"not tested"}
    assert not rate_maps.tables(runs)["statements"]["clear"].any()


def test_with_three_seeds_their_spread_decides(grid: Callable[..., list[Run]]) -> None:
    half_a_point = {("Tanh", low, lr): PAPERS["Tanh N"] + 0.005 for low in (0.0, -1.0) for lr in (0.01, 0.03)}
    quiet = rate_maps.tables(grid(half_a_point, (0, 1, 2)))["statements"].query("claim == 'C22'")
    assert quiet["clear"].all() and quiet["size"].tolist() == pytest.approx([0.5] * len(quiet))
    assert quiet["n"].unique().tolist() == [3]


def test_noisy_seeds_leave_a_large_difference_unclear(grid: Callable[..., list[Run]]) -> None:
    noisy = rate_maps.tables(grid(seeds=(0, 1, 2), spread=0.08))["statements"].query("claim == 'C22'")
    assert not noisy["clear"].any() and noisy["size"].iloc[0] == pytest.approx(14)
    assert (noisy["low"] < 0).all()


def test_two_seeds_are_judged_as_one(grid: Callable[..., list[Run]]) -> None:
    rows = rate_maps.tables(grid(seeds=(1, 2), spread=0.01))["statements"]
    assert rows["clear"].all() and rows["low"].isna().all() and rows["n"].unique().tolist() == [2]


def test_each_network_has_its_own_rate(grid: Callable[..., list[Run]]) -> None:
    tables = rate_maps.tables(grid({("Tanh", 0.0, 0.03): 0.5, ("Softsign", 0.0, 0.01): 0.55}))
    best = tables["points"].query("best and inputs == '[0, 1]'").set_index("network")["lr"]
    assert best[["Tanh", "Softsign"]].tolist() == [0.03, 0.01]
    own = tables["statements"].query("inputs == '[0, 1]' and claim == 'C22'").set_index("column")["size"]
    assert own[rate_maps.OWN] == pytest.approx(50 - 60) and own["0.01"] == pytest.approx(14)


def test_a_network_that_diverges_errs_on_everything(grid: Callable[..., list[Run]]) -> None:
    tables = rate_maps.tables(grid(lost=(("Tanh N", 0.0, 0.03),)))
    row = tables["points"].query("network == 'Tanh N' and inputs == '[0, 1]' and lr == 0.03").iloc[0]
    assert (row["error"], row["diverged"], bool(row["best"])) == (100.0, 1, False)
    cell = tables["statements"].query("inputs == '[0, 1]' and column == '0.03' and claim == 'C22'").iloc[0]
    assert cell["size"] == pytest.approx(74 - 100) and cell["clear"] and not cell["holds"]
    assert "diverged" in rate_maps.summary(tables).to_csv()


def test_where_all_rates_diverge_no_rate_is_its_own(grid: Callable[..., list[Run]]) -> None:
    lost = tuple((name, low, lr) for name in PAPERS for low in (0.0, -1.0) for lr in (0.01, 0.03))
    tables = rate_maps.tables(grid(lost=lost))
    assert not tables["points"]["best"].any()
    verdicts = rate_maps.verdicts(tables)
    assert {v.outcome for v in verdicts} == {"not tested"} and "no rate came to its end" in verdicts[0].reason
    assert len(rate_maps.draw(tables).axes) == 5


def test_only_seeds_that_all_networks_have_are_compared(grid: Callable[..., list[Run]]) -> None:
    runs = grid(seeds=(0, 1))
    fewer = [r for r in runs if (r.experiment.seed, r.experiment.activation.name) != (1, "softsign")]
    tables = rate_maps.tables(fewer)
    assert tables["statements"]["n"].unique().tolist() == [1]
    assert tables["points"].groupby("network")["seeds"].first()["Tanh"] == 2


def test_a_network_that_is_missing_is_named(grid: Callable[..., list[Run]]) -> None:
    runs = grid()
    with pytest.raises(EvidenceError, match="no Softsign N run with inputs in"):
        rate_maps.tables([r for r in runs if r.experiment.dataset.low or not _is(r, "Softsign N")])
    with pytest.raises(EvidenceError, match="among the 0 given"):
        rate_maps.tables([])


def _is(run: Run, name: str) -> bool:
    model = MODELS[name]
    return (run.experiment.activation.name, run.experiment.init.name) == (model.activation, model.init)


def test_runs_of_different_lengths_are_not_mixed(
    grid: Callable[..., list[Run]], fake: Fake, tmp_path: Path
) -> None:
    longer = fake(root=tmp_path, activation="tanh", updates=40_000, lr=0.1)
    with pytest.raises(EvidenceError, match="differ in more than seed and rate"):
        rate_maps.tables([*grid(), longer])


def test_an_error_is_the_mean_of_the_last_quarter(fake: Fake, tmp_path: Path) -> None:
    run = fake(root=tmp_path, updates=40_000)
    errors = [(5000 * k, "test", 1.0, 0.9 - 0.05 * k) for k in range(9)]
    run.write_table("curve", CURVE_COLUMNS, [*errors, (40_000, "valid", 1.0, 0.5)])
    found = rate_maps._of(Run(run.path))
    assert found["error"] == pytest.approx(np.mean([55, 50])) and found["valid"] == 0.5


def test_the_sweep_makes_the_runs_of_the_page() -> None:
    swept = compose.compose_all(compose.expand(["study=rate_maps", "scale=quick"]))
    needed = {experiment.run_id for experiment, _ in experiments_of("rate_maps", "quick", [])}
    assert {experiment.run_id for experiment, _ in swept} == needed and len(needed) == 32


def test_maps_say_what_the_tables_say(grid: Callable[..., list[Run]]) -> None:
    tables = rate_maps.tables(grid({("Tanh N", -1.0, 0.03): 0.80}))
    upper, other, lower, *_ = rate_maps.draw(tables).axes
    texts = [text.get_text() for text in upper.texts]
    assert texts.count("74.0") == 3 and len(texts) == 4 * 3  # two rates and the best again
    assert "80.0" in [text.get_text() for text in other.texts]
    assert pd.Series([text.get_text() for text in lower.texts]).isin(["+9.0", "+13.0", "+14.0"]).all()
