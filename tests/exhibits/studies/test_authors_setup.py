"""The page on what the authors did, from made-up runs: what each is a candidate for, and its answer."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.evidence import EvidenceError, candidates
from repro.evidence.likelihood import leads, outcome, residuals, support
from repro.exhibits.studies import authors_setup
from repro.experiment.components import Init
from repro.experiment.settings import Dataset, Monitor
from repro.reproduce import also_there, experiments_of
from repro.runs import Run
from repro.runs.folder import CURVE_COLUMNS

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def needed(fake: Fake, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    root = tmp_path_factory.mktemp("authors")
    return [fake(root=root, **vars(e)) for e, _ in experiments_of("authors_setup", "quick", [])]


@pytest.fixture(scope="module")
def tables(needed: list[Run]) -> dict[str, pd.DataFrame]:
    return authors_setup.tables(needed)


def test_every_unknown_is_asked_and_every_candidate_takes_part(tables: dict[str, pd.DataFrame]) -> None:
    found = tables["points"].groupby(["unknown", "network", "only"])["candidate"].agg(lambda c: set(c))
    assert set(tables["answers"]["unknown"]) == set(authors_setup.TITLES)
    assert found["inputs", "Softsign", ""] == {"[0, 1]", "[-1, 1]"}
    assert found["lr", "Sigmoid depth 4", ""] == {"0.01", "0.03"}
    starts = {"eq. 16", "eq. 16, top eq. 1", "hidden 1", "hidden 1.1", "hidden 1.3", "hidden 1.5"}
    assert found["init", "Tanh N", candidates.START] == starts
    assert found["init", "Tanh N", candidates.TRAINING] == {"eq. 16", "hidden 1.3"}
    assert ("lr", "Tanh", "") not in found  # one rate is no question


def test_answers_follow_from_the_points(tables: dict[str, pd.DataFrame]) -> None:
    for row in tables["answers"].to_dict("records"):
        own = tables["points"]
        own = own[(own["unknown"] == row["unknown"]) & (own["network"] == row["network"])]
        own = own[own["only"] == row["only"]]
        assert row["outcome"] == outcome(own)
        assert (own["lead"] * own["weight"]).groupby(own["candidate"]).sum().max() == pytest.approx(0)
        assert bool(row["next"]) == (row["outcome"] != "settled")
        assert math.isnan(row["minutes"])  # made-up runs took no time


def test_gradients_of_the_papers_size_are_sums(tables: dict[str, pd.DataFrame]) -> None:
    """Made-up runs have the size that sums have."""
    rows = tables["points"].query("unknown == 'gradients' and network == 'Tanh'")
    means = rows.groupby("candidate")["misfit"].median()
    assert means["mean"] > 3 * means["sum"]
    assert rows["leader"].unique().tolist() == ["sum"]


def test_the_answer_names_what_is_settled_and_what_is_not(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["answers"].assign(outcome="settled")
    text = authors_setup.answer({**tables, "answers": rows})
    assert f"settle {len(rows)} (" in text and "Open" not in text and "epoch of Tanh" in text
    rows = tables["answers"].assign(outcome=["open"] + ["contradictory"] * (len(rows) - 1))
    text = authors_setup.answer({**tables, "answers": rows})
    assert "settle 0" in text and "Open are inputs of Tanh." in text and "contradict each other" in text


def test_a_verdict_holds_only_where_everything_is_settled(tables: dict[str, pd.DataFrame]) -> None:
    settled = {**tables, "answers": tables["answers"].assign(outcome="settled")}
    assert {v.outcome for v in authors_setup.verdicts(settled)} == {"holds so far"}
    open_ = {**tables, "answers": tables["answers"].assign(outcome="open")}
    assert {v.outcome for v in authors_setup.verdicts(open_)} == {"fails so far"}
    none = {**settled, "answers": settled["answers"].query("unknown != 'lr'")}
    assert [v.outcome for v in authors_setup.verdicts(none)].count("not tested") == 1


def test_the_papers_own_errors_settle_its_range(fake: Fake, tmp_path: Path) -> None:
    """Runs whose errors are the paper's softsign curve with [-1, 1], and 10 points above it with [0, 1]."""
    printed = paper.curve("fig11").query("series == 'Softsign'").set_index("x")["y"]
    runs = []
    for low, off in ((-1.0, 0.0), (0.0, 10.0)):
        for seed in (0, 1):
            settings: dict[str, Any] = {"dataset": Dataset(low=low), "activation": "softsign", "seed": seed}
            run = fake(root=tmp_path, **settings)
            errors = [(u, (printed[10 * u] + off + 0.2 * seed) / 100) for u in range(5000, 20_001, 5000)]
            rows = [(u, "test", 2 * error, error) for u, error in errors]
            run.write_table("curve", CURVE_COLUMNS, rows)
            runs.append(Run(run.path))
    rows = residuals(candidates.measured(runs), candidates.papers())
    rows = rows[rows["curve"] == "Figure 11 Softsign"]
    found = leads(support(rows, "inputs"))
    assert found["leader"].iloc[0] == "[-1, 1]" and outcome(found) == "settled"
    assert found["misfit"].min() < 0.5


def test_a_run_that_diverged_is_no_candidate(needed: list[Run], fake: Fake, tmp_path: Path) -> None:
    lost = fake(root=tmp_path, activation="tanh", lr=0.1, diverged_at=5000)
    found = authors_setup.tables([*needed, lost])["points"]
    assert found.query("unknown == 'lr' and network == 'Tanh'").empty


def test_what_is_compared_of_a_run(fake: Fake, tmp_path: Path) -> None:
    run = fake(root=tmp_path, updates=20_000, monitor=Monitor(every=5000), init=Init("normalized"))
    rows = candidates.measured([run]).set_index(["curve", "gradients", "epoch", "layer", "x"])["value"]
    trained, start = f"Figure 9 N, {candidates.TRAINING}", f"Figure 9 N, {candidates.START}"
    std = 0.0035 * (1 + 0.01 * np.random.default_rng(0).standard_normal())
    assert rows[start, "sum", "", 1, 0.0] == pytest.approx(math.log(std))
    assert rows[start, "mean", "", 1, 0.0] == pytest.approx(math.log(std / 10))  # mini-batches of 10
    times = {(epoch, x) for curve, _, epoch, _, x in rows.index if curve == trained}
    assert ("20,000", 1.0) in times and ("5,000", 4.0) in times and ("10,000", 2.0) in times
    assert not any(epoch == "40,000" for epoch, _ in times)
    errors = rows[f"Figure 11 {'Tanh N'}"]
    assert errors.index.get_level_values("x").tolist() == [50_000, 100_000, 150_000, 200_000]
    peaks = [math.exp(rows["Figure 8 N, layer 1", kind, "", 1, 0.0]) for kind in ("sum", "mean")]
    assert peaks[1] / peaks[0] == pytest.approx(10)


def test_networks_that_the_paper_has_not_are_left_out(fake: Fake, tmp_path: Path) -> None:
    relu = fake(root=tmp_path, activation="relu", updates=0)
    shallow = fake(root=tmp_path, activation="tanh", depth=2, updates=0)
    with pytest.raises(EvidenceError, match="none of the 2 runs"):
        authors_setup.tables([relu, shallow])


def test_too_little_is_said(fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no two candidates"):
        authors_setup.tables([fake(root=tmp_path, activation="softsign", seed=seed) for seed in (0, 1)])


def test_costs_come_from_the_runs(fake: Fake, tmp_path: Path) -> None:
    slow = []
    for low in (0.0, -1.0):
        run = fake(root=tmp_path, activation="softsign", dataset=Dataset(low=low), last=0.7)
        run.write_json("result", {"test_error": 0.7, "seconds": 200.0, "updates_done": 20_000})
        slow.append(Run(run.path))
    found = authors_setup.tables(slow)
    row = found["answers"].query("unknown == 'inputs'").iloc[0]
    assert found["costs"]["seconds"].tolist() == [0.01]
    assert row["outcome"] != "settled"  # two equal runs
    untried = row["misfit"] > 3
    assert row["minutes"] == pytest.approx((3 * 2 * 20_000 if untried else 2 * 200_000) * 0.01 / 60)


def test_other_runs_join_where_they_are_complete(fake: Fake, tmp_path: Path) -> None:
    wanted = [e for e, _ in experiments_of("authors_setup", "quick", ["lr=0.03"])]
    assert also_there("authors_setup", "quick", [], tmp_path) == []
    run = fake(root=tmp_path, **{**vars(wanted[-1]), "monitor": Monitor(every=20_000)})
    assert [there.path for there in also_there("authors_setup", "quick", [], tmp_path)] == [run.path]
    (run.path / "result.json").unlink()
    assert also_there("authors_setup", "quick", [], tmp_path) == []
