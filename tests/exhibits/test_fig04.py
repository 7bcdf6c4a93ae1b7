from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError, claims
from repro.evidence.claims.saturation import mode, spike
from repro.exhibits import fig04
from repro.experiment.settings import Dataset
from repro.runs.folder import Run

Fake = Callable[..., Run]
X = (np.arange(200) + 0.5) / 100 - 1


@pytest.fixture(scope="module")
def runs(trained: list[Run]) -> list[Run]:
    return [
        r
        for r in trained
        if r.experiment.activation.name != "sigmoid" and r.experiment.init.name == "standard"
    ]


def layer(shape: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"x": X, "density": shape * 100 / shape.sum()})


def test_modes_and_spikes_of_known_shapes() -> None:
    knees = layer(np.exp(-(((np.abs(X) - 0.65) / 0.1) ** 2)))
    spikes = layer(np.exp(-((X / 0.1) ** 2)) + 3 * (np.abs(X) > 0.98))
    assert mode(knees)[0] == pytest.approx(0.65)
    assert mode(layer(np.exp(-((X / 0.2) ** 2))))[0] == pytest.approx(0.05)
    assert mode(layer(np.ones_like(X)))[1] == pytest.approx(0.5)
    assert (spike(knees) > 1, spike(spikes) > 1) == (False, True)
    assert np.isnan(spike(layer((np.abs(X) < 0.5).astype(float))))


def test_share_beyond_of_a_uniform_density() -> None:
    flat = layer(np.ones_like(X))
    assert fig04.beyond(flat, 0.95) == pytest.approx(0.05)
    assert fig04.at_zero(flat) == pytest.approx(0.5)


def test_drawn_are_the_densities_at_the_end(runs: list[Run]) -> None:
    figure = fig04.draw(fig04.tables(runs))
    tanh = next(run for run in runs if run.experiment.activation.name == "tanh")
    drawn = [line.get_ydata().tolist() for line in figure.axes[2].lines]
    assert tanh.histograms["z/20000/3"][1].tolist() in drawn
    assert len(figure.axes) == 10


def test_no_peak_of_ours_is_cut_off_but_tanhs_spikes(runs: list[Run]) -> None:
    """Layer 5 of the fixture peaks at 12, the paper's axis ends at 3."""
    tables = fig04.tables(runs)
    axes = fig04.draw(tables).axes
    assert axes[0].get_ylim()[1] == fig04.TOP
    highest = tables["points"].query("source == 'ours' and layer == 5")["density"].max()
    assert axes[4].get_ylim()[1] > highest > 10
    rows = tables["points"]
    spiked = rows["density"].where(~((rows["source"] == "ours") & (rows["x"].abs() > 0.98)), 40.0)
    assert fig04.draw({**tables, "points": rows.assign(density=spiked)}).axes[0].get_ylim()[1] == fig04.TOP


def test_another_range_of_inputs_is_another_row(fake: Fake, runs: list[Run]) -> None:
    tables = fig04.tables([*runs, fake(activation="softsign", dataset=Dataset(low=-1.0))])
    assert tables["networks"]["network"].tolist() == ["tanh", "softsign", "softsign, inputs in [-1, 1]"]
    assert tables["networks"]["wide"].tolist() == [False, False, True]
    assert headings(tables)[2] == "softsign, inputs in [-1, 1], after 1 epoch (paper: at the end)"
    papers = tables["points"].query("source == 'paper' and layer == 1").groupby("network")["density"].sum()
    assert papers["softsign"] == papers["softsign, inputs in [-1, 1]"]


def headings(tables: dict[str, pd.DataFrame]) -> list[str]:
    """What stands above each row of panels."""
    return [row.get_suptitle() for row in fig04.draw(tables).subfigs]


def changed(run: Run) -> Run:
    """The run, with a flat density of all layers at the end, which is that of no other moment."""
    arrays = dict(run.histograms)
    for key in arrays:
        if key.startswith(f"z/{run.experiment.updates}/"):
            arrays[key] = np.stack([arrays[key][0], np.full(200, 0.5)])
    run.write_arrays("histograms", arrays)
    return Run(run.path)


def test_the_end_is_the_last_update_and_not_the_first(fake: Fake, tmp_path: Path) -> None:
    runs = [changed(fake(root=tmp_path, activation=network, updates=40_000)) for network in fig04.NETWORKS]
    tables = fig04.tables(runs)
    ours = tables["points"].query("source == 'ours'")
    assert set(ours["density"]) == {0.5}
    assert tables["networks"]["epochs"].tolist() == [2, 2]
    assert headings(tables)[0] == "tanh, after 2 epochs (paper: at the end)"


def test_a_network_that_was_not_trained_has_no_end(fake: Fake) -> None:
    runs = [fake(activation=network, updates=0) for network in fig04.NETWORKS]
    with pytest.raises(EvidenceError, match=r"shapeset-tanh-.*-u0-.* was not trained"):
        fig04.tables(runs)


def test_other_runs_do_not_change_the_length_of_training(fake: Fake, runs: list[Run]) -> None:
    other = fake(init="normalized", updates=100)
    assert fig04.tables([*runs, other])["networks"]["epochs"].tolist() == [1, 1]


def test_a_run_that_diverged_is_left_out(fake: Fake, runs: list[Run]) -> None:
    """It has densities at update 0 alone."""
    lost = fake(activation="tanh", diverged_at=5_000, seed=41)
    both = fig04.tables([*runs, lost])
    assert both["points"].equals(fig04.tables(runs)["points"])
    assert headings(both)[0].endswith("; 1 of 2 diverged, with no end")


def test_a_network_that_diverged_is_shown_without_ours(fake: Fake, runs: list[Run]) -> None:
    softsign = [run for run in runs if run.experiment.activation.name == "softsign"]
    tables = fig04.tables([*softsign, fake(activation="tanh", diverged_at=5_000, seed=41)])
    (verdict,) = claims.of_exhibit("fig04", tables)
    assert (verdict.claim, verdict.outcome) == ("C10", "not tested")
    assert fig04.summary(tables)["density at 0, ours"].tolist()[:5] == ["diverged"] * 5
    assert headings(tables) == [
        f"{name} (paper: at the end)" for name in ("tanh, diverged", "softsign, after 1 epoch")
    ]


def test_nothing_left_names_the_runs(fake: Fake) -> None:
    runs = [fake(activation=network, diverged_at=5_000, seed=42) for network in fig04.NETWORKS]
    with pytest.raises(EvidenceError, match=r"shapeset-tanh-.*, shapeset-softsign-.* diverged"):
        fig04.tables(runs)
