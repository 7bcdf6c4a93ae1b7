"""C17 and C18: made-up trends, and the paper's Figure 9 with something changed."""

import numpy as np
import pandas as pd
import pytest

from repro.evidence.claims.gradients import figure9, trend
from repro.evidence.claims.rule import RULES
from repro.evidence.verdict import Verdict


def made_up(slopes: list[float], init: str = "standard") -> pd.DataFrame:
    """∂C/∂s whose log10 variance has this slope over the layers at epochs 0, 1, 2 ..."""
    rows = [
        (init, False, layer, "ds", epoch, 10 ** (slope * layer / 2), 1)
        for epoch, slope in enumerate(slopes)
        for layer in range(1, 6)
    ]
    return pd.DataFrame(rows, columns=["init", "wide", "layer", "quantity", "epoch", "value", "n"])


def judged(claim: str, courses: pd.DataFrame) -> Verdict:
    return RULES[claim].verdict({"fig09": {"courses": courses.assign(source="ours")}})


def test_trend_is_the_slope_over_layers() -> None:
    assert trend(made_up([0.5, 0.1, -0.2])).tolist() == pytest.approx([0.5, 0.1, -0.2])


@pytest.mark.parametrize(
    ("slopes", "holds", "outcome"),
    [
        ([0.5, 0.4], (None, None), "not tested"),
        ([0.5, 0.1, -0.1, -0.1], (True, None), "holds so far"),
        ([0.5, 0.1] + [-0.1] * 8, (True, True), "holds so far"),
        ([0.5, 0.1] + [-0.1] * 94, (True, True), "reproduced"),
        ([0.5] * 8, (False, False), "not reproduced"),
        ([0.5] * 7 + [-0.1] * 90, (False, False), "not reproduced"),
        ([0.5, 0.1, -0.1, -0.1, 0.1, 0.1, 0.1, 0.1] + [-0.1] * 88, (True, False), "partly"),
    ],
)
def test_gone_early_and_reversed_for_good_are_two_statements(
    slopes: list[float], holds: tuple[bool | None, ...], outcome: str
) -> None:
    """As in runs whose slope turns negative at epoch 3, positive again at 4 to 7, and negative from 8 on."""
    found = judged("C17", made_up(slopes))
    assert tuple(m.holds for m in found.measures[:2]) == holds
    assert found.outcome == outcome


def test_a_single_measurement_turns_nothing_round() -> None:
    found = judged("C17", made_up([0.5, 0.1] + [-0.1] * 40 + [0.1] + [-0.1] * 60))
    assert found.outcome == "reproduced"
    late = judged("C17", made_up([0.5] * 3 + [-0.1] + [0.5] * 9))
    assert late.measures[0].holds is False


def test_reversal_is_that_of_the_standard_initialization() -> None:
    level = made_up([0.0] * 8)
    others = [level.assign(init="normalized"), level.assign(wide=True)]
    found = judged("C17", pd.concat([made_up([0.5] * 8), *others]))
    assert [measure.value for measure in found.measures[2:]] == pytest.approx([10**-0.5] * 2)
    assert found.outcome == "not reproduced"


@pytest.fixture
def courses() -> pd.DataFrame:
    (rows,) = figure9()
    return rows


def test_the_papers_figure_9_diverges(courses: pd.DataFrame) -> None:
    found = judged("C18", courses)
    assert (found.outcome, found.holds) == ("reproduced", (3, 3))
    growth = {m.of["init"]: m.value for m in found.measures if m.of["what"] == "growth"}
    assert growth["standard"] > 2 > 1 > growth["normalized"]


def test_layers_that_were_apart_from_the_start_have_not_drifted(courses: pd.DataFrame) -> None:
    """The end's ratio of 3, and no growth."""
    end = courses[courses["epoch"] == 90].set_index(["init", "layer"])["value"]
    frozen = courses.assign(value=[end[key] for key in zip(courses["init"], courses["layer"], strict=True)])
    found = judged("C18", frozen)
    assert [m.holds for m in found.measures if m.holds is not None] == [False, True, False]


def test_the_initializations_swapped_refute_c18(courses: pd.DataFrame) -> None:
    swapped = courses.replace({"init": {"standard": "normalized", "normalized": "standard"}})
    found = judged("C18", swapped)
    assert (found.outcome, found.holds) == ("partly", (1, 3))  # layer 1 ends with the largest
    upside_down = judged("C18", courses.assign(layer=6 - courses["layer"]))
    assert (upside_down.outcome, upside_down.holds) == ("partly", (2, 3))  # apart, and the wrong way round


def test_c18_needs_an_epoch_and_is_final_at_the_papers_end(courses: pd.DataFrame) -> None:
    assert judged("C18", courses[courses["epoch"] < 1]).outcome == "not tested"
    assert judged("C18", courses[courses["epoch"] <= 20]).outcome == "holds so far"
    flat = courses.assign(value=np.where(courses["epoch"] > 0, 0.01, courses["value"]))
    assert judged("C18", flat[flat["epoch"] <= 20]).outcome == "fails so far"
