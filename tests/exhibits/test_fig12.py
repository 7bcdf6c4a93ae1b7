from collections.abc import Callable

import pytest

from repro.evidence import EvidenceError
from repro.evidence.models import FIVE_LAYERS
from repro.exhibits import fig12, judge
from repro.experiment.settings import Dataset, Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]
LAST = {"Sigmoid": 0.05, "Tanh": 0.04, "Tanh N": 0.02, "Softsign": 0.02, "Softsign N": 0.02}


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


def test_a_stand_in_is_named_everywhere(mnist: list[Run], held_out: list[Run]) -> None:
    runs = mnist + held_out
    rows = fig12.table(runs)
    assert set(rows.loc[rows["source"] == "ours", "dataset"]) == {"mnist", "cifar10_holdout"}
    assert "held out" in fig12.draw(runs).axes[1].get_title(loc="left")
    assert fig12.summary(runs)["data"].str.contains("held out").sum() == 5
    about = [v for v in fig12.verdicts(runs) if "CIFAR-10" in v.claim + v.measured]
    assert about and all("held out" in v.claim + v.measured for v in about)


def test_data_sets_of_the_figure_are_like_the_papers(mnist: list[Run], held_out: list[Run]) -> None:
    assert "partly" in {v.verdict for v in judge("fig12", mnist + held_out)}


def test_a_stand_in_never_reproduces(fake: Fake) -> None:
    full = {"updates": 2_500_000, "curve_every": 50_000, "monitor": Monitor(every=500_000)}
    (order, _) = fig12.verdicts(models(fake, "cifar10_holdout", **full))
    assert order.verdict == "partly"
    (order, _) = fig12.verdicts(models(fake, "cifar10", **full))
    assert order.verdict == "reproduced"


def test_one_data_set_is_enough(mnist: list[Run]) -> None:
    figure = fig12.draw(mnist)
    assert any("(paper)" in text.get_text() for text in figure.axes[1].texts)
    assert len(fig12.verdicts(mnist)) == 2


def test_none_is_not_enough(trained: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="no run on mnist or cifar10 among the"):
        fig12.draw(trained)


def test_a_missing_model_is_named(mnist: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="no run with activation=sigmoid"):
        fig12.draw([run for run in mnist if run.experiment.activation != "sigmoid"])


def test_where_the_papers_axes_cut_off_nothing_is_compared(mnist: list[Run]) -> None:
    levels = fig12.verdicts(mnist)[-1]
    assert levels.verdict == "not tested"
    assert "nan" not in levels.measured + levels.paper
    assert "3.00" not in fig12.summary(mnist)["paper, as far"].tolist()


def test_constant_answer(mnist: list[Run]) -> None:
    assert fig12.constant_error(mnist[0]) == pytest.approx(100 * (1 - 223 / 2000))  # 2000 labels, 9 in turn


def test_long_runs_are_drawn_on_the_papers_axes(fake: Fake) -> None:
    full = {"updates": 2_500_000, "curve_every": 50_000, "monitor": Monitor(every=500_000)}
    axes = fig12.draw(models(fake, "mnist", **full)).axes[0]
    assert axes.get_xscale() == axes.get_yscale() == "linear"
    assert axes.get_ylim()[1] == pytest.approx(3, abs=0.1)
