from collections.abc import Callable
from pathlib import Path

import pytest

from repro.evidence.conditions import Conditions, conditions, together
from repro.experiment.settings import Dataset, Monitor
from repro.runs import Run

Fake = Callable[..., Run]


def test_without_runs() -> None:
    assert conditions([], "quick") == Conditions("quick", 0)
    nothing = Conditions("quick", 0).to_dict()
    assert nothing.pop("scale") == "quick"
    assert not any(any(value) if isinstance(value, tuple) else value for value in nothing.values())


def test_of_all_runs_together(fake: Fake) -> None:
    runs = [fake(), fake(seed=2, dataset=Dataset(low=-1.0)), fake(seed=1, lr=0.03, state="diverged")]
    found = conditions(runs, "lab")
    assert (found.scale, found.runs, found.diverged) == ("lab", 3, 1)
    assert (found.seeds, found.rates) == ((0, 1, 2), (0.01, 0.03))
    assert (found.inputs, found.datasets) == (("[-1, 1]", "[0, 1]"), ("shapeset",))
    assert (found.monitored, found.tested) == ((300, 300), (2000, 2000))
    assert found.unlike == ()


def test_the_shortest_training_counts(fake: Fake) -> None:
    found = conditions([fake(), fake(updates=40_000), fake(updates=0)], "quick")
    assert found.updates == (0, 40_000)
    assert found.share == pytest.approx(20_000 / 2_500_000)
    assert conditions([fake(updates=0)], "quick").share == 0


def test_a_search_is_several_rates_for_one_network(fake: Fake) -> None:
    assert conditions([fake(lr=0.01), fake(lr=0.03)], "lab").rate_searched
    assert not conditions([fake(lr=0.01), fake(init="normalized", lr=0.03)], "lab").rate_searched
    assert not conditions([fake(updates=0)], "lab").rate_searched
    searched = [fake(lr=0.01), fake(lr=0.03)]
    assert not conditions([*searched, fake(init="normalized")], "lab").rate_searched  # not for all


def test_seeds_are_counted_for_the_network_that_has_fewest(fake: Fake) -> None:
    three = [fake(seed=seed) for seed in (0, 1, 2)]
    assert conditions(three, "lab").seeds_each == 3
    assert conditions([*three, fake(seed=0, lr=0.03)], "lab").seeds_each == 3  # searched with one seed
    assert conditions([*three, fake(init="normalized")], "lab").seeds_each == 1


def test_of_several_exhibits_together(fake: Fake) -> None:
    parts = [
        conditions([fake(seed=seed) for seed in (0, 1)], "quick"),
        conditions([fake(updates=40_000, lr=0.03), fake(updates=40_000, lr=0.1)], "lab"),
        conditions([], "quick"),
    ]
    found = together(parts)
    assert (found.scale, found.runs, found.seeds, found.rates) == ("quick, lab", 4, (0, 1), (0.01, 0.03, 0.1))
    assert (found.updates, found.seeds_each, found.rates_each) == ((20_000, 40_000), 1, 1)
    assert found.share == parts[0].share
    assert together(parts[:1]) == parts[0] and together([parts[2]]) == parts[2]
    assert together([]).runs == 0


def test_a_search_counts_rates_and_not_their_errors(fake: Fake, tmp_path: Path) -> None:
    """Two rates with small errors are one; a rate that diverged, an infinite error, is none by itself."""
    assert conditions([fake(root=tmp_path, lr=lr, last=0.2) for lr in (0.01, 0.03)], "lab").rate_searched
    assert not conditions([fake(root=tmp_path, seed=1, diverged_at=20)], "lab").rate_searched


def test_smallest_and_largest_of_what_varies(fake: Fake) -> None:
    runs = [
        fake(seed=seed, lr=lr, n_test=n_test, updates=updates, monitor=Monitor(examples=n_test // 10))
        for seed, lr, n_test, updates in ((8, 0.1, 2000, 20_000), (1, 0.03, 3000, 10_000))
    ]
    found = conditions(runs, "lab")
    assert (found.seeds, found.rates) == ((1, 8), (0.03, 0.1))
    assert (found.monitored, found.tested) == ((200, 300), (2000, 3000))
    assert found.updates == (10_000, 20_000)


def test_every_run_that_diverged_counts(fake: Fake, tmp_path: Path) -> None:
    runs = [fake(root=tmp_path, seed=seed, diverged_at=20) for seed in (0, 1)]
    assert conditions([*runs, fake()], "lab").diverged == 2


def test_what_stands_in_is_named_by_its_title(fake: Fake) -> None:
    names = ("mnist", "cifar10_holdout")
    found = conditions([fake(dataset=Dataset(name), last=0.5) for name in names], "lab", "table1")
    title = "CIFAR-10, test set held out of the training images"  # without its download
    assert (found.datasets, found.stand_ins) == (names, (title,))


def test_what_is_unlike_the_paper(fake: Fake) -> None:
    assert conditions([fake(width=50)], "smoke").unlike == ("width 50 (paper: 1000)",)
    mnist = [fake(dataset=Dataset("mnist"))]
    assert conditions(mnist, "quick", "fig12").unlike == ()
    assert conditions(mnist, "quick", "fig11").unlike == ("dataset mnist (paper: shapeset)",)


def test_networks_with_several_widths(fake: Fake) -> None:
    found = conditions([fake(), fake(width=(900, 800, 700, 600, 500))], "quick")
    assert found.runs == 2
    assert len(found.unlike) == 1
    assert "[900, 800, 700, 600, 500]" in found.unlike[0]
