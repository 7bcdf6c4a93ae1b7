import pandas as pd
import pytest

from repro import paper
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
    assert set(rows["quantity"]) == {*saturation.QUANTITIES, "saturated"}
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


def test_first_saturated_looks_at_one_quantity_of_one_source() -> None:
    """The others pass the level earlier."""
    rows = pd.DataFrame({"quantity": "p98", "source": "ours", "epoch": [4, 5], "value": [0.9, 0.99]})
    others = [rows.assign(source="paper", epoch=[1, 2]), rows.assign(quantity="std", epoch=[0, 3])]
    assert saturation.first_saturated(pd.concat([rows, *others]), "ours") == 5
    assert saturation.first_saturated(pd.concat([rows, *others]), "paper") == 2


def test_the_98_percentile_is_half_the_distance_from_1_to_99(trained: list[Run], rows: pd.DataFrame) -> None:
    (run,) = [run for run in trained if run.experiment.init.name == "normalized_hidden"]
    wide = run.monitor.query("layer <= 5").pivot(
        index=["layer", "update"], columns="quantity", values="value"
    )
    wanted = (wide["z_p99"] - wide["z_p1"]) / 2
    ours = rows.query("source == 'ours' and quantity == 'p98'").set_index(["layer", "update"])["value"]
    assert ours.to_dict() == pytest.approx(wanted.to_dict())


def test_only_what_is_near_on_either_side_agrees(rows: pd.DataFrame) -> None:
    ours = rows["source"] == "ours"
    for factor, outcome in ((0.5, "not fitted"), (1.5, "not fitted")):
        changed = rows.assign(value=rows["value"].where(~ours, factor * rows["value"]))
        assert saturation.before_training(changed, "fig10").outcome == outcome
    later = rows.assign(value=rows["value"].where(~ours | (rows["epoch"] == 0), 9.0))
    verdict = saturation.before_training(later, "fig10")
    assert verdict.outcome == "fitted"
    assert verdict.subject == saturation.kind(rows)


def test_before_training_compares_epoch_0(rows: pd.DataFrame) -> None:
    verdict = saturation.before_training(rows, "fig10")
    assert verdict.outcome == "fitted"
    assert verdict.claim == "fig10.before_training"
    assert verdict.statement == "Figure 10: standard deviations before training"
    doubled = rows.assign(value=rows["value"].where(rows["source"] == "paper", 2 * rows["value"]))
    assert saturation.before_training(doubled, "fig10").outcome == "not fitted"


def test_each_layer_stands_beside_the_papers(rows: pd.DataFrame) -> None:
    measures = saturation.before_training(rows, "fig10").measures
    std = rows[(rows["quantity"] == "std") & (rows["epoch"] == 0)]
    values = {
        source: std[std["source"] == source].set_index("layer")["value"] for source in ("ours", "paper")
    }
    assert [measure.of for measure in measures] == [{"layer": layer} for layer in range(1, 6)]
    assert [measure.value for measure in measures] == values["ours"].tolist()
    assert [measure.paper for measure in measures] == values["paper"].tolist()


def test_the_summary_is_our_end_and_when_layers_saturated() -> None:
    """Networks in their order; the standard deviation never counts as saturated."""
    places = [("ours", 0), ("ours", 1), ("ours", 2.5), ("paper", 0), ("paper", 4), ("paper", 8)]
    values = {"std": [0.96, 0.97, 0.3215, 0.99, 0.99, 0.99], "p98": [0.5, 0.951, 0.972, 0.5, 0.949, 0.96]}
    rows = pd.DataFrame(
        [
            (network, layer, name, source, epoch, value)
            for network in ("b", "a")
            for layer in (1, 2)
            for name, own in values.items()
            for (source, epoch), value in zip(places, own, strict=True)
        ],
        columns=["network", "layer", "quantity", "source", "epoch", "value"],
    ).assign(half=0.0124, n=3, diverged=0)
    found = saturation.summary(rows)
    assert list(zip(found["network"], found["layer"], strict=True)) == [
        ("b", 1),
        ("b", 2),
        ("a", 1),
        ("a", 2),
    ]
    assert found.drop(columns=["network", "layer"]).drop_duplicates().to_dict("records") == [
        {
            "epoch": "2.5",
            "std": "0.322 ± 0.012",
            "p98": "0.972 ± 0.012",
            "p98 passes 0.95 at epoch": "1",
            "paper": "8",
        }
    ]


def test_agreement_is_that_of_every_network_before_training_and_then_in_it(rows: pd.DataFrame) -> None:
    networks = pd.concat([rows.assign(network=name, init=name) for name in ("b", "a")])
    found = saturation.agreement(networks, "fig10")
    claims = ["fig10.before_training"] * 2 + ["fig10.in_training"] * 2
    assert [(v.claim, v.subject["init"]) for v in found] == list(zip(claims, "baba", strict=True))
    assert {v.reason for v in found[2:]} == {"trained for 1 epoch; the paper's next point is at epoch 4"}


def test_in_training_standard_deviations_are_compared_at_the_last_epoch_in_common(rows: pd.DataFrame) -> None:
    """The paper's own as ours, and at that epoch 1.1 or 1.2 times as large."""
    printed = rows[(rows["source"] == "paper") & (rows["epoch"] <= 8)]
    for factor, outcome in ((1.1, "holds so far"), (1.2, "fails so far")):
        values = printed["value"].where(printed["epoch"] < 8, factor * printed["value"])
        both = pd.concat([printed.assign(source="ours", value=values, half=0.01, n=3), printed])
        verdict = saturation.in_training(both, "fig10", 8)
        assert (verdict.outcome, verdict.claim) == (outcome, "fig10.in_training")
        assert verdict.subject == {**saturation.kind(rows), "epoch": 8}


def test_complete_is_as_long_as_the_papers() -> None:
    end = paper.numbers()["fig03"]["last_epoch"]
    assert [saturation.complete(epoch) for epoch in (end - 1, end, end + 1)] == [False, True, True]
