import pandas as pd
import pytest

from repro.evidence import saturation
from repro.evidence.saturation import Network
from repro.runs.folder import Run


@pytest.fixture(scope="module")
def rows(trained: list[Run]) -> pd.DataFrame:
    tanh = [run for run in trained if run.experiment.init == "normalized_hidden"]
    return saturation.table({"a network": Network(tanh, "fig10")})


def test_table_has_both_sources_and_quantities(rows: pd.DataFrame) -> None:
    assert set(rows["source"]) == {"ours", "paper"}
    assert set(rows["quantity"]) == set(saturation.QUANTITIES)
    assert rows.groupby(["source", "quantity"])["layer"].nunique().eq(5).all()


def test_first_saturated() -> None:
    rows = pd.DataFrame(
        {"quantity": "p98", "source": "ours", "epoch": [2, 0, 1, 3], "value": [0.96, 0.3, 0.94, 0.99]}
    )
    assert saturation.first_saturated(rows, "ours") == 2
    assert pd.isna(saturation.first_saturated(rows[rows["epoch"] < 2], "ours"))


def test_before_training_compares_epoch_0(rows: pd.DataFrame) -> None:
    assert saturation.before_training(rows, "a network", "Figure 10").verdict == "reproduced"
    doubled = rows.assign(value=rows["value"].where(rows["source"] == "paper", 2 * rows["value"]))
    assert saturation.before_training(doubled, "a network", "Figure 10").verdict == "not reproduced"


def test_one_network_is_one_row_of_panels(trained: list[Run]) -> None:
    tanh = [run for run in trained if run.experiment.init == "normalized_hidden"]
    assert len(saturation.draw({"a network": Network(tanh, "fig10")}).axes) == 2
