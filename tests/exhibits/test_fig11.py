from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from repro import exhibits
from repro.drawing.models import look
from repro.evidence import EvidenceError
from repro.evidence.models import MODELS
from repro.exhibits import fig11
from repro.experiment.settings import Monitor, Optimizer
from repro.report import prose
from repro.report.page import render
from repro.runs.folder import Run

Fake = Callable[..., Run]
FULL = {"updates": 2_500_000, "curve_every": 50_000, "monitor": Monitor(every=500_000)}


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.outcome for verdict in fig11.verdicts(fig11.tables(runs))}


def draw(runs: list[Run]) -> Figure:
    return fig11.draw(fig11.tables(runs))


def models(fake: Fake, **settings: object) -> list[Run]:
    return [fake(activation=m.activation, init=m.init, depth=m.depth, **settings) for m in MODELS.values()]


def test_last_points_beside_the_paper(trained: list[Run]) -> None:
    table = fig11.tables(trained)["ends"].set_index("model")
    assert (table["examples"] == 200_000).all()
    assert table.loc["Tanh", "error"] == pytest.approx(74)
    assert table.loc["Tanh", "paper"] == pytest.approx(73.60)


def test_last_points_are_common_to_all(fake: Fake, trained: list[Run]) -> None:
    other = [run for run in trained if run.experiment.activation.name != "softsign"]
    short = [
        fake(activation="softsign", init=init, updates=10_000, monitor=Monitor(every=10_000))
        for init in ("standard", "normalized")
    ]
    assert (fig11.tables(other + short)["ends"]["examples"] == 100_000).all()


def test_some_levels_of_short_runs_agree(trained: list[Run]) -> None:
    assert outcomes(trained)["fig11.levels"] == "fails so far"
    levels = fig11.verdicts(fig11.tables(trained))[-1]
    assert levels.statement == "Figure 11: test errors after 200,000 examples"


def test_runs_shorter_than_the_papers_first_point_can_be_drawn(fake: Fake) -> None:
    runs = models(fake, updates=200, curve_every=100, monitor=Monitor(every=100))
    tables = fig11.tables(runs)
    levels = fig11.verdicts(tables)[-1]
    assert (levels.statement, levels.outcome) == (
        "Figure 11: test errors after 2,000 examples",
        "not tested",
    )
    assert all(measure.holds is None for measure in levels.measures)
    assert not fig11.summary(tables).astype(str).apply(lambda column: column.str.contains("nan")).any().any()
    rows = [prose.row(verdict) for verdict in fig11.verdicts(tables)]
    assert all("nan" not in row["measured"] + row["paper"] for row in rows)
    assert len(fig11.draw(tables).axes) == 2


def test_one_seed_has_a_binomial_band_several_have_students(fake: Fake, trained: list[Run]) -> None:
    one = fig11.tables(trained)["points"]
    end = one[(one["source"] == "ours") & (one["model"] == "Tanh")].iloc[-1]
    assert end["low"] == pytest.approx(74 - 1.9, abs=0.1)  # 1.96 √(.74 · .26 / 2000)
    seeds = [run for seed in (0, 1) for run in models(fake, seed=seed)]
    table = fig11.tables(seeds)["points"]
    ours = table[table["source"] == "ours"]
    assert (ours["n"] == 2).all()
    assert ours["low"].to_numpy() == pytest.approx(ours["error"].to_numpy())  # equal seeds: no spread


def test_the_papers_curves_are_named_at_their_ends(trained: list[Run]) -> None:
    texts = {text.get_text(): text.get_position()[1] for text in draw(trained).axes[1].texts}
    assert set(texts) == {*MODELS, "Pre-training"}
    assert texts["Sigmoid depth 5"] > texts["Sigmoid depth 4"] > texts["Tanh"] > texts["Pre-training"]


def test_missing_model_is_named(trained: list[Run]) -> None:
    runs = [run for run in trained if run.experiment.depth == 5]
    with pytest.raises(EvidenceError, match="activation=sigmoid init=standard depth=4"):
        fig11.tables(runs)


def test_zoom_beside_the_whole_range_only_where_it_helps(fake: Fake, trained: list[Run]) -> None:
    assert len(draw(trained).axes) == 2
    assert len(draw(models(fake, **FULL)).axes) == 1


def test_lines_are_the_table(trained: list[Run]) -> None:
    near = draw(trained).axes[0]
    table = fig11.tables(trained)["points"]
    for number, name in enumerate(MODELS):  # with several seeds there are thin lines between
        rows = table[(table["model"] == name) & (table["examples"] <= 204_000)]
        theirs, ours = near.lines[2 * number : 2 * number + 2]
        assert theirs.get_ydata().tolist() == rows.loc[rows["source"] == "paper", "error"].tolist()
        assert ours.get_ydata().tolist() == rows.loc[rows["source"] == "ours", "error"].tolist()
        assert ours.get_color() == look(name).colour


def test_labels_carry_the_last_error(trained: list[Run]) -> None:
    texts = [text.get_text() for text in draw(trained).axes[0].texts]
    assert "Tanh: 74.0" in texts
    stuck = [text for text in texts if text.endswith("(as dotted)")]
    assert {text.partition(":")[0] for text in stuck} == {"Sigmoid depth 5", "Sigmoid depth 4"}
    assert "Pre-training (paper)" in texts


def but(runs: list[Run], name: str) -> list[Run]:
    """The runs without those of a model."""
    own = MODELS[name].among(runs)
    return [run for run in runs if run not in own]


def test_divergence_is_marked(fake: Fake, tmp_path: Path) -> None:
    runs = but([run for seed in (5, 6) for run in models(fake, seed=seed)], "Tanh")
    runs += [fake(root=tmp_path, seed=5, state="diverged"), fake(seed=6)]
    axes = draw(runs).axes[0]
    (cross,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert cross.get_color() == look("Tanh").colour
    assert cross.get_xdata() == 0.2
    assert any("1 of 2 diverged" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize(("update", "crossed"), [(7000, 0.05), (20, 0)])
def test_a_network_that_diverged_is_left_out_and_said_so(
    update: int, crossed: float, fake: Fake, trained: list[Run], tmp_path: Path
) -> None:
    """Its curve really ends there, for the second before its first point."""
    runs = [*but(trained, "Tanh"), fake(root=tmp_path, diverged_at=update)]
    found = exhibits.evidence("fig11", runs, "quick")
    ends = found.tables["ends"].set_index("model")
    assert (ends["examples"] == 200_000).all()  # the others are as long as ever
    assert ends["error"].isna().to_dict() == {name: name == "Tanh" for name in MODELS}
    levels = found.verdicts[-1]
    assert {m.of["model"] for m in levels.measures if m.value != m.value} == {"Tanh"}
    assert [m.holds for m in levels.measures if m.of["model"] == "Tanh"] == [False]
    lost = found.tables["seeds"].query("model == 'Tanh'")["error"]
    assert lost.iloc[-1] == 100  # it errs everywhere from there on, whatever it is compared with
    axes = fig11.draw(found.tables).axes[0]
    (cross,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert (cross.get_xdata(), cross.get_color()) == (crossed, look("Tanh").colour)
    page = render(exhibits.load("fig11"), found, [])
    assert "| Tanh | 200,000 | 0.01 |  |  | 1, 1 diverged | 73.6 |  |" in page
    assert "1 of 6 runs diverged" not in page and "1 of 7 runs diverged" in page
    assert "nan" not in page


def test_when_all_diverged_nothing_is_shown(fake: Fake, tmp_path: Path) -> None:
    runs = models(fake, root=tmp_path, diverged_at=7000)
    with pytest.raises(EvidenceError, match=f"all runs diverged: {runs[0].path.name}, "):
        fig11.tables(runs)


@pytest.mark.parametrize(
    "other",
    [{"width": 50}, {"width": (50,) * 4 + (49,)}, {"optimizer": Optimizer("SGD", (("betas", (0.5, 0.9)),))}],
)
def test_networks_of_two_kinds_cannot_be_one_model(other: dict, fake: Fake, trained: list[Run]) -> None:
    (key,) = other
    with pytest.raises(EvidenceError, match=f"differ in {key}: give one value"):
        fig11.tables([*trained, fake(**other)])


def test_a_list_of_widths_for_each_depth_is_no_mistake(fake: Fake) -> None:
    runs = [
        fake(activation=m.activation, init=m.init, depth=m.depth, width=(1000,) * (m.depth - 1) + (999,))
        for m in MODELS.values()
    ]
    assert "width" in exhibits.evidence("fig11", runs, "quick").rates.index.names
