"""Singular values through training of made-up networks: what is read; rules hold, fail, or can't tell."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.exhibits.studies import end_to_end_training as study
from repro.reproduce import experiments_of
from repro.runs import Run

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def runs(fake: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    root: Path = tmp_path_factory.mktemp("through_training")
    return [fake(root=root, **vars(e)) for e, _ in experiments_of("end_to_end_training", "quick", [])]


@pytest.fixture(scope="module")
def tables(runs: list[Run]) -> Tables:
    return dict(study.tables(runs))


def outcomes(tables: Tables, rows: pd.DataFrame) -> dict[str, str]:
    return {v.claim.partition(".")[2]: v.outcome for v in study.verdicts({**tables, "points": rows})}


def test_runs_are_those_of_the_other_page_and_one_more() -> None:
    ours, theirs = (
        {e for e, _ in experiments_of(name, "quick", [])}
        for name in ("end_to_end_training", "layers_in_training")
    )
    assert theirs < ours and len(ours - theirs) == 1
    assert all(e.monitor.jacobian_examples == 1 for e in ours)  # the same example throughout


def test_values_are_those_of_the_top_hidden_layer(tables: Tables) -> None:
    """Made up: 0.2 (1 + k) for orthogonal weights, 0.2 (1 + 3 k) else, p5 and p95 at k = 1 and 5."""
    rows = tables["points"].query("update == 0").set_index("network")
    assert len(rows) == len(study.NETWORKS)
    assert rows.loc[study.ORTHOGONAL, "reach"] == pytest.approx(1.2 / 0.4)
    assert rows.loc[study.EQ16, "reach"] == pytest.approx(3.2 / 0.8)
    assert rows.loc["Sigmoid depth 4", "p50"] == pytest.approx(0.2 * (1 + 3 * 3))


def test_rules_can_hold_and_fail(tables: Tables) -> None:
    rows = tables["points"]
    same = outcomes(tables, rows)
    assert same == {"lasting": "supported", "spreading": "not supported", "awakening": "not supported"}
    grown = rows.assign(**{c: rows[c] * np.where(rows["update"] > 0, 2.0, 1.0) for c in ("reach", "p50")})
    assert set(outcomes(tables, grown).values()) == {"supported"}
    level = rows.assign(reach=1.0 + rows["update"])
    assert outcomes(tables, level)["lasting"] == "not supported"
    shrunk = grown.assign(
        p50=grown["p50"].where((grown["network"] != "Softsign") | (grown["update"] == 0), 0.1)
    )
    assert outcomes(tables, shrunk)["awakening"] == "not supported"


def test_a_network_on_its_plateau_is_not_asked_whether_it_wakes(tables: Tables) -> None:
    found = {v.claim: v for v in study.verdicts(tables)}
    assert found["end_to_end_training.spreading"].holds[1] == 6
    names = {m.of["network"] for m in found["end_to_end_training.awakening"].measures}
    assert "Sigmoid depth 4" not in names and len(names) == 5
    stuck = {**tables, "networks": tables["networks"].assign(error=83.0)}
    verdict = {v.claim: v for v in study.verdicts(stuck)}["end_to_end_training.awakening"]
    assert verdict.outcome == "not tested" and verdict.reason


def test_directions_that_are_gone_have_no_ratio(tables: Tables) -> None:
    rows = tables["points"]
    gone = rows.assign(reach=rows["reach"].where(rows["network"] != "Softsign"))
    verdict = {v.claim: v for v in study.verdicts({**tables, "points": gone})}[
        "end_to_end_training.spreading"
    ]
    assert verdict.holds[1] == 5


def test_runs_without_the_measurement_say_what_to_set(
    runs: list[Run], fake: Callable[..., Run], tmp_path: Path
) -> None:
    with pytest.raises(EvidenceError, match=r"monitor\.mechanisms=true"):
        study.tables([fake(root=tmp_path, activation="tanh", init="standard"), *runs[1:]])
