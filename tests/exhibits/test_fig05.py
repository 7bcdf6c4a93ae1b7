from collections.abc import Callable

import numpy as np
import pytest

from repro import paper
from repro.exhibits import fig05
from repro.runs.folder import Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(fake: Fake) -> list[Run]:
    return [fake(), fake(cost="quadratic", last=0.8)]


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
        assert fig05.surface(cost, np.array(w1), np.array(w2), float((x * t).mean())) == pytest.approx(value)


def test_every_height_of_the_paper_is_met() -> None:
    found, agreement = fig05.heights()
    assert len(found) == len(paper.curve("fig05"))
    assert ((found["ours"] - found["paper"]).abs() <= found["error"]).all()
    assert abs(agreement) < 0.1  # a random sample's: input and target have nothing to do with each other


def test_a_sigmoid_output_would_not_fit() -> None:
    a = np.array([4.0, -4.0])
    assert np.logaddexp(0, a).mean() == pytest.approx(2.02, abs=0.01)  # the paper's corners: 3.9 to 4.1


@pytest.mark.parametrize("threshold", [0.01, 0.03, 0.1])
def test_the_quadratic_cost_has_more_plateau(threshold: float) -> None:
    assert fig05.plateau_share("quadratic", threshold) > 2 * fig05.plateau_share("cross-entropy", threshold)


def test_a_surface_is_flat_at_its_saddle_and_steep_beside_it() -> None:
    w, slope = fig05.steepness("cross-entropy")
    middle, one = np.searchsorted(w, [0, 1])
    assert slope[middle, middle] < fig05.PLATEAU < slope[one, one]


def test_verdicts(fake: Fake, runs: list[Run]) -> None:
    c11, fit = fig05.verdicts(runs)
    assert (c11.claim, c11.verdict) == ("C11", "partly")  # both agree, but after a short training
    assert fit.verdict == "reproduced"
    assert "2 of 2" in c11.why
    equal = [runs[0], fake(cost="quadratic")]
    assert "1 of 2" in fig05.verdicts(equal)[0].why


def test_drawn_curves_are_the_networks_errors(runs: list[Run]) -> None:
    figure = fig05.draw(runs)
    ends = [line.get_ydata()[-1] for line in figure.axes[-1].lines[::2]]
    assert ends == pytest.approx([74, 80])
