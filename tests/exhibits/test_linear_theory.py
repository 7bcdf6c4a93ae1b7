import pytest

from repro.exhibits import linear_theory as theory
from repro.runs import Run


def test_networks_that_follow_eq_5_and_6_exactly(untrained: list[Run]) -> None:
    """The made-up networks obey the formulas, with the weights that their norms say."""
    tables = theory.tables(untrained)
    keys = ["init", "quantity", "layer"]
    wide = tables["points"].pivot(index=keys, columns="source", values="variance")
    known = wide.dropna(subset="predicted")
    assert known["measured"].to_numpy() == pytest.approx(known["predicted"].to_numpy())
    exact = tables["ratios"].query("init != 'normalized_hidden'")  # made with n Var[W] = 1, not 1.3
    assert exact["ratio"].to_numpy() == pytest.approx(1)
    found = [v for v in theory.verdicts(tables) if v.subject["init"] != "normalized_hidden"]
    assert {verdict.outcome for verdict in found} == {"reproduced"} and len(found) == 10


def test_where_a_formula_starts_it_is_not_judged(untrained: list[Run]) -> None:
    """There it is right by construction."""
    layers = theory.tables(untrained)["ratios"].groupby("formula")["layer"].agg(lambda own: sorted(set(own)))
    assert layers.to_dict() == {
        "eq. 5": [2, 3, 4, 5],
        "eq. 6": [1, 2, 3, 4],
        "eq. 7": [2, 3, 4],
        "eq. 13": [1, 2, 3, 4],
        "eq. 14": [2, 3, 4],
    }


def test_eq_13_is_a_power_of_n_var_w_and_eq_14_is_flat(untrained: list[Run]) -> None:
    rows = theory.tables(untrained)["points"].query("source == 'equal widths' and init == 'standard'")
    down, flat = (
        rows[rows["quantity"] == name].sort_values("layer")["variance"] for name in ("ds_batch_std", "dW_std")
    )
    assert (down.to_numpy()[1:] / down.to_numpy()[:-1]) == pytest.approx(3)
    assert flat.nunique() == 1 and len(flat) == 4


def test_each_initialization_is_judged_by_itself(untrained: list[Run]) -> None:
    tables = dict(theory.tables(untrained))
    ratios = tables["ratios"]
    odd = (ratios["formula"] == "eq. 5") & (ratios["init"] == "normalized")
    tables["ratios"] = ratios.assign(ratio=ratios["ratio"].mask(odd, 0.5))
    found = {(v.claim, v.subject["init"]): v for v in theory.verdicts(tables)}
    assert found["linear_theory.5", "standard"].holds == (4, 4)
    assert found["linear_theory.5", "normalized"].holds == (0, 4)
    assert found["linear_theory.6", "normalized"].outcome == "reproduced"


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
    assert [title.partition(" and ")[2] for title in titles] == ["eq. 5", "eqs. 6, 13", "eqs. 7, 14"]
    assert len(theory.summary(tables)) == 15
