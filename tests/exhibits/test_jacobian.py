import numpy as np
import pytest

from repro import paper
from repro.exhibits import jacobian
from repro.runs.folder import Run


def verdicts(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.verdict for verdict in jacobian.verdicts(runs)}


def test_averages_that_round_to_the_papers_reproduce_c15(untrained: list[Run]) -> None:
    assert verdicts(untrained)["C15"] == "reproduced"


def test_variance_ratio_of_a_third_refutes_c16(untrained: list[Run]) -> None:
    """Made up: variance ratios 1/3 and 1 beside singular values .49 and .78."""
    assert verdicts(untrained)["C16"] == "not reproduced"


def test_table(untrained: list[Run]) -> None:
    table = jacobian.table(untrained)
    assert len(table) == 15
    standard = table[table["init"] == "standard"]
    assert standard["mean"].to_numpy() == pytest.approx(0.49, rel=0.03)
    assert standard["variance_ratio"].iloc[1:].to_numpy() == pytest.approx(1 / 3)
    assert np.isnan(standard["variance_ratio"].iloc[0])
    assert (table["min"] <= table["p5"]).all() and (table["p95"] <= table["max"]).all()


def test_lines_mark_the_papers_averages(untrained: list[Run]) -> None:
    axes = jacobian.draw(untrained).axes[0]
    levels = [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == ":"]
    assert levels == list(paper.numbers()["jacobian"].values())


def test_one_seed_can_be_drawn(untrained: list[Run]) -> None:
    runs = [run for run in untrained if run.experiment.seed == 0]
    assert len(jacobian.draw(runs).axes) == 1
    assert not jacobian.summary(runs)["mean singular value"].str.contains("±|nan").any()
