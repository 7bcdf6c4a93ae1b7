"""Tables of studies: curves by seed, differences at the points in common, the end of each network."""

import numpy as np
import pandas as pd
import pytest

from repro.drawing import labels
from repro.evidence import studies
from repro.evidence.noise import contrast


def networks(fake, **settings):
    return {
        "Tanh": [fake(seed=seed, last=0.74 + 0.002 * seed, **settings) for seed in range(3)],
        "Tanh N": [fake(init="normalized", seed=seed, last=0.70, **settings) for seed in range(3)],
    }


ABOUT = pd.DataFrame({"network": ["Tanh", "Tanh N"], "init": ["standard", "normalized"]})


def test_curves_are_those_of_the_runs_in_percent(fake):
    runs = networks(fake)
    found = studies.tables(runs, ABOUT)
    curves = found["curves"]
    assert list(curves["init"].unique()) == ["standard", "normalized"]
    run = runs["Tanh"][2]
    own = curves.query("network == 'Tanh' and seed == 2").sort_values("examples")
    for split, column in (("test", "error"), ("valid", "valid")):
        theirs = run.curve[(run.curve["split"] == split) & (run.curve["update"] > 0)]
        assert own[column].tolist() == pytest.approx((100 * theirs["error"]).tolist())
        assert own["examples"].tolist() == (10 * theirs["update"]).tolist()
    means = found["points"].query("network == 'Tanh'")
    assert means["n"].tolist() == [3] * len(means)
    assert means["error"].iloc[-1] == pytest.approx(74.2)


def test_a_difference_is_a_contrast_of_the_curves(fake):
    found = studies.tables(networks(fake), ABOUT)
    gain = studies.difference(found["curves"], "Tanh", "Tanh N")
    wide = {
        name: {seed: rows.sort_values("examples")["error"].to_numpy() for seed, rows in own.groupby("seed")}
        for name, own in found["curves"].groupby("network")
    }
    assert gain == contrast(wide, {"Tanh": 1.0, "Tanh N": -1.0})
    assert gain.by == "seeds" and gain.value > 0
    turned = studies.difference(found["curves"], "Tanh N", "Tanh")
    assert turned.value == pytest.approx(-gain.value)


def test_networks_of_different_length_are_compared_where_both_have_points(fake):
    runs = {**networks(fake), "Tanh N": networks(fake, updates=10_000)["Tanh N"]}
    found = studies.tables(runs, ABOUT)
    gain = studies.difference(found["curves"], "Tanh", "Tanh N")
    both = found["curves"].query("examples == 100_000").groupby("network")["error"].mean()
    assert gain.value == pytest.approx(both["Tanh"] - both["Tanh N"])


def test_a_network_that_diverged_has_an_end_without_an_error(fake):
    runs = {"Tanh": [fake(seed=9, diverged_at=3)], "Tanh N": [fake(init="normalized", seed=9)]}
    ends = studies.ends(studies.tables(runs, ABOUT)).set_index("network")
    assert ends["diverged"].tolist() == [1, 0]
    assert np.isnan(ends.loc["Tanh", "error"])
    assert labels.study_cells(ends.reset_index().iloc[0].to_dict())["test error %"] == ""
