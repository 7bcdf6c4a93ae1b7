"""C8 to C10: the paper's Figures 3 and 4 with something changed."""

import pandas as pd
import pytest

from repro.evidence.claims.rule import RULES
from repro.evidence.claims.saturation import figure3, figure4
from repro.evidence.verdict import Verdict


@pytest.fixture
def courses() -> pd.DataFrame:
    return figure3()[0]


def judged(claim: str, courses: pd.DataFrame) -> Verdict:
    return RULES[claim].verdict({"fig03": {"courses": courses.assign(source="ours")}})


def ends(points: pd.DataFrame, networks: pd.DataFrame) -> Verdict:
    return RULES["C10"].verdict({"fig04": {"points": points.assign(source="ours"), "networks": networks}})


def test_the_papers_layers_saturate_one_after_the_other(courses: pd.DataFrame) -> None:
    found = judged("C8", courses)
    assert (found.outcome, found.holds) == ("reproduced", (8, 8))
    assert [m.value for m in found.measures[:4]] == [4, 20, 36, 64]


def test_two_layers_in_the_wrong_order_refute_a_step_at_any_length(courses: pd.DataFrame) -> None:
    swapped = courses.assign(layer=courses["layer"].replace({2: 3, 3: 2}))
    assert (judged("C8", swapped).outcome, judged("C8", swapped).holds) == ("partly", (7, 8))
    early = judged("C8", swapped[swapped["epoch"] <= 24])
    (step,) = [m for m in early.measures if len(m.of) == 2 and m.of["layer"] == 3]
    assert (early.outcome, step.holds, step.final) == ("fails so far", False, True)


def test_layers_that_never_saturate_refute_at_full_length(courses: pd.DataFrame) -> None:
    low = courses.assign(value=0.5)
    assert (judged("C8", low).outcome, judged("C8", low).holds) == ("not reproduced", (0, 4))
    assert judged("C8", low[low["epoch"] <= 12]).outcome == "not tested"
    assert judged("C8", courses[courses["epoch"] <= 24]).outcome == "holds so far"


def test_softsign_by_the_papers_own_slope_is_flatter_than_tanh(courses: pd.DataFrame) -> None:
    found = judged("C9", courses)
    assert (found.outcome, found.holds, found.papers) == ("partly", (3, 4), "partly")
    assert found.measures[-1].value == pytest.approx(1.73, abs=0.01)
    flat = (courses["quantity"] == "saturated") & (courses["activation"] == "softsign")
    assert judged("C9", courses.assign(value=courses["value"].mask(flat, 0.01))).outcome == "reproduced"


def test_softsign_that_goes_like_tanh_refutes_c9(courses: pd.DataFrame) -> None:
    tanh = courses[courses["activation"] == "tanh"]
    found = judged("C9", pd.concat([tanh, tanh.assign(activation="softsign")]))
    assert (found.outcome, found.holds) == ("not reproduced", (0, 4))


def test_softsign_is_open_before_the_bend(courses: pd.DataFrame) -> None:
    p98 = courses["quantity"] != "saturated"
    flat = courses[~p98].assign(epoch=0.0)
    for epoch, wanted in ((8, "not tested"), (20, "fails so far")):
        rows = pd.concat([courses[p98 & (courses["epoch"] <= epoch)], flat])
        assert judged("C9", rows).outcome == wanted


def test_every_range_of_inputs_is_judged(courses: pd.DataFrame) -> None:
    softsign = courses[courses["activation"] == "softsign"]
    rows = pd.concat([courses.assign(inputs="[0, 1]"), softsign.assign(inputs="[-1, 1]", wide=True)])
    assert judged("C9", rows).holds == (6, 8)


def test_the_papers_histograms_pass() -> None:
    assert ends(*figure4()).outcome == "reproduced"


def test_networks_swapped_refute_c10() -> None:
    points, networks = figure4()
    swapped = points.assign(network=points["network"].replace({"tanh": "softsign", "softsign": "tanh"}))
    found = ends(swapped, networks)
    held = {(m.of["network"], m.of["what"]) for m in found.measures if m.holds}
    assert ("tanh", "mass in the spikes") not in held
    assert ("softsign", "mass beyond the edge") not in held
    assert found.outcome == "partly"


def test_a_trace_beyond_the_edge_is_no_spike() -> None:
    """.3 % of the mass in the last cells, higher than those before them."""
    points, networks = figure4()
    inner = points["density"].mask(points["x"].abs() > 0.7, 0.0)
    tiny = points.assign(density=inner.mask(points["x"].abs() > 0.98, 0.1))
    found = ends(tiny, networks)
    assert not any(m.holds for m in found.measures if m.of["what"] == "mass in the spikes")
    assert all(m.holds for m in found.measures if m.of["what"] == "rise to ±1")


def test_histograms_of_short_trainings() -> None:
    points, networks = figure4()
    assert ends(points, networks.assign(epochs=5.0)).outcome == "not tested"
    assert ends(points, networks.assign(epochs=50.0)).outcome == "holds so far"
    lost = ends(points[points["network"] == "softsign"], networks)
    assert (lost.outcome, lost.reason) == ("not tested", "tanh diverged")
