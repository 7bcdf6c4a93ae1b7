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


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    """The paper's own curve as if it were ours, too."""
    rows = timeline.papers("fig02", fig02.QUANTITIES)
    return pd.concat([rows, rows.assign(source="ours", n=1, half=np.nan)], ignore_index=True)


def test_the_papers_own_curve_passes(theirs: pd.DataFrame) -> None:
    plateau = theirs[theirs["epoch"] <= 60]
    assert fig02.order(plateau).verdict == "reproduced"
    assert fig02.comeback(theirs, escape=100.0).verdict == "reproduced"
    assert fig02.levels(theirs).verdict == "reproduced"
    top = timeline.papers("fig02", ["mean"]).query("layer == 4").set_index("epoch")["value"].sort_index()
    assert fig02.collapse({4: top, 5: top}).verdict == "reproduced"


def test_the_papers_top_layer_comes_back_when_the_paper_says(theirs: pd.DataFrame) -> None:
    assert fig02.coincidence(theirs, escape=100.0).verdict == "reproduced"
    assert fig02.coincidence(theirs, escape=35.0).verdict == "not reproduced"


def test_no_escape_is_not_tested(theirs: pd.DataFrame) -> None:
    verdicts = [judge(theirs, math.nan) for judge in (fig02.comeback, fig02.coincidence)]
    assert {verdict.verdict for verdict in verdicts} == {"not tested"}


def test_top_layer_that_stays_refutes_the_collapse() -> None:
    stays = pd.Series([0.5, 0.5, 0.49], index=[0.0, 1.0, 2.0])
    assert fig02.collapse({4: stays, 5: stays}).verdict == "not reproduced"


def test_short_runs_agree_in_part_at_best(fake: Fake) -> None:
    """Made up: the top layer's mean is exactly halved after one epoch."""
    verdicts = {verdict.claim: verdict for verdict in fig02.verdicts(networks(fake))}
    found = [verdicts[claim].verdict for claim in ("C1", "C2", "C6")]
    assert found == ["not reproduced", "partly", "not tested"]
    assert all("trained for 1 epoch, the top" in verdicts[claim].why for claim in ("C1", "C2"))


def test_biases_that_are_learned_first_reproduce_c6(fake: Fake) -> None:
    """Made up: ‖b‖ is 2 of the 1.36 needed when the mean has fallen below half, after two epochs."""
    runs = networks(fake, updates=40_000)
    assert {v.claim: v.verdict for v in fig02.verdicts(runs)}["C6"] == "reproduced"


def test_a_run_shorter_than_an_epoch(fake: Fake) -> None:
    verdicts = fig02.verdicts(networks(fake, updates=100, curve_every=100, monitor=Monitor(every=100)))
    assert not any("nan" in verdict.measured for verdict in verdicts)
    assert verdicts[-1].verdict == "not tested"


def test_draws_the_table_of_depth_4(fake: Fake) -> None:
    runs = networks(fake)
    figure, rows = fig02.draw(runs), fig02.table(runs)
    assert rows["layer"].max() == 4
    mean = rows[(rows["quantity"] == "mean") & (rows["layer"] == 4) & (rows["source"] == "ours")]
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert mean["value"].tolist() in drawn


def test_needs_both_depths(fake: Fake) -> None:
    with pytest.raises(EvidenceError, match="depth=5"):
        fig02.verdicts([fake(activation="sigmoid", depth=4)])
