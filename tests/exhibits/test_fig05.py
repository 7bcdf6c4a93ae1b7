from collections.abc import Callable

import pytest

from repro.exhibits import fig05
from repro.runs import Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(fake: Fake) -> list[Run]:
    return [fake(), fake(cost="quadratic", last=0.8)]


def test_a_fit_is_no_reproduction(runs: list[Run]) -> None:
    (fit,) = fig05.verdicts(fig05.tables(runs))
    assert (fit.claim, fit.outcome) == ("fig05.heights", "fitted")


def test_drawn_curves_are_the_networks_errors(runs: list[Run]) -> None:
    axes = fig05.draw(fig05.tables(runs)).axes[-1]
    ends = [line.get_ydata()[-1] for line in axes.lines if len(line.get_ydata())]
    assert ends == pytest.approx([74, 80])
    assert "×" not in axes.get_title("left")


@pytest.mark.parametrize("diverged_at", [0, 12_000])
def test_a_cost_that_diverged_is_crossed_out(fake: Fake, runs: list[Run], diverged_at: int) -> None:
    """Before its first test after update 0, or later."""
    tables = fig05.tables([runs[0], fake(cost="quadratic", seed=0, diverged_at=diverged_at, last=0.8)])
    axes = fig05.draw(tables).axes[-1]
    crosses = [line for line in axes.lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert [line.get_xdata()[0] for line in crosses] == [0.1 if diverged_at else 0]
    assert axes.get_title("left").endswith("diverged at ×")
    assert fig05.summary(tables)["what"].iloc[-1].endswith("quadratic, seed 0: diverged after its last test")


def test_both_costs_diverged_at_once(fake: Fake) -> None:
    runs = [fake(cost=cost, seed=3, diverged_at=0) for cost in ("nll", "quadratic")]
    tables = fig05.tables(runs)
    assert len(fig05.draw(tables).axes) == 6


def test_summary_has_heights_shares_and_errors(runs: list[Run]) -> None:
    summary = fig05.summary(fig05.tables(runs)).set_index("what")["ours"]
    assert summary["cross-entropy at W1 = 4, W2 = 4"] == "4.11"
    assert summary["share flatter than 0.03"] == "cross-entropy 6%, quadratic 22%"
    assert summary["tanh network, quadratic: test error % after 200,000 examples"] == "80.0"
