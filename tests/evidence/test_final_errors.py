"""Table 1 with several seeds that disagree: who is bold, by which test."""

import math
from collections.abc import Callable

import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.evidence.final_errors import on_one
from repro.evidence.models import FIVE_LAYERS
from repro.experiment.settings import Dataset
from repro.runs.folder import Run

Fake = Callable[..., Run]
ERRORS = {"Softsign": 0.4, "Softsign N": 0.3, "Tanh": 0.5, "Tanh N": 0.2, "Sigmoid": 0.6}


def column(fake: Fake, dataset: str = "shapeset", seed: int = 0, **errors: float) -> list[Run]:
    return [
        fake(activation=m.activation, init=m.init, seed=seed, dataset=Dataset(dataset), last=last)
        for name, m in FIVE_LAYERS.items()
        for last in [(ERRORS | errors)[name]]
    ]


def bold(patterns: pd.DataFrame, test: str = "bold") -> dict[int, set[str]]:
    return {int(str(seed)): set(own.loc[own[test], "model"]) for seed, own in patterns.groupby("seed")}


def test_each_seed_has_its_own_pattern_and_bold_is_what_half_of_them_have(fake: Fake) -> None:
    runs = column(fake, seed=10) + column(fake, seed=11, Softsign=0.2005)  # one example of 2000
    found = on_one("shapeset", runs)
    assert bold(found["patterns"]) == {10: {"Tanh N"}, 11: {"Tanh N", "Softsign"}}
    cells = found["cells"].set_index("model")
    assert set(cells.index[cells["bold"]]) == {"Tanh N", "Softsign"}
    assert cells.loc["Softsign", "error"] == pytest.approx((40 + 20.05) / 2)


def test_of_equally_good_models_the_papers_first_is_best_and_all_are_bold(fake: Fake) -> None:
    same = {"Softsign N": 0.2, "Tanh": 0.2}
    patterns = on_one("shapeset", column(fake, seed=12, **same))["patterns"]
    assert bold(patterns) == {12: {"Softsign N", "Tanh", "Tanh N"}}


def test_a_paired_test_sees_what_an_unpaired_one_misses(fake: Fake) -> None:
    """12 more of 2000 examples, all on the same side: p = .0005 by McNemar, .6 by two shares."""
    patterns = on_one("mnist", column(fake, "mnist", seed=14, Softsign=0.206))["patterns"]
    assert bold(patterns) == {14: {"Tanh N"}}
    assert bold(patterns, "unpaired") == {14: {"Tanh N", "Softsign"}}


def test_the_scatter_over_seeds_asks_another_thing(fake: Fake) -> None:
    """Softsign is better in one seed and worse in two; McNemar tells the networks apart in each."""
    errors = (0.15, 0.22, 0.24)
    runs = [run for seed, last in enumerate(errors, 20) for run in column(fake, seed=seed, Softsign=last)]
    patterns = on_one("shapeset", runs)["patterns"]
    assert bold(patterns) == {20: {"Softsign"}, 21: {"Tanh N"}, 22: {"Tanh N"}}
    assert all(own == {"Softsign", "Tanh N"} for own in bold(patterns, "by_seeds").values())


def test_the_papers_bold_and_its_training_stand_beside_ours(fake: Fake) -> None:
    patterns = on_one("cifar10", column(fake, "cifar10", seed=15))["patterns"]
    assert bold(patterns, "paper_bold") == {15: {"Softsign N", "Tanh N"}}
    assert set(patterns["share"]) == {20_000 / 2_500_000}


def test_the_error_of_one_seed_is_that_of_a_share_of_the_test_examples(fake: Fake) -> None:
    cells = on_one("shapeset", column(fake, seed=13))["cells"].set_index("model")
    assert cells["se"].tolist() == pytest.approx(
        [100 * math.sqrt(ERRORS[name] * (1 - ERRORS[name]) / 2000) for name in cells.index]
    )


def test_models_without_a_common_seed_have_no_pattern(fake: Fake) -> None:
    runs = [run for run in column(fake, seed=16) if run.experiment.activation.name != "sigmoid"]
    with pytest.raises(EvidenceError, match="Sigmoid has no seed in common with the others"):
        on_one("shapeset", [*runs, fake(activation="sigmoid", seed=17)])
