import pytest

from repro.evidence import EvidenceError, other_data
from repro.experiment.settings import Dataset


def runs_on(fake, name):
    return [
        *(fake(dataset=Dataset(name), init=init, updates=0) for init in other_data.INITS),
        fake(dataset=Dataset(name), activation="sigmoid", depth=4),
    ]


def test_variances_are_relative_to_where_the_signal_starts(fake):
    """Made-up runs fall by eqs. 5 and 6: by a third per layer, upwards and downwards."""
    rows = other_data.spreads(runs_on(fake, "mnist"))
    for quantity, layers in (("z", [1, 2, 3, 4, 5]), ("ds", [5, 4, 3, 2, 1])):
        mine = rows[rows["quantity"] == quantity]
        own = mine[mine["init"] == "standard"].set_index("layer")["value"]
        assert [own[layer] for layer in layers] == pytest.approx([3.0**-k for k in range(5)])
        flat = mine.loc[mine["init"] == "normalized", "value"]
        assert flat.tolist() == pytest.approx([1] * 5)


def test_a_stand_in_is_named_and_what_is_missing_left_out(fake):
    runs = [*runs_on(fake, "mnist"), *runs_on(fake, "cifar10_holdout")]
    found = other_data.present(runs).set_index("dataset")
    assert found["tested_on"].to_dict() == {"mnist": "mnist", "cifar10": "cifar10_holdout"}
    assert found.loc["cifar10", "title"] == "CIFAR-10 (held-out test set)"
    courses = other_data.courses(runs)
    assert set(courses["dataset"]) == {"mnist", "cifar10"} and courses["layer"].max() == 4
    with pytest.raises(EvidenceError):
        other_data.present([])
