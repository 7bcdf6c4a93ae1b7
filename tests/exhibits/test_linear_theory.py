import pytest

from repro.exhibits import linear_theory as theory
from repro.runs import Run


def test_networks_that_follow_eq_5_and_6_exactly(untrained: list[Run]) -> None:
    """The made-up networks obey the formulas, with the weights that their norms say."""
    tables = theory.tables(untrained)
    keys = ["init", "quantity", "layer"]
    wide = tables["points"].pivot(index=keys, columns="source", values="variance").dropna()
    assert wide["measured"].to_numpy() == pytest.approx(wide["predicted"].to_numpy())
    assert tables["ratios"]["ratio"].to_numpy() == pytest.approx(1)
    assert {verdict.outcome for verdict in theory.verdicts(tables)} == {"reproduced"}


def test_networks_that_leave_the_formula(untrained: list[Run]) -> None:
    tables = dict(theory.tables(untrained))
    ratios = tables["ratios"]
    odd = (ratios["quantity"] == "z_std") & (ratios["init"] != "standard")
    tables["ratios"] = ratios.assign(ratio=ratios["ratio"].mask(odd, 0.5))
    assert [verdict.holds for verdict in theory.verdicts(tables)] == [(5, 15), (15, 15), (12, 12)]
    assert theory.verdicts(tables)[0].outcome == "partly"


def test_standard_initialization_loses_a_factor_of_three(untrained: list[Run]) -> None:
    rows = theory.tables(untrained)["points"].query(
        "init == 'standard' and quantity == 'z_std' and source == 'predicted'"
    )
    variance = rows.sort_values("layer")["variance"].to_numpy()
    assert variance[1:] / variance[:-1] == pytest.approx(1 / 3)


def test_papers_points_are_beside_them(untrained: list[Run]) -> None:
    theirs = theory.tables(untrained)["points"].query("source == 'paper' and quantity == 'z_std'")
    first = theirs.query("init == 'standard' and layer == 1")["variance"].item()
    assert first == pytest.approx(0.31**2, rel=0.02)
    assert len(theirs) == 10


def test_a_panel_for_each_formula(untrained: list[Run]) -> None:
    tables = theory.tables(untrained)
    titles = [axes.get_title("left") for axes in theory.draw(tables).axes]
    assert [title[-5:] for title in titles] == ["eq. 5", "eq. 6", "eq. 7"]
    assert len(theory.summary(tables)) == 9
