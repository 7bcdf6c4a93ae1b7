import numpy as np
import pytest
from scipy import stats

from repro.evidence import courses
from repro.experiment.values import ConfigError
from repro.runs import collect


@pytest.fixture(scope="module")
def runs(fake, tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    for seed in range(3):
        fake(root=root, seed=seed, last=0.5 + seed / 10)
    fake(root=root, seed=3, diverged_at=0)
    fake(root=root, init="normalized", last=0.6)
    return collect(root).sort_values("seed", kind="stable").reset_index(drop=True)


def test_means_and_intervals_over_seeds_without_what_diverged(runs):
    rows = courses.of_curves(runs, ["init"], "test", "error")
    settings = courses.settings(runs, ["init"]).set_index("init")
    assert settings.loc["standard", ["runs", "diverged"]].tolist() == [4, 1]
    own = rows[(rows["setting"] == settings.loc["standard", "setting"]) & (rows["x"] == 20_000)]
    half = stats.t.ppf(0.975, 2) * stats.sem([50, 60, 70])
    assert own[["mean", "half", "n"]].to_numpy()[0] == pytest.approx([60, half, 3])


def test_a_setting_that_always_diverged_is_shown_as_far_as_it_came(runs):
    lost = runs[runs["state"] == "diverged"]
    rows = courses.of_curves(lost, [], "test", "error")
    assert rows["x"].tolist() == [0]


def test_quantities_of_the_hidden_layers(runs):
    rows = courses.of_monitor(runs, ["init"], ["z_std", "z_p99"])
    assert set(rows["layer"]) == {1, 2, 3, 4, 5}  # also ds_std has an output layer
    assert set(rows["quantity"]) == {"z_std", "z_p99"}
    with pytest.raises(ConfigError, match="z_other: nothing of that was measured"):
        courses.of_monitor(runs, ["init"], ["z_other"])


def test_densities_keep_their_mass_when_averaged(runs):
    rows = courses.of_densities(runs, ["init"], "ds", "start")
    for _, own in rows.groupby(["setting", "layer"]):
        assert np.trapezoid(own["mean"], own["x"]) == pytest.approx(1, abs=0.02)


def test_all_runs_without_a_key_are_one_setting(runs):
    assert courses.settings(runs, []).to_dict("records") == [{"setting": 0, "runs": 5, "diverged": 1}]
