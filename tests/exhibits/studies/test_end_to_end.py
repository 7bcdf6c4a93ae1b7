"""Singular values from input to output of made-up networks: what is read, predicted and judged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from repro.evidence import EvidenceError
from repro.exhibits.studies import end_to_end
from repro.reproduce import experiments_of
from repro.runs import Run


@pytest.fixture(scope="module")
def untrained_all(fake: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    root: Path = tmp_path_factory.mktemp("through")
    return [fake(root=root, **vars(e)) for e, _ in experiments_of("end_to_end", "quick", [])]


def test_reach_and_condition_are_of_the_measured_values(untrained_all: list[Run]) -> None:
    """The made-up ones are evenly spaced: 0.2, 0.4 ... with orthogonal weights, 0.2, 0.8 ... else."""
    rows = end_to_end.tables(untrained_all)["points"].set_index(["init", "of", "seed"])
    assert len(rows) == 4 * 2 * 3
    assert rows.loc[("orthogonal", "hidden", 0), "reach"] == pytest.approx(1.2 / 0.4)
    assert rows.loc[("normalized", "outputs", 2), "reach"] == pytest.approx(3.2 / 0.8)
    assert rows.loc[("orthogonal", "outputs", 1), "condition"] == pytest.approx(7)
    assert rows["predicted"].notna().sum() == 12  # of the hidden layers only


def test_rules_can_hold_and_fail(untrained_all: list[Run]) -> None:
    tables = end_to_end.tables(untrained_all)
    verdicts = {v.claim.partition(".")[2]: v for v in end_to_end.verdicts(tables)}
    assert verdicts["orthogonal"].outcome == "supported"
    assert verdicts["isometry"].outcome == verdicts["size"].outcome == "not supported"
    points = tables["points"]
    points = points.assign(
        rms=points["predicted"] * 0.97, reach=points["reach"].where(points["init"] != "orthogonal", 1.9)
    )
    verdicts = {v.claim.partition(".")[2]: v for v in end_to_end.verdicts({"points": points})}
    assert verdicts["size"].outcome == "supported"
    assert verdicts["isometry"].holds == (1, 4)


def test_predictions_differ_where_weights_do(untrained_all: list[Run]) -> None:
    rows = end_to_end.tables(untrained_all)["points"].query("of == 'hidden'").groupby("init").first()
    assert rows.loc["standard", "predicted"] < 0.1 < rows.loc["normalized", "predicted"]
    assert rows.loc["orthogonal", "predicted"] == pytest.approx(rows.loc["normalized", "predicted"], rel=0.01)
    assert rows.loc["orthogonal", "predicted_spread"] < 1 < 5 < rows.loc["normalized", "predicted_spread"]


def test_runs_without_the_measurement_say_what_to_set(fake: Callable[..., Run], tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"monitor\.mechanisms=true"):
        end_to_end.tables([fake(root=tmp_path, init="standard", activation="tanh", updates=0)])
