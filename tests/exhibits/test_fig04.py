from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.evidence import EvidenceError
from repro.exhibits import fig04
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


def after(epochs: float) -> pd.DataFrame:
    rows = [(network, epochs, 1, 0) for network in fig04.NETWORKS]
    return pd.DataFrame(rows, columns=["network", "epochs", "runs", "diverged"])


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    """The paper's own curves as if they were ours, too."""
    tables = []
    for network in fig04.NETWORKS:
        curve = paper.curve(f"fig04_{network}").query("quantity == 'density'")
        rows = curve[["x", "y", "layer"]].rename(columns={"y": "density"}).assign(n=1)
        tables += [rows.assign(network=network, source=source) for source in ("ours", "paper")]
    return pd.concat(tables)


def test_the_papers_own_curves_pass(theirs: pd.DataFrame) -> None:
    verdicts = {
        epochs: fig04.verdicts({"points": theirs, "networks": after(epochs)})[0].outcome
        for epochs in (5, 50, 95)
    }
    assert verdicts == {5: "not tested", 50: "holds so far", 95: "reproduced"}


def test_networks_swapped_refute_c10(theirs: pd.DataFrame) -> None:
    """Softsign has no spikes, tanh no knees; what is left are the modes at 0."""
    ours = theirs["source"] == "ours"
    swapped = theirs["network"].replace({"tanh": "softsign", "softsign": "tanh"})
    rows = theirs.assign(network=theirs["network"].where(~ours, swapped))
    (verdict,) = fig04.verdicts({"points": rows, "networks": after(95)})
    failed = [measure.of["what"] for measure in verdict.measures if not measure.holds]
    assert verdict.holds[1] == 8
    assert failed.count("spikes") == failed.count("modes at the knees") == 3


def test_modes_and_spikes_of_known_shapes() -> None:
    knees = layer(np.exp(-(((np.abs(X) - 0.65) / 0.1) ** 2)))
    spikes = layer(np.exp(-((X / 0.1) ** 2)) + 3 * (np.abs(X) > 0.98))
    assert fig04.mode(knees) == pytest.approx(0.65)
    assert fig04.mode(layer(np.exp(-((X / 0.2) ** 2)))) == pytest.approx(0.05)
    assert (fig04.spike(knees) > 1, fig04.spike(spikes) > 1) == (False, True)
    assert np.isnan(fig04.spike(layer((np.abs(X) < 0.5).astype(float))))


def test_share_beyond_of_a_uniform_density() -> None:
    flat = layer(np.ones_like(X))
    assert fig04.beyond(flat, 0.95) == pytest.approx(0.05)
    assert fig04.at_zero(flat) == pytest.approx(0.5)


def test_short_runs_test_nothing(runs: list[Run]) -> None:
    (verdict,) = fig04.verdicts(fig04.tables(runs))
    assert verdict.outcome == "not tested"
    assert verdict.reason.startswith("1 epoch;")


def test_drawn_are_the_densities_at_the_end(runs: list[Run]) -> None:
    figure = fig04.draw(fig04.tables(runs))
    tanh = next(run for run in runs if run.experiment.activation.name == "tanh")
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert tanh.histograms["z/20000/3"][1].tolist() in drawn
    assert figure.axes[0].get_ylim() == (0, fig04.TOP)


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
    assert fig04.draw(tables).axes[0].get_title("left") == "tanh, after 2 epochs (paper: at the end)"


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
    assert fig04.draw(both).axes[0].get_title("left").endswith("; 1 of 2 diverged, with no end")


def test_a_network_that_diverged_is_shown_without_ours(fake: Fake, runs: list[Run]) -> None:
    softsign = [run for run in runs if run.experiment.activation.name == "softsign"]
    tables = fig04.tables([*softsign, fake(activation="tanh", diverged_at=5_000, seed=41)])
    (verdict,) = fig04.verdicts(tables)
    assert (verdict.outcome, verdict.reason) == ("not tested", "tanh diverged, and has no end of training")
    assert {measure.of["network"] for measure in verdict.measures} == {"softsign"}
    assert fig04.summary(tables)["density at 0, ours"].tolist()[:5] == ["diverged"] * 5
    titles = [axes.get_title("left") for axes in fig04.draw(tables).axes]
    assert titles == [f"{name} (paper: at the end)" for name in ("tanh, diverged", "softsign, after 1 epoch")]


def test_nothing_left_names_the_runs(fake: Fake) -> None:
    runs = [fake(activation=network, diverged_at=5_000, seed=42) for network in fig04.NETWORKS]
    with pytest.raises(EvidenceError, match=r"shapeset-tanh-.*, shapeset-softsign-.* diverged"):
        fig04.tables(runs)
