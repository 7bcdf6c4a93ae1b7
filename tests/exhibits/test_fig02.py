import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError, timeline
from repro.exhibits import fig02
from repro.experiment.settings import Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]


def networks(fake: Fake, **settings: object) -> list[Run]:
    return [fake(activation="sigmoid", depth=depth, **settings) for depth in (5, 4)]


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.outcome for verdict in fig02.verdicts(fig02.tables(runs))}


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    """The paper's own curve as if it were ours, too."""
    rows = timeline.papers("fig02", fig02.QUANTITIES)
    return pd.concat([rows, rows.assign(source="ours")], ignore_index=True).assign(n=1, half=np.nan)


def test_the_papers_own_curve_passes(theirs: pd.DataFrame) -> None:
    assert fig02.comeback(theirs, escape=100.0).outcome == "reproduced"
    assert fig02.levels(theirs).outcome == "reproduced"


def test_the_papers_top_layer_comes_back_when_the_paper_says(theirs: pd.DataFrame) -> None:
    assert fig02.coincidence(theirs, escape=100.0).outcome == "reproduced"
    assert fig02.coincidence(theirs, escape=35.0).outcome == "not reproduced"


def test_no_escape_is_not_tested(theirs: pd.DataFrame) -> None:
    verdicts = [judge(theirs, math.nan) for judge in (fig02.comeback, fig02.coincidence)]
    assert {verdict.outcome for verdict in verdicts} == {"not tested"}


def test_biases_that_are_learned_first_reproduce_c6(fake: Fake) -> None:
    """Made up: ‖b‖ is 2 of the 1.36 needed when the mean has fallen below half, after two epochs."""
    assert outcomes(networks(fake, updates=40_000))["C6"] == "reproduced"


def test_biases_of_the_seeds_that_got_there_have_an_interval() -> None:
    verdict = fig02.biases(pd.DataFrame({"update": [10, 20, math.nan], "share": [0.6, 0.7, math.nan]}))
    (found,) = verdict.measures
    assert (found.of, found.n) == ({"update": 15}, 2)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(65)


def test_the_escape_is_read_from_the_drawn_depths_test_errors(fake: Fake) -> None:
    """Made up: depth 4 passes 80.6 % at epoch .5 and 72.5 % at 1, depth 5 stays; 5 points below is 78.3 %."""
    settings = {"updates": 80_000, "curve_every": 10_000, "monitor": Monitor(every=10_000)}
    runs = [
        fake(activation="sigmoid", depth=5, **settings),
        fake(activation="sigmoid", depth=4, last=0.5, **settings),
    ]
    verdicts = {verdict.claim: verdict for verdict in fig02.verdicts(fig02.tables(runs))}
    assert verdicts["C3"].measures[0].value == 1


def test_a_run_shorter_than_an_epoch(fake: Fake) -> None:
    runs = networks(fake, updates=100, curve_every=100, monitor=Monitor(every=100))
    verdicts = fig02.verdicts(fig02.tables(runs))
    assert verdicts[-1].outcome == "not tested"
    assert not any("nan" in verdict.quantity + verdict.rule + verdict.reason for verdict in verdicts)


def test_draws_the_table_of_depth_4(fake: Fake) -> None:
    tables = fig02.tables(networks(fake))
    figure, rows = fig02.draw(tables), tables["points"]
    assert rows["layer"].max() == 4
    mean = rows[(rows["quantity"] == "mean") & (rows["layer"] == 4) & (rows["source"] == "ours")]
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert mean["value"].tolist() in drawn


def test_a_run_that_diverged_early_is_marked(fake: Fake) -> None:
    """It has no test error after the start, and its last measurement is that of update 0."""
    runs = [
        fake(activation="sigmoid", depth=5),
        fake(activation="sigmoid", depth=4, diverged_at=700, seed=31),
    ]
    tables = fig02.tables(runs)
    verdicts = {verdict.claim: verdict.outcome for verdict in fig02.verdicts(tables)}
    assert verdicts["C3"] == verdicts["C32"] == verdicts["C6"] == verdicts["fig02.means"] == "not tested"
    titles = {axes.get_title("left") for axes in fig02.draw(tables).axes}
    assert titles == {"sigmoid, four hidden layers, diverged at ×"}
    assert set(fig02.summary(tables)["epoch"]) == {"0 (diverged)"}


def test_needs_both_depths(fake: Fake) -> None:
    with pytest.raises(EvidenceError, match="depth=5"):
        fig02.tables([fake(activation="sigmoid", depth=4)])
