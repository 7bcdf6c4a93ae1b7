import numpy as np
import pytest

from repro import paper
from repro.evidence.verdict import Verdict
from repro.exhibits import jacobian
from repro.runs import Run


def verdicts(runs: list[Run]) -> dict[str, Verdict]:
    return {verdict.claim: verdict for verdict in jacobian.verdicts(jacobian.tables(runs))}


def test_averages_that_round_to_the_papers_reproduce_c15(untrained: list[Run]) -> None:
    found = verdicts(untrained)["C15"]
    assert (found.outcome, found.holds) == ("reproduced", (2, 2))
    values = {m.of["init"]: m.value for m in found.measures}
    assert values == pytest.approx(
        {"standard": 0.49, "normalized": 0.78, "normalized_hidden": 0.87}, rel=0.03
    )
    assert all(m.low < m.value < m.high for m in found.measures)


def test_averages_that_don_t_round_to_the_papers(untrained: list[Run]) -> None:
    tables = dict(jacobian.tables(untrained))
    tables["averages"] = tables["averages"].assign(mean=[0.49, 0.72, 0.8])
    assert jacobian.verdicts(tables)[0].outcome == "partly"


def test_variance_ratio_of_a_third_refutes_c16(untrained: list[Run]) -> None:
    """Made up: variance ratios 1/3 and 1 beside singular values .49 and .78."""
    found = verdicts(untrained)["C16"]
    assert (found.outcome, found.holds) == ("not reproduced", (0, 8))
    shown = {m.of["what"] for m in found.measures if m.holds is None}
    assert shown == {"std ratio", "mean singular value"}


def test_variance_ratios_like_the_mean_reproduce_c16(untrained: list[Run]) -> None:
    tables = dict(jacobian.tables(untrained))
    tables["points"] = tables["points"].assign(variance_ratio=1.05 * tables["points"]["mean"])
    assert jacobian.verdicts(tables)[1].outcome == "reproduced"


def test_table(untrained: list[Run]) -> None:
    table = jacobian.tables(untrained)["points"]
    assert len(table) == 15
    standard = table[table["init"] == "standard"]
    assert standard["mean"].to_numpy() == pytest.approx(0.49, rel=0.03)
    assert standard["variance_ratio"].iloc[1:].to_numpy() == pytest.approx(1 / 3)
    assert np.isnan(standard["variance_ratio"].iloc[0])
    assert (table["min"] <= table["p5"]).all() and (table["p95"] <= table["max"]).all()


def test_lines_mark_the_papers_averages(untrained: list[Run]) -> None:
    axes = jacobian.draw(jacobian.tables(untrained)).axes[0]
    levels = [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == ":"]
    assert levels == list(paper.numbers()["jacobian"].values())


def test_one_seed_can_be_drawn(untrained: list[Run]) -> None:
    tables = jacobian.tables([run for run in untrained if run.experiment.seed == 0])
    assert len(jacobian.draw(tables).axes) == 1
    assert not jacobian.summary(tables)["mean singular value"].str.contains("±|nan").any()
