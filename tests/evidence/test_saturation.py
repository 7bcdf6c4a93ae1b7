import pandas as pd
import pytest

from repro.evidence import saturation
from repro.evidence.saturation import Network
from repro.runs.folder import Run


@pytest.fixture(scope="module")
def tables(trained: list[Run]) -> dict[str, pd.DataFrame]:
    tanh = [run for run in trained if run.experiment.init.name == "normalized_hidden"]
    network = Network("a network", "tanh", "normalized_hidden", "[0, 1]", False, tanh, "fig10")
    return saturation.tables([network])


@pytest.fixture(scope="module")
def rows(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["courses"]


def test_courses_have_both_sources_and_quantities(rows: pd.DataFrame) -> None:
    assert set(rows["source"]) == {"ours", "paper"}
    assert set(rows["quantity"]) == set(saturation.QUANTITIES)
    assert rows.groupby(["source", "quantity"])["layer"].nunique().eq(5).all()


def test_what_a_network_is_stands_in_columns(tables: dict[str, pd.DataFrame]) -> None:
    kind = {"activation": "tanh", "init": "normalized_hidden", "inputs": "[0, 1]"}
    assert saturation.kind(tables["courses"]) == kind
    assert list(tables["points"]) == saturation.POINTS
    assert set(tables["points"]["network"]) == {"a network"}


def test_first_saturated() -> None:
    rows = pd.DataFrame(
        {"quantity": "p98", "source": "ours", "epoch": [2, 0, 1, 3], "value": [0.96, 0.3, 0.94, 0.99]}
    )
    assert saturation.first_saturated(rows, "ours") == 2
    assert pd.isna(saturation.first_saturated(rows[rows["epoch"] < 2], "ours"))


def test_before_training_compares_epoch_0(rows: pd.DataFrame) -> None:
    verdict = saturation.before_training(rows, "fig10")
    assert verdict.outcome == "reproduced"
    assert verdict.claim == "fig10.before_training"
    assert verdict.statement == "Figure 10: standard deviations before training"
    doubled = rows.assign(value=rows["value"].where(rows["source"] == "paper", 2 * rows["value"]))
    assert saturation.before_training(doubled, "fig10").outcome == "not reproduced"


def test_each_layer_stands_beside_the_papers(rows: pd.DataFrame) -> None:
    measures = saturation.before_training(rows, "fig10").measures
    std = rows[(rows["quantity"] == "std") & (rows["epoch"] == 0)]
    values = {
        source: std[std["source"] == source].set_index("layer")["value"] for source in ("ours", "paper")
    }
    assert [measure.of for measure in measures] == [{"layer": layer} for layer in range(1, 6)]
    assert [measure.value for measure in measures] == values["ours"].tolist()
    assert [measure.paper for measure in measures] == values["paper"].tolist()
