from collections.abc import Callable

import pytest

from repro.evidence.conditions import Conditions, conditions
from repro.experiment.settings import Dataset
from repro.runs import Run

Fake = Callable[..., Run]


def test_without_runs() -> None:
    assert conditions([], "quick") == Conditions("quick", 0)


def test_of_all_runs_together(fake: Fake) -> None:
    runs = [fake(), fake(seed=2, dataset=Dataset(low=-1.0)), fake(seed=1, lr=0.03, state="diverged")]
    found = conditions(runs, "lab")
    assert (found.scale, found.runs, found.diverged) == ("lab", 3, 1)
    assert (found.seeds, found.rates) == ((0, 1, 2), (0.01, 0.03))
    assert (found.inputs, found.datasets) == (("[-1, 1]", "[0, 1]"), ("shapeset",))
    assert (found.monitored, found.tested) == ((300, 300), (2000, 2000))
    assert found.unlike == ()


def test_the_shortest_run_counts(fake: Fake) -> None:
    found = conditions([fake(), fake(updates=0)], "quick")
    assert found.updates == (0, 20_000)
    assert found.share == 0
    assert conditions([fake()], "quick").share == pytest.approx(20_000 / 2_500_000)


def test_a_search_is_several_rates_for_one_network(fake: Fake) -> None:
    assert conditions([fake(lr=0.01), fake(lr=0.03)], "lab").rate_searched
    assert not conditions([fake(lr=0.01), fake(init="normalized", lr=0.03)], "lab").rate_searched
    assert not conditions([fake(updates=0)], "lab").rate_searched


def test_what_is_unlike_the_paper(fake: Fake) -> None:
    assert conditions([fake(width=50)], "smoke").unlike == ("width 50 (paper: 1000)",)
    mnist = [fake(dataset=Dataset("mnist"))]
    assert conditions(mnist, "quick", "fig12").unlike == ()
    assert conditions(mnist, "quick", "fig11").unlike == ("dataset mnist (paper: shapeset)",)


def test_networks_with_several_widths(fake: Fake) -> None:
    found = conditions([fake(), fake(width=(900, 800, 700, 600, 500))], "quick")
    assert found.runs == 2
    assert len(found.unlike) == 1
    assert "(900, 800, 700, 600, 500)" in found.unlike[0]
