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
    titles = [axes.get_title(loc="left") for axes in fig12.draw(tables).axes]
    assert sum("held out" in title for title in titles) == 1
    assert fig12.summary(tables)["data"].str.contains("held out").sum() == 5
    claims = [prose.name(verdict) for verdict in fig12.verdicts(tables)]
    about = [claim for claim in claims if "CIFAR-10" in claim]
    assert len(about) == 1 and "held out" in about[0]


def test_each_data_set_has_its_own_numbers(mnist: list[Run], held_out: list[Run]) -> None:
    """Made up: the same errors on both."""
    tables = fig12.tables(mnist + held_out)
    assert tables["seeds"].groupby("dataset")["model"].nunique().to_dict() == {"cifar10": 5, "mnist": 5}
    alone = fig12.tables(mnist)
    for name in ("ends", "runs", "seeds"):
        rows = tables[name][tables[name]["dataset"] == "mnist"].reset_index(drop=True)
        assert rows.equals(alone[name])


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


def test_one_data_set_is_enough(mnist: list[Run]) -> None:
    figure = draw(mnist)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert sum("(paper)" in text for text in texts) == 5  # of CIFAR-10
    assert len(verdicts(mnist)) == 1


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


def test_the_axis_of_errors_is_broken_where_a_network_does_not_learn(mnist: list[Run]) -> None:
    """Below is what learns, with all of the paper's; above what answers one class."""
    stuck = [run for run in mnist if run.experiment.activation.name != "sigmoid"]
    above, _, below, _ = draw([*stuck, *mnist[:1]]).axes[:4]
    low, high = below.get_ylim()
    assert low < 1.6 and high < fig12.BREAK == above.get_ylim()[0]
    assert above.get_xlim() == below.get_xlim()
    assert above.get_xscale() == "log"


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
    axes = fig12.draw(found.tables).axes
    crosses = [line for panel in axes for line in panel.lines if line.get_marker() == "x"]
    assert {cross.get_color() for cross in crosses} == {look("Tanh").colour}
    page = render(exhibits.load("fig12"), found, [])
    assert "| MNIST | Tanh | 200,000 | 0.01 |  |  | 1, 1 diverged |" in page
    assert "nan" not in page
