"""Rules that hold, fail, or have too little data; networks that are told apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.evidence.verdict import Verdict
from repro.exhibits.studies import dying_layer
from repro.experiment.settings import Monitor
from repro.reproduce import experiments_of
from repro.runs import Run

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables(fake: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Tables:
    root: Path = tmp_path_factory.mktemp("dying")
    return dict(dying_layer.tables([fake(root=root, **vars(e)) for e, _ in experiments_of("dying_layer", "quick", [])]))  # fmt: skip  # noqa: E501


def judged(tables: Tables, **numbers: float) -> dict[str, Verdict]:
    networks = tables["networks"].assign(**numbers)
    return {v.claim.partition(".")[2]: v for v in dying_layer.verdicts({**tables, "networks": networks})}


def test_each_run_is_one_network(tables: Tables) -> None:
    rows = tables["networks"]
    assert rows["network"].tolist() == [
        "1000 units, ε = 0.01",
        "1000 units, ε = 0.03",
        "1000 units, ε = 0.03, mini-batches of 100",
        *["50 units, ε = 0.2"] * 3,
    ]
    assert rows["measured"].all() and rows["seed"].tolist() == [0, 0, 0, 0, 1, 2]


def test_story_and_lead_exclude_each_other(tables: Tables) -> None:
    for share, expected in ((0.9, ("supported", "not supported")), (0.1, ("not supported", "supported")),
                            (0.5, ("not supported", "not supported"))):  # fmt: skip
        found = judged(tables, share_prior=share)
        assert (found["story"].outcome, found["lead"].outcome) == expected


@pytest.mark.parametrize(
    ("key", "numbers", "outcome"),
    [
        ("speed", {"speed": 1.9}, "supported"),
        ("speed", {"speed": 0.4}, "not supported"),
        ("speed", {"speed": 2.1}, "not supported"),
        ("gone", {"share_dead": 0.7}, "supported"),
        ("gone", {"share_dead": 0.6}, "not supported"),
        ("pushed", {"pushed": 0.5}, "supported"),
        ("pushed", {"pushed": 0.51}, "not supported"),
        ("return", {"bottom": 500.0, "top": 600.0}, "supported"),
        ("return", {"bottom": 600.0, "top": 600.0}, "not supported"),
        ("return", {"bottom": 600.0, "top": np.nan}, "not tested"),
        ("gone", {"share_dead": np.nan}, "not tested"),
        ("story", {"share_prior": np.nan}, "not tested"),
    ],
)  # fmt: skip
def test_rules(tables: Tables, key: str, numbers: dict[str, float], outcome: str) -> None:
    found = judged(tables, **numbers)[key]
    assert found.outcome == outcome
    assert bool(found.reason) == (outcome == "not tested")
    assert len(found.measures) == 5  # larger mini-batches are another question


def test_one_network_that_has_not_come_far_keeps_the_others_open(tables: Tables) -> None:
    shares = [0.1, np.nan, 0.1, 0.1, 0.1, 0.1]
    networks = tables["networks"].assign(share_prior=shares)
    found = {v.claim: v for v in dying_layer.verdicts({**tables, "networks": networks})}
    assert found["dying_layer.lead"].outcome == "holds so far"


@pytest.mark.parametrize(("calm", "outcome"), [(0.05, "supported"), (0.2, "not supported"), (np.nan, "not tested")])  # fmt: skip  # noqa: E501
def test_noise_compares_the_same_network(tables: Tables, calm: float, outcome: str) -> None:
    falls = [9.0, 0.3, calm, 9.0, 9.0, 9.0]
    networks = tables["networks"].assign(fall=falls)
    found = {v.claim: v for v in dying_layer.verdicts({**tables, "networks": networks})}
    assert found["dying_layer.noise"].outcome == outcome


def test_answers_with_and_without_data(tables: Tables) -> None:
    assert "b has 25 % (1000 units) and 25 % (50 units)" in dying_layer.answer(
        {**tables, "networks": tables["networks"].assign(share_dead=0.25)}
    )
    nothing = tables["networks"].assign(share_prior=np.nan, share_dead=np.nan, escape=np.nan, fall=np.nan)
    assert "no network has come far enough" in dying_layer.answer({**tables, "networks": nothing}).lower()


def test_a_whole_training_without_parts_is_shown_and_not_judged(
    tables: Tables, fake: Callable[..., Run], tmp_path: Path
) -> None:
    whole = fake(root=tmp_path, activation="sigmoid", depth=4, updates=100_000, last=0.4)
    parts = fake(root=tmp_path, activation="sigmoid", depth=4, monitor=Monitor(every=1000, mechanisms=True))
    found = dict(dying_layer.tables([whole, parts]))
    rows = found["networks"]
    assert rows["network"].tolist() == ["1000 units, ε = 0.01, whole training", "1000 units, ε = 0.01"]
    assert rows["measured"].tolist() == [False, True] and np.isfinite(rows["escape"][0])
    assert all(len(v.measures) == 1 for v in dying_layer.verdicts(found))
    texts = [t.get_text() for axes in dying_layer.draw(found).axes for t in axes.texts]
    assert texts.count("not recorded") == 2


def test_other_runs_are_refused(fake: Callable[..., Run], tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no sigmoid network"):
        dying_layer.tables([fake(root=tmp_path, activation="tanh")])
