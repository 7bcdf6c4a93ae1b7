from collections.abc import Callable

import numpy as np
import pytest

from repro import paper
from repro.evidence import EvidenceError
from repro.evidence.models import MODELS, compared, error_curve
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_models_are_those_of_the_paper() -> None:
    assert set(paper.curve("fig11")["series"]) == {*MODELS, "Pre-training"}


def test_models_look_different() -> None:
    assert len({(model.colour, model.line) for model in MODELS.values()}) == len(MODELS)


def test_errors_of_one_seed_have_no_interval(fake: Fake) -> None:
    table = error_curve([fake()])
    assert table["examples"].tolist() == [50_000, 100_000, 150_000, 200_000]
    assert table["mean"].iloc[-1] == pytest.approx(74)
    assert table["half"].isna().all()


def test_errors_of_several_seeds(fake: Fake) -> None:
    table = error_curve([fake(seed=seed, last=last) for seed, last in enumerate((0.70, 0.72, 0.74))])
    assert table["mean"].iloc[-1] == pytest.approx(72)
    assert table["half"].iloc[-1] == pytest.approx(4.30265 * 2 / np.sqrt(3), rel=1e-4)


def test_compared_finds_the_difference(trained: list[Run]) -> None:
    (row,) = compared(trained, [("Tanh", "Tanh N")]).to_dict("records")
    assert row["gap"] == pytest.approx(4)
    assert row["p"] == pytest.approx(2 * 0.5**80)  # 80 of 2000 examples, all in the same direction


def test_compared_corrects_for_the_number_of_tests(trained: list[Run]) -> None:
    alone = compared(trained, [("Softsign", "Softsign N")])["p"].iloc[0]
    among = compared(trained, [("Softsign", "Softsign N")] * 3)["p"]
    assert among.tolist() == pytest.approx([3 * alone] * 3)


def test_a_diverged_run_errs_everywhere(fake: Fake) -> None:
    runs = [fake(last=0.5, state="diverged", seed=7), fake(init="normalized", seed=7)]
    assert compared(runs, [("Tanh", "Tanh N")])["gap"].iloc[0] == pytest.approx(30)


def test_compared_needs_a_common_seed(fake: Fake) -> None:
    runs = [fake(seed=1), fake(init="normalized", seed=2)]
    with pytest.raises(EvidenceError, match="no two models have a seed in common"):
        compared(runs, [("Tanh", "Tanh N")])


def test_compared_refuses_different_test_sets(fake: Fake) -> None:
    runs = [fake(), fake(init="normalized", n_test=1000)]
    with pytest.raises(EvidenceError, match="tested on different examples"):
        compared(runs, [("Tanh", "Tanh N")])
