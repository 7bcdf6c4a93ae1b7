"""C19: the paper's Figures 3 and 10 with something changed."""

import pandas as pd
import pytest

from repro.evidence.claims.likeness import figures_3_and_10
from repro.evidence.claims.rule import RULES
from repro.evidence.saturation import rises
from repro.evidence.verdict import Verdict

Frames = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture
def papers() -> Frames:
    normalized, standard = figures_3_and_10()
    return normalized, standard


def judged(normalized: pd.DataFrame, standard: pd.DataFrame) -> Verdict:
    return RULES["C19"].verdict({"fig10": {"courses": normalized, "beside": standard}})


def until(epoch: float, frames: Frames) -> Frames:
    return frames[0][frames[0]["epoch"] <= epoch], frames[1][frames[1]["epoch"] <= epoch]


def test_a_course_goes_from_0_to_1_whatever_its_level() -> None:
    rows = pd.DataFrame({"layer": 1, "quantity": "std", "epoch": [0, 4, 8], "value": [0.3, 0.5, 0.7]})
    assert rises(rows)[1].tolist() == pytest.approx([0, 0.5, 1])
    assert rises(rows.assign(value=0.1 + rows["value"] / 5))[1].tolist() == pytest.approx([0, 0.5, 1])


def test_the_papers_softsign_is_like_its_normalized_tanh(papers: Frames) -> None:
    found = judged(*papers)
    assert (found.outcome, found.holds) == ("reproduced", (4, 4))


def test_levels_alone_make_nothing_alike(papers: Frames) -> None:
    """Tanh's course at softsign's level fails; softsign's course at any level passes."""
    normalized, standard = papers
    softsign, tanh = (standard[standard["activation"] == name] for name in ("softsign", "tanh"))
    disguised = tanh.assign(activation="softsign", value=0.9 * tanh["value"])
    found = judged(normalized, pd.concat([disguised, tanh]))
    assert found.outcome == "not reproduced"
    lower = softsign.assign(value=0.5 * softsign["value"])
    assert judged(normalized, pd.concat([lower, tanh])).outcome == "reproduced"


def test_layers_that_come_one_after_the_other_are_not_together(papers: Frames) -> None:
    """Each layer's course delayed by four more epochs, with the shape of fast first, slowly later."""
    normalized, standard = papers
    softsign = standard["activation"] == "softsign"
    later = standard["epoch"] + 8 * (standard["layer"] - 1) * softsign
    delayed = standard.assign(epoch=later.where(standard["epoch"] > 0, 0))
    found = judged(normalized, delayed)
    assert {m.holds for m in found.measures if m.of["what"] == "synchrony"} == {False}


def test_both_ranges_are_needed(papers: Frames) -> None:
    normalized, standard = papers
    wide = (standard["activation"] == "softsign") & (standard["inputs"] == "[-1, 1]")
    found = judged(normalized, standard[~wide])
    assert (found.outcome, found.holds) == ("holds so far", (2, 2))


def test_short_runs_test_nothing(papers: Frames) -> None:
    assert judged(*until(20, papers)).outcome == "not tested"
    assert judged(*until(48, papers)).outcome == "holds so far"
