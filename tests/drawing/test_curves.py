from collections.abc import Callable
from pathlib import Path

import pytest

from repro.drawing import style
from repro.drawing.curves import draw_curve, mark_ends
from repro.drawing.models import look
from repro.evidence import curves, models
from repro.runs.folder import Run

Fake = Callable[..., Run]


def marked(runs: list[Run]) -> tuple[tuple[float, str, str], list[object]]:
    """The one label, and the crosses' x, y."""
    axes = style.new_figure(2).subplots()
    networks = {"Tanh": runs}
    (label,) = mark_ends(axes, curves.ours(networks), models.endings(networks))
    return label, [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines if line.get_marker() == "x"]


def test_divergence_gets_a_cross_and_a_word(fake: Fake) -> None:
    (height, text, colour), crosses = marked([fake(seed=5, state="diverged"), fake(seed=6)])
    assert colour == look("Tanh").colour
    assert crosses == [(0.2, pytest.approx(74))]
    assert height == pytest.approx(74) and text.endswith("1 of 2 diverged")


def test_the_cross_is_where_the_run_ended(fake: Fake, tmp_path: Path) -> None:
    label, crosses = marked([fake(root=tmp_path, diverged_at=7000), fake(seed=6)])
    assert crosses == [(0.05, pytest.approx(83))]
    assert label[:2] == (pytest.approx(83), "Tanh: 1 of 2 diverged")  # no mean of what is left


def test_a_run_without_points_is_marked_at_its_start(fake: Fake, tmp_path: Path) -> None:
    label, crosses = marked([fake(root=tmp_path, diverged_at=20)])
    assert crosses == [(0, 90)]
    assert label[:2] == (90, "Tanh: 1 of 1 diverged")


def test_seeds_give_the_label_an_interval(fake: Fake) -> None:
    label, _ = marked([fake(seed=0, last=0.7), fake(seed=1, last=0.72)])
    assert label[1] == "Tanh: 71.0 ± 12.7"


def test_seeds_are_thin_lines_one_seed_has_a_band(fake: Fake) -> None:
    for runs, thin in (([fake(seed=0)], 0), ([fake(seed=0, last=0.7), fake(seed=1, last=0.72)], 2)):
        axes, networks = style.new_figure(2).subplots(), {"Tanh": runs}
        draw_curve(axes, curves.ours(networks), models.seed_curves(networks), "Tanh")
        assert sum(line.get_linewidth() == 0.5 for line in axes.lines) == thin
        assert len(axes.collections) == (0 if thin else 1)
