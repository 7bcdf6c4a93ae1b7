from collections.abc import Callable

import pytest

from repro.evidence import EvidenceError
from repro.evidence.models import MODELS
from repro.exhibits import fig11
from repro.experiment.settings import Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]
FULL = {"updates": 2_500_000, "curve_every": 50_000, "monitor": Monitor(every=500_000)}


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.verdict for verdict in fig11.verdicts(runs)}


def models(fake: Fake, **settings: object) -> list[Run]:
    return [fake(activation=m.activation, init=m.init, depth=m.depth, **settings) for m in MODELS.values()]


def test_constant_answer() -> None:
    assert pytest.approx(83.3333, abs=1e-4) == fig11.CONSTANT


def test_last_points_beside_the_paper(trained: list[Run]) -> None:
    table = fig11.last_points(trained).set_index("model")
    assert (table["examples"] == 200_000).all()
    assert table.loc["Tanh", "error"] == pytest.approx(74)
    assert table.loc["Tanh", "paper"] == pytest.approx(73.60)


def test_last_points_are_common_to_all(fake: Fake, trained: list[Run]) -> None:
    other = [run for run in trained if run.experiment.activation != "softsign"]
    short = [
        fake(activation="softsign", init=init, updates=10_000, monitor=Monitor(every=10_000))
        for init in ("standard", "normalized")
    ]
    assert (fig11.last_points(other + short)["examples"] == 100_000).all()


def test_short_runs_leave_c4_untested_and_agree_in_part(trained: list[Run]) -> None:
    found = outcomes(trained)
    assert found["C4"] == "not tested"
    assert found["C20"] == found["C22"] == "partly"
    assert found["Figure 11: test errors after 200,000 examples"] == "partly"


def test_runs_shorter_than_the_papers_first_point_can_be_drawn(fake: Fake) -> None:
    runs = models(fake, updates=200, curve_every=100, monitor=Monitor(every=100))
    assert outcomes(runs)["Figure 11: test errors after 2,000 examples"] == "not tested"
    assert not fig11.summary(runs).astype(str).apply(lambda column: column.str.contains("nan")).any().any()
    assert all("nan" not in verdict.paper for verdict in fig11.verdicts(runs))
    assert len(fig11.draw(runs).axes) == 2


def test_full_length_runs_decide(fake: Fake) -> None:
    found = outcomes(models(fake, **FULL))
    assert found["C4"] == found["C20"] == found["C22"] == "reproduced"


def test_no_difference_is_no_reproduction(fake: Fake) -> None:
    runs = models(fake, last=0.5, **FULL)
    found = outcomes(runs)
    assert found["C20"] == found["C22"] == found["C4"] == "not reproduced"


def test_one_seed_has_a_binomial_band_several_have_students(fake: Fake, trained: list[Run]) -> None:
    one = fig11.table(trained)
    end = one[(one["source"] == "ours") & (one["model"] == "Tanh")].iloc[-1]
    assert end["low"] == pytest.approx(74 - 1.9, abs=0.1)  # 1.96 √(.74 · .26 / 2000)
    seeds = [run for seed in (0, 1) for run in models(fake, seed=seed)]
    table = fig11.table(seeds)
    ours = table[table["source"] == "ours"]
    assert (ours["n"] == 2).all()
    assert ours["low"].to_numpy() == pytest.approx(ours["error"].to_numpy())  # equal seeds: no spread


def test_missing_model_is_named(trained: list[Run]) -> None:
    runs = [run for run in trained if run.experiment.depth == 5]
    with pytest.raises(EvidenceError, match="activation=sigmoid init=standard depth=4"):
        fig11.draw(runs)


def test_zoom_beside_the_whole_range_only_where_it_helps(fake: Fake, trained: list[Run]) -> None:
    assert len(fig11.draw(trained).axes) == 2
    assert len(fig11.draw(models(fake, **FULL)).axes) == 1


def test_lines_are_the_table(trained: list[Run]) -> None:
    near = fig11.draw(trained).axes[0]
    table = fig11.table(trained)
    for number, name in enumerate(MODELS):
        rows = table[(table["model"] == name) & (table["examples"] <= 204_000)]
        theirs, ours = near.lines[2 * number : 2 * number + 2]
        assert theirs.get_ydata().tolist() == rows.loc[rows["source"] == "paper", "error"].tolist()
        assert ours.get_ydata().tolist() == rows.loc[rows["source"] == "ours", "error"].tolist()
        assert ours.get_color() == MODELS[name].colour


def test_labels_carry_the_last_error(trained: list[Run]) -> None:
    texts = [text.get_text() for text in fig11.draw(trained).axes[0].texts]
    assert "Tanh: 74.0" in texts
    assert "Pre-training (paper)" in texts


def test_divergence_is_marked(fake: Fake, trained: list[Run]) -> None:
    runs = [run for run in trained if run.experiment.activation != "tanh"]
    runs += [fake(seed=5, state="diverged"), fake(seed=6), fake(init="normalized", seed=5)]
    axes = fig11.draw(runs).axes[0]
    (cross,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert cross.get_color() == MODELS["Tanh"].colour
    assert cross.get_xdata() == 0.2
    assert any("1 of 2 diverged" in text.get_text() for text in axes.texts)
