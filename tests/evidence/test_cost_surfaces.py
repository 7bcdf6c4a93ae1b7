import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.evidence import cost_surfaces
from repro.evidence.cost_surfaces import CELLS, COSTS

PLATEAU = 0.03


def test_costs_are_means_over_a_sample() -> None:
    """Against the definitions: -log P(t) and (o - t)²/2 - 1/2, averaged over random x and t in {-1, 1}."""
    rng = np.random.default_rng(0)
    x, t = rng.choice([-1.0, 1.0], (2, 200))
    w1, w2 = 0.7, -1.3
    o = np.tanh(w2 * np.tanh(w1 * x))
    expected = {
        "cross-entropy": -np.log((1 + o * t) / 2).mean(),
        "quadratic": ((o - t) ** 2 / 2).mean() - 0.5,
    }
    for cost, value in expected.items():
        found = cost_surfaces.surface(cost, np.array(w1), np.array(w2), float((x * t).mean()))
        assert found == pytest.approx(value)


def test_every_height_of_the_paper_is_met() -> None:
    found, agreement = cost_surfaces.heights()
    assert len(found) == len(paper.curve("fig05"))
    assert ((found["ours"] - found["paper"]).abs() <= found["error"]).all()
    assert abs(agreement) < 0.1  # a random sample's: input and target have nothing to do with each other


def test_a_sigmoid_output_would_not_fit() -> None:
    a = np.array([4.0, -4.0])
    assert np.logaddexp(0, a).mean() == pytest.approx(2.02, abs=0.01)  # the paper's corners: 3.9 to 4.1


@pytest.mark.parametrize("threshold", [0.01, 0.03, 0.1])
def test_the_quadratic_cost_has_more_plateau(threshold: float) -> None:
    surfaces = cost_surfaces.surfaces(cost_surfaces.heights().agreement)
    shares = cost_surfaces.plateau_shares(surfaces, [threshold]).set_index("cost")["share"]
    assert shares["quadratic"] > 2 * shares["cross-entropy"]
    assert 0 < shares["cross-entropy"] < 100


def test_a_surface_is_flat_at_its_saddle_and_steep_beside_it() -> None:
    slope = cost_surfaces.surfaces(0.0).query("cost == 'cross-entropy'").set_index(["w1", "w2"])["slope"]
    assert slope.loc[(0, 0)] < PLATEAU < slope.loc[(1, 1)]


def test_the_grid_of_both_surfaces() -> None:
    rows = cost_surfaces.surfaces(0.1)
    assert len(rows) == len(COSTS) * (CELLS + 1) ** 2
    for cost in COSTS:
        some = rows[rows["cost"] == cost].iloc[[0, 1, CELLS + 1, -1]]
        wanted = cost_surfaces.surface(cost, some["w1"].to_numpy(), some["w2"].to_numpy(), 0.1)
        assert some["height"].to_numpy() == pytest.approx(wanted)
        assert some["w1"].iloc[1] > some["w1"].iloc[0] and some["w2"].iloc[1] == some["w2"].iloc[0]


def test_slopes_are_the_gradients_per_height_of_the_surface() -> None:
    """Of log(2 cosh a) with a = W2 tanh W1, whose heights go from log 2 to that of the corners."""
    slope = cost_surfaces.surfaces(0.0).query("cost == 'cross-entropy'").set_index(["w1", "w2"])["slope"]
    height = np.log(np.cosh(4 * np.tanh(4)))
    for w1, w2 in ((1.0, 1.0), (0.5, -2.0), (-2.0, 0.5)):
        outer = np.tanh(w2 * np.tanh(w1))
        gradient = [outer * w2 / np.cosh(w1) ** 2, outer * np.tanh(w1)]
        assert slope.loc[(w1, w2)] == pytest.approx(np.linalg.norm(gradient) / height, rel=1e-3)


def test_plateau_shares_count_what_is_flatter() -> None:
    slopes = {"quadratic": [0.0, 0.1, 0.2, 0.3], "cross-entropy": [0.1, 0.1, 0.3, 0.5]}
    rows = pd.DataFrame([(cost, slope) for cost, own in slopes.items() for slope in own])
    found = cost_surfaces.plateau_shares(rows.set_axis(["cost", "slope"], axis=1), [0.1, 0.3])
    assert list(found.itertuples(index=False, name=None)) == [
        ("cross-entropy", 0.1, 0),
        ("cross-entropy", 0.3, 50),
        ("quadratic", 0.1, 25),
        ("quadratic", 0.3, 75),
    ]
