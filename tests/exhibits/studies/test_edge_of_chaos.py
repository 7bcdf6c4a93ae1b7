"""Gradients of made-up deep networks against χ: those that follow it hold, those that don't fail."""

from collections.abc import Callable
from pathlib import Path

import pytest

from repro.evidence import EvidenceError
from repro.exhibits.studies import edge_of_chaos
from repro.reproduce import experiments_of
from repro.runs import Run


@pytest.fixture(scope="module")
def deep(fake: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """By eqs. 5 and 6: a factor of 3 in variance per layer with eq. 1, none with all others."""
    root: Path = tmp_path_factory.mktemp("deep")
    return [fake(root=root, **vars(e)) for e, _ in experiments_of("edge_of_chaos", "quick", [])]


def test_a_rule_that_can_fail(deep: list[Run]) -> None:
    (verdict,) = edge_of_chaos.verdicts(edge_of_chaos.tables(deep))
    held = {measure.of["init"]: measure.holds for measure in verdict.measures}
    assert held["standard"] and not held["normalized"]  # tanh can't keep all variances
    assert len(held) == 5 and verdict.outcome != "supported"


def test_what_is_predicted_is_what_holds(deep: list[Run]) -> None:
    tables = dict(edge_of_chaos.tables(deep))
    tables["factors"] = tables["factors"].assign(measured=tables["factors"]["predicted"] * 1.04)
    (verdict,) = edge_of_chaos.verdicts(tables)
    assert verdict.outcome == "supported"


def test_where_todays_defaults_lie(deep: list[Run]) -> None:
    starts = edge_of_chaos.tables(deep)["starts"].set_index("name")["chi"]
    assert starts["eq. 1"] == pytest.approx(1 / 3, abs=1e-3)
    assert starts["PyTorch nn.Linear"] == pytest.approx(1 / 3, abs=1e-3)
    assert starts["eq. 16 = Keras, LeCun"] == pytest.approx(1, abs=1e-3)
    assert starts["the panels"] == pytest.approx(1.02, abs=5e-3)
    assert starts["PyTorch, tanh gain"] == pytest.approx(1.21, abs=5e-3)


def test_gradients_of_orthogonal_weights_are_those_of_eq_16(deep: list[Run]) -> None:
    rows = edge_of_chaos.tables(deep)["factors"].groupby("init")["predicted"].first()
    assert rows["orthogonal"] == pytest.approx(rows["normalized"], rel=1e-3)
    assert rows["standard"] < 0.58 < rows["normalized"] < 1 < rows["variance_scaling"]


def test_an_initialization_that_is_missing_is_named(deep: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="init=orthogonal"):
        edge_of_chaos.tables([run for run in deep if run.experiment.init.name != "orthogonal"])
