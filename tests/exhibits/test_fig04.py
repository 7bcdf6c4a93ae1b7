from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.exhibits import fig04
from repro.runs.folder import Run

Fake = Callable[..., Run]
X = (np.arange(200) + 0.5) / 100 - 1


@pytest.fixture(scope="module")
def runs(trained: list[Run]) -> list[Run]:
    return [r for r in trained if r.experiment.activation != "sigmoid" and r.experiment.init == "standard"]


def layer(shape: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"x": X, "density": shape * 100 / shape.sum()})


def test_the_papers_own_curves_pass() -> None:
    tables = []
    for network in fig04.NETWORKS:
        curve = paper.curve(f"fig04_{network}").query("quantity == 'density'")
        rows = curve[["x", "y", "layer"]].rename(columns={"y": "density"})
        tables.append(rows.assign(network=network, source="ours"))
    assert [v.verdict for v in fig04.judged(pd.concat(tables), end=95)] == ["reproduced"]


def test_modes_and_spikes_of_known_shapes() -> None:
    knees = layer(np.exp(-(((np.abs(X) - 0.65) / 0.1) ** 2)))
    spikes = layer(np.exp(-((X / 0.1) ** 2)) + 3 * (np.abs(X) > 0.98))
    assert fig04.mode(knees) == pytest.approx(0.65)
    assert fig04.mode(layer(np.exp(-((X / 0.2) ** 2)))) == pytest.approx(0.05)
    assert (fig04.spiked(knees), fig04.spiked(spikes)) == (False, True)


def test_share_beyond_of_a_uniform_density() -> None:
    flat = layer(np.ones_like(X))
    assert fig04.beyond(flat, 0.95) == pytest.approx(0.05)
    assert fig04.at_zero(flat) == pytest.approx(0.5)


def test_short_runs_test_nothing(runs: list[Run]) -> None:
    (verdict,) = fig04.verdicts(runs)
    assert verdict.verdict == "not tested"
    assert verdict.why.startswith("1 epoch;")


def test_drawn_are_the_densities_at_the_end(runs: list[Run], fake: Fake) -> None:
    figure = fig04.draw(runs)
    tanh = next(run for run in runs if run.experiment.activation == "tanh")
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert tanh.histograms["z/20000/3"][1].tolist() in drawn
    assert figure.axes[0].get_ylim() == (0, fig04.TOP)
