"""Which networks are compared, when each leaves the plateau, and rules that can fail."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.exhibits.studies import plateau_symmetry
from repro.exhibits.studies.plateau_symmetry import CONDITIONS, SYMMETRIC
from repro.reproduce import experiments_of
from repro.runs import Run


@pytest.fixture(scope="module")
def waiting(fake: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The symmetric tanh network stays, all others end at 70 %."""
    root: Path = tmp_path_factory.mktemp("waiting")
    made = []
    for e, _ in experiments_of("plateau_symmetry", "quick", []):
        stays = CONDITIONS[SYMMETRIC].fits(e)
        made.append(fake(root=root, last=0.84 if stays else 0.7, **vars(e)))
    return made


def outcomes(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {v.claim.partition(".")[2]: v.outcome for v in plateau_symmetry.verdicts(tables)}


def test_each_run_is_one_network(waiting: list[Run]) -> None:
    rows = plateau_symmetry.tables(waiting)["networks"]
    assert len(rows) == len(waiting) == 24
    assert rows.groupby("condition")["seed"].nunique().eq(3).all() and rows["condition"].nunique() == 8
    for run in waiting:
        assert sum(condition.fits(run.experiment) for condition in CONDITIONS.values()) == 1


def test_when_networks_leave(waiting: list[Run]) -> None:
    """The made-up error is 70 + 20 (1 - t)²: below 78.3 % from t = .36 on."""
    rows = plateau_symmetry.tables(waiting)["networks"].set_index(["condition", "seed"])
    assert rows.loc[SYMMETRIC]["left"].isna().all()
    assert rows.loc[("tanh, [0, 1]", 0), "left"] == 7500
    assert rows.loc[SYMMETRIC]["p98"].tolist() == [0.45] * 3  # the lower tail counts, too


def test_what_is_made_up_agrees(waiting: list[Run]) -> None:
    found = outcomes(plateau_symmetry.tables(waiting))
    assert found == {
        "held": "supported",
        "signal": "supported",
        "softsign": "not supported",
        "saturation": "supported",
    }
    answer = plateau_symmetry.answer(plateau_symmetry.tables(waiting))
    assert "in 3 of 3 seeds" in answer and "7,500" in answer


def test_rules_that_can_fail(waiting: list[Run]) -> None:
    tables = dict(plateau_symmetry.tables(waiting))
    rows = tables["networks"]
    tables["networks"] = rows.assign(left=8000.0, signal=0.01, p98=0.9)
    assert set(outcomes(tables).values()) == {"not supported"}


def test_runs_that_lack_something_are_named(
    waiting: list[Run], fake: Callable[..., Run], tmp_path: Path
) -> None:
    rest = [run for run in waiting if not CONDITIONS[SYMMETRIC].fits(run.experiment)]
    with pytest.raises(EvidenceError, match=r"no standard tanh network with inputs in \[-1, 1\]"):
        plateau_symmetry.tables(rest)
    with pytest.raises(EvidenceError, match=r"set monitor\.mechanisms=true"):
        plateau_symmetry.tables([fake(root=tmp_path, activation="tanh")])
