import math
from collections.abc import Callable
from pathlib import Path

import pytest

from repro import exhibits
from repro.evidence import EvidenceError
from repro.evidence.models import FIVE_LAYERS
from repro.exhibits import table1
from repro.experiment.settings import Dataset, Monitor
from repro.report.page import render
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


def test_ours_stands_beside_the_papers(fake: Fake) -> None:
    cells = table1.tables(column(fake))["points"].set_index(["dataset", "model"])
    tanh = cells.loc["shapeset", "Tanh"]
    assert tanh["error"] == pytest.approx(27.2)
    assert tanh["se"] == pytest.approx(100 * math.sqrt(0.272 * 0.728 / 2000))
    assert (tanh["paper"], tanh["paper_bold"], tanh["n_seeds"], tanh["n_test"]) == (27.15, False, 1, 2000)
    assert cells.loc["mnist"]["error"].isna().all()
    assert len(cells) == 20


def test_bold_by_paired_tests(fake: Fake) -> None:
    """In the fixture 10 more errors are all on one side, so that p = .002; the paper's level is .005."""
    errors = {"Softsign": 0.155, "Softsign N": 0.150, "Tanh": 0.160, "Tanh N": 0.1505, "Sigmoid": 0.8}
    bold = (
        table1.tables(column(fake, errors=errors, seed=3))["points"]
        .set_index(["dataset", "model"])
        .loc["shapeset"]["bold"]
    )
    assert bold.to_dict() == {
        "Softsign": False,  # 10 apart
        "Softsign N": True,
        "Tanh": False,
        "Tanh N": True,  # one apart
        "Sigmoid": False,
    }


def test_a_column_that_stands_in_says_so(fake: Fake) -> None:
    runs = column(fake) + column(fake, "cifar10_holdout")
    tables = table1.tables(runs)
    assert "CIFAR-10 (held-out test set): ours" in table1.summary(tables)
    titles = [axes.get_title(loc="left") for axes in table1.draw(tables).axes]
    assert titles[2] == "CIFAR-10\n(held-out test set)"
    assert "MNIST: ours" not in table1.summary(tables)


def test_standard_error_over_seeds(fake: Fake) -> None:
    errors = LIKE_PAPER | {"Tanh": 0.292}
    runs = column(fake, seed=0) + column(fake, seed=1, errors=errors)
    tanh = table1.tables(runs)["points"].set_index(["dataset", "model"]).loc["shapeset", "Tanh"]
    assert (tanh["error"], tanh["se"], tanh["n_seeds"]) == (pytest.approx(28.2), pytest.approx(1), 2)


def test_the_other_two_tests_are_marked_in_the_table(fake: Fake) -> None:
    """u: by the two error rates alone; s: by the scatter of checkpoints."""
    errors = LIKE_PAPER | {"Softsign": 0.165}
    cells = table1.summary(table1.tables(column(fake, errors=errors, seed=7, curve_every=250)))
    shown = cells.set_index("model")["Shapeset: ours"].to_dict()
    assert shown["Tanh N"].startswith("**15.60**") and shown["Tanh N"].endswith(" u s")
    assert shown["Softsign"].startswith("16.50 ") and " u" in shown["Softsign"]
    assert shown["Tanh"] == "27.20 ± 1.00"


def test_the_picture_says_how_much_of_the_papers_training_it_is(fake: Fake) -> None:
    for settings, length in (({}, ", after 0.8 % of the paper's training"), (FULL, "")):
        legend = table1.draw(table1.tables(column(fake, seed=9, **settings))).legends[0]
        assert legend.get_texts()[0].get_text() == f"ours ± standard error{length}"


@pytest.mark.parametrize("update", [7000, 20])
def test_a_diverged_run_errs_everywhere(update: int, fake: Fake, tmp_path: Path) -> None:
    runs = [run for run in column(fake, seed=8) if run.experiment.activation.name != "sigmoid"]
    runs.append(fake(root=tmp_path, activation="sigmoid", diverged_at=update, seed=8))
    found = exhibits.evidence("table1", runs, "quick")
    cells = found.tables["points"].set_index(["dataset", "model"])
    assert cells.loc["shapeset", "Sigmoid"]["error"] == 100
    assert "100.00 ± 0.00 s (1 of 1 diverged)" in table1.summary(found.tables)["Shapeset: ours"].tolist()
    figure = table1.draw(found.tables)
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[100]]
    assert [text.get_text() for text in figure.legends[0].get_texts()][-1] == "ours, diverged"
    assert "nan" not in render(exhibits.load("table1"), found, [])


def test_where_no_run_diverged_the_legend_is_silent(fake: Fake) -> None:
    texts = table1.draw(table1.tables(column(fake))).legends[0].get_texts()
    assert not any("diverged" in text.get_text() for text in texts)


def test_no_runs_are_no_evidence() -> None:
    with pytest.raises(EvidenceError, match="no run on shapeset, mnist, cifar10, small_imagenet among the 0"):
        table1.tables([])


def test_models_without_a_common_seed_cannot_be_compared(fake: Fake) -> None:
    runs = [run for run in column(fake) if run.experiment.activation.name != "sigmoid"]
    with pytest.raises(EvidenceError, match="Sigmoid has no seed in common with the others"):
        table1.tables([*runs, fake(activation="sigmoid", seed=9)])
