import math
from collections.abc import Callable

import pytest

from repro.evidence import EvidenceError
from repro.evidence.models import FIVE_LAYERS
from repro.exhibits import table1
from repro.experiment.settings import Dataset, Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]
LIKE_PAPER = {"Softsign": 0.163, "Softsign N": 0.161, "Tanh": 0.272, "Tanh N": 0.156, "Sigmoid": 0.826}
FULL = {"updates": 2_500_000, "curve_every": 500_000, "monitor": Monitor(every=500_000)}


def column(
    fake: Fake, dataset: str = "shapeset", errors: dict[str, float] = LIKE_PAPER, **settings: object
) -> list[Run]:
    return [
        fake(activation=m.activation, init=m.init, last=errors[name], dataset=Dataset(dataset), **settings)
        for name, m in FIVE_LAYERS.items()
    ]


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.verdict for verdict in table1.verdicts(runs)}


def test_ours_stands_beside_the_papers(fake: Fake) -> None:
    cells = table1.table(column(fake)).set_index(["dataset", "model"])
    tanh = cells.loc["shapeset", "Tanh"]
    assert tanh["error"] == pytest.approx(27.2)
    assert tanh["se"] == pytest.approx(100 * math.sqrt(0.272 * 0.728 / 2000))
    assert (tanh["paper"], tanh["paper_bold"], tanh["n_seeds"], tanh["n_test"]) == (27.15, False, 1, 2000)
    assert cells.loc["mnist"]["error"].isna().all()
    assert len(cells) == 20


def test_bold_by_paired_tests(fake: Fake) -> None:
    """In the fixture 10 more errors are all on one side, so that p = .002."""
    errors = {"Softsign": 0.155, "Softsign N": 0.150, "Tanh": 0.160, "Tanh N": 0.1505, "Sigmoid": 0.8}
    bold = (
        table1.table(column(fake, errors=errors, seed=3))
        .set_index(["dataset", "model"])
        .loc["shapeset"]["bold"]
    )
    assert bold.to_dict() == {
        "Softsign": False,  # 10 apart, p = .002 and Holm's .004
        "Softsign N": True,
        "Tanh": False,
        "Tanh N": True,  # one apart
        "Sigmoid": False,
    }


def test_the_papers_numbers_have_the_papers_pattern(fake: Fake) -> None:
    runs = column(fake, n_test=10_000, seed=4, **FULL)
    found = outcomes(runs)
    assert found["C20"] == found["C22"] == found["C21"] == "reproduced"
    assert "of 5 cells" in next(v for v in table1.verdicts(runs) if v.claim == "C28").measured


def test_short_runs_agree_in_part(fake: Fake) -> None:
    assert set(outcomes(column(fake)).values()) == {"partly"}


def test_no_difference_is_no_reproduction(fake: Fake) -> None:
    found = outcomes(column(fake, errors=dict.fromkeys(LIKE_PAPER, 0.5), seed=5, **FULL))
    assert found["C20"] == found["C22"] == "not reproduced"
    assert found["C21"] == "not tested"  # nothing changes tanh, so nothing changes softsign less


def test_a_column_that_stands_in_says_so(fake: Fake) -> None:
    runs = column(fake) + column(fake, "cifar10_holdout")
    assert "CIFAR-10 (held-out test set): ours" in table1.summary(runs)
    titles = [axes.get_title(loc="left") for axes in table1.draw(runs).axes]
    assert titles[2] == "CIFAR-10\n(held-out test set)"
    assert "MNIST: ours" not in table1.summary(runs)


def test_standard_error_over_seeds(fake: Fake) -> None:
    errors = LIKE_PAPER | {"Tanh": 0.292}
    runs = column(fake, seed=0) + column(fake, seed=1, errors=errors)
    tanh = table1.table(runs).set_index(["dataset", "model"]).loc["shapeset", "Tanh"]
    assert (tanh["error"], tanh["se"], tanh["n_seeds"]) == (pytest.approx(28.2), pytest.approx(1), 2)


def test_a_diverged_run_errs_everywhere(fake: Fake) -> None:
    runs = [run for run in column(fake, seed=8) if run.experiment.activation != "sigmoid"]
    runs.append(fake(activation="sigmoid", state="diverged", seed=8))
    cells = table1.table(runs).set_index(["dataset", "model"])
    assert cells.loc["shapeset", "Sigmoid"]["error"] == 100


def test_models_without_a_common_seed_cannot_be_compared(fake: Fake) -> None:
    runs = [run for run in column(fake) if run.experiment.activation != "sigmoid"]
    with pytest.raises(EvidenceError, match="Sigmoid has no seed in common with Tanh N"):
        table1.table([*runs, fake(activation="sigmoid", seed=9)])
