from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro.drawing import style
from repro.evidence import curves
from repro.evidence.models import MODELS
from repro.runs.folder import Run

Fake = Callable[..., Run]
TANH = MODELS["Tanh"]


def test_one_seed_has_an_interval_over_test_examples(fake: Fake) -> None:
    end = curves.points(TANH, [fake()]).iloc[-1]
    assert (end["examples"], end["error"], end["n"]) == (200_000, pytest.approx(74), 1)
    assert end["high"] - end["low"] == pytest.approx(2 * 1.92, abs=0.05)  # 2 · 1.96 √(.74 · .26 / 2000)


def test_several_have_one_over_seeds(fake: Fake) -> None:
    end = curves.points(TANH, [fake(seed=0, last=0.7), fake(seed=1, last=0.72)]).iloc[-1]
    assert end["high"] - end["low"] == pytest.approx(
        2 * 12.706, rel=1e-3
    )  # Student's t, one degree of freedom


def test_last_points_are_common_and_the_papers_curve_is_interpolated() -> None:
    ours = pd.DataFrame({"model": ["a", "a", "b"], "examples": [10, 20, 10], "error": [3.0, 2.0, 5.0]})
    theirs = pd.DataFrame({"model": ["a", "a", "b"], "examples": [8, 12, 11], "error": [4.0, 2.0, 1.0]})
    rows = pd.concat([ours.assign(source="ours"), theirs.assign(source="paper")])
    last = curves.last_points(rows).set_index("model")
    assert last["examples"].tolist() == [10, 10]
    assert last.loc["a", "paper"] == 3.0
    assert np.isnan(last.loc["b", "paper"])  # before the paper's first point


def test_divergence_gets_a_cross_and_a_word(fake: Fake) -> None:
    axes = style.new_figure(2).subplots()
    runs = [fake(seed=5, state="diverged"), fake(seed=6)]
    ((height, text, colour),) = curves.mark_ends(axes, [("Tanh", TANH)], runs)
    assert (colour, [line.get_marker() for line in axes.lines]) == (TANH.colour, ["x"])
    assert height == pytest.approx(74) and text.endswith("1 of 2 diverged")
