from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from repro import exhibits
from repro.drawing.models import look
from repro.evidence import EvidenceError
from repro.evidence.models import FIVE_LAYERS
from repro.evidence.verdict import Verdict
from repro.exhibits import fig12
from repro.experiment.settings import Dataset, Monitor
from repro.report import prose
from repro.report.page import render
from repro.runs.folder import Run

Fake = Callable[..., Run]
LAST = {"Sigmoid": 0.05, "Tanh": 0.04, "Tanh N": 0.02, "Softsign": 0.02, "Softsign N": 0.02}
FULL = {"updates": 2_500_000, "curve_every": 50_000, "monitor": Monitor(every=500_000)}


def models(fake: Fake, dataset: str, **settings: object) -> list[Run]:
    return [
        fake(activation=m.activation, init=m.init, last=LAST[name], dataset=Dataset(dataset), **settings)
        for name, m in FIVE_LAYERS.items()
    ]


@pytest.fixture(scope="module")
def mnist(fake: Fake) -> list[Run]:
    return models(fake, "mnist")


@pytest.fixture(scope="module")
def held_out(fake: Fake) -> list[Run]:
    return models(fake, "cifar10_holdout")


def verdicts(runs: list[Run]) -> list[Verdict]:
    return fig12.verdicts(fig12.tables(runs))


def draw(runs: list[Run]) -> Figure:
    return fig12.draw(fig12.tables(runs))


def words(verdict: Verdict) -> dict[str, str]:
    return prose.row(verdict)


def test_a_stand_in_is_named_everywhere(mnist: list[Run], held_out: list[Run]) -> None:
    tables = fig12.tables(mnist + held_out)
    rows = tables["points"]
    assert set(rows.loc[rows["source"] == "ours", "dataset"]) == {"mnist", "cifar10_holdout"}
    assert "held out" in fig12.draw(tables).axes[1].get_title(loc="left")
    assert fig12.summary(tables)["data"].str.contains("held out").sum() == 5
    claims = [prose.name(verdict) for verdict in fig12.verdicts(tables)]
    about = [claim for claim in claims if "CIFAR-10" in claim]
    assert len(about) == 2 and all("held out" in claim for claim in about)


def test_each_data_set_has_its_own_numbers(mnist: list[Run], held_out: list[Run]) -> None:
    """Made up: the same errors on both."""
    tables = fig12.tables(mnist + held_out)
    assert tables["tests"].groupby("dataset")["p"].apply(list).map(len).to_dict() == {
        "cifar10": 6,
        "mnist": 6,
    }
    alone = fig12.tables(mnist)
    for name in ("ends", "runs", "tests"):
        rows = tables[name][tables[name]["dataset"] == "mnist"].reset_index(drop=True)
        assert rows.equals(alone[name])  # Holm's correction, too, is within a data set


def test_data_sets_of_the_figure_are_like_the_papers(mnist: list[Run], held_out: list[Run]) -> None:
    found = exhibits.evidence("fig12", mnist + held_out, "quick").verdicts
    assert "holds so far" in {verdict.outcome for verdict in found}


def test_a_stand_in_never_reproduces(fake: Fake) -> None:
    (order, _) = verdicts(models(fake, "cifar10_holdout", **FULL))
    assert order.outcome == "holds so far"
    (order, _) = verdicts(models(fake, "cifar10", **FULL))
    assert order.outcome == "reproduced"
    (order, _) = verdicts(models(fake, "cifar10"))  # all numbers agree, but after 200,000 examples
    assert order.holds == (6, 6) and order.outcome == "holds so far"


def test_a_stand_in_whose_levels_all_agree_agrees_in_part(fake: Fake) -> None:
    """Errors as those of the paper at its end."""
    printed = fig12.tables(models(fake, "cifar10"))["printed"].query("dataset == 'cifar10'")
    for dataset, wanted in (("cifar10", "reproduced"), ("cifar10_holdout", "holds so far")):
        runs = [
            fake(
                activation=FIVE_LAYERS[end["model"]].activation,
                init=FIVE_LAYERS[end["model"]].init,
                last=end["error"] / 100,
                dataset=Dataset(dataset),
                n_valid=9999,
                **FULL,
            )
            for end in printed.to_dict("records")
        ]
        levels = verdicts(runs)[-1]
        assert levels.holds == (5, 5)
        assert levels.outcome == wanted


def test_one_that_ends_better_counts_against_the_claim(fake: Fake) -> None:
    runs = models(fake, "mnist", **FULL)
    others = [run for run in runs if run not in FIVE_LAYERS["Softsign"].among(runs)]
    softsign = fake(activation="softsign", last=0.045, dataset=Dataset("mnist"), **FULL)
    order = verdicts([*others, softsign])[0]
    assert order.outcome == "partly"
    against = [(m.of["worse"], m.of["better"]) for m in order.measures if not m.holds]
    assert against == [("Tanh", "Softsign")]


def test_one_data_set_is_enough(mnist: list[Run]) -> None:
    figure = draw(mnist)
    assert any("(paper)" in text.get_text() for text in figure.axes[1].texts)
    assert len(verdicts(mnist)) == 2


def test_none_is_not_enough(trained: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="no run on mnist or cifar10 among the"):
        fig12.tables(trained)


def test_a_missing_model_is_named(mnist: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="no run with activation=sigmoid"):
        fig12.tables(mnist[1:])


def test_where_the_papers_axes_cut_off_nothing_is_compared(mnist: list[Run]) -> None:
    tables = fig12.tables(mnist)
    levels = fig12.verdicts(tables)[-1]
    assert levels.outcome == "not tested"
    assert "nan" not in words(levels)["measured"] + words(levels)["paper"]
    assert fig12.summary(tables)["paper, as far"].tolist() == [""] * 5


def test_constant_answer(mnist: list[Run]) -> None:
    assert fig12.constant_error(mnist[0]) == pytest.approx(100 * (1 - 223 / 2000))  # 2000 labels, 9 in turn


def test_long_runs_are_drawn_on_the_papers_axes(fake: Fake) -> None:
    axes = draw(models(fake, "mnist", **FULL)).axes[0]
    assert axes.get_xscale() == axes.get_yscale() == "linear"
    assert axes.get_ylim()[1] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("update", [7000, 20])
def test_a_network_that_diverged_is_left_out_and_said_so(
    update: int, fake: Fake, mnist: list[Run], tmp_path: Path
) -> None:
    others = [run for run in mnist if run not in FIVE_LAYERS["Tanh"].among(mnist)]
    runs = [*others, fake(root=tmp_path, dataset=Dataset("mnist"), diverged_at=update)]
    found = exhibits.evidence("fig12", runs, "quick")
    ends = found.tables["ends"].set_index("model")
    assert (ends["examples"] == 200_000).all()
    assert ends["error"].isna().to_dict() == {name: name == "Tanh" for name in FIVE_LAYERS}
    axes = fig12.draw(found.tables).axes[0]
    (cross,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert cross.get_color() == look("Tanh").colour
    assert any("Tanh: " in t.get_text() and "1 of 1 diverged" in t.get_text() for t in axes.texts)
    page = render(exhibits.load("fig12"), found, [])
    assert "| MNIST | Tanh | 200,000 | 0.01 |  |  | 1, 1 diverged |" in page
    assert "nan" not in page
