"""D1 to D6: the paper's own numbers, and ones that would not contradict."""

import pandas as pd
import pytest

from repro.evidence.claims.contradictions import ends_and_table
from repro.evidence.claims.rule import RULES, Finding
from repro.evidence.claims.sigmoid import figure2, figure11
from repro.evidence.verdict import Verdict


def held(finding: Finding) -> list[bool | None]:
    return [measure.holds for measure in finding.measures]


def test_figures_2_and_11_disagree_on_the_escape() -> None:
    (courses,), (seeds,) = figure2(), figure11()
    found = RULES["D1"].finding(courses, seeds)
    assert [m.value for m in found.measures] == [19_600_000, 7_100_000]
    assert held(found) == [True, None]
    same = courses.assign(epoch=courses["epoch"] * 0.4)
    assert held(RULES["D1"].finding(same, seeds)) == [False, None]


def test_table_1_is_the_end_of_figure_11() -> None:
    seeds, table = ends_and_table()
    assert all(held(RULES["D2"].finding(seeds, table)))
    assert not any(held(RULES["D2"].finding(seeds, table.assign(error=table["error"] - 5))))


@pytest.mark.parametrize(("c", "outcome"), [(1.25, "supported"), (1.05, "not supported")])
def test_eq_16_is_left_out_by_the_interval_of_all_panels(c: float, outcome: str) -> None:
    points = pd.DataFrame({"figure": ["Figure 6", "All"], "c": [1.0, c], "half": 0.1, "n": 5})
    points = points.assign(inputs="[0, 1]")
    found = RULES["D3"].verdict({"hidden_scale": {"points": points}})
    assert (found.outcome, found.holds[1]) == (outcome, 1)
    assert (found.measures[1].value, found.measures[1].low) == pytest.approx((c, c - 0.1))


def peaks(ratio: float) -> pd.DataFrame:
    ratios = {"standard": ratio, "normalized": 99.0}
    rows = [(init, layer, value, 5) for init, value in ratios.items() for layer in range(1, 6)]
    return pd.DataFrame(rows, columns=["init", "layer", "ratio", "n"])


@pytest.mark.parametrize(
    ("ratio", "outcome"), [(1.1, "supported"), (10.0, "not supported"), (3.2, "not supported")]
)
def test_gradients_are_sums(ratio: float, outcome: str) -> None:
    """10: the paper averages over its mini-batches; about 3.2: it takes single examples."""
    tables = {"fig07": {"peaks": peaks(ratio)}, "fig08": {"peaks": peaks(ratio)}}
    assert RULES["D4"].verdict(tables).outcome == outcome


def ranges(tanh: tuple[float, float], softsign: tuple[float, float], examples: int = 2_000_000) -> Verdict:
    """Mean distances with [0, 1] and [-1, 1], and a worse rate of each."""
    rows = [
        {"network": network, "inputs": inputs, "lr": lr, "distance": distance + 100 * (lr - 0.01)}
        for network, own in (("Tanh", tanh), ("Softsign", softsign))
        for inputs, distance in zip(("[0, 1]", "[-1, 1]"), own, strict=True)
        for lr in (0.01, 0.1)
    ]
    ends = pd.DataFrame(rows).assign(examples=examples, n=1, lost=False)
    return RULES["D5"].verdict({"input_range": {"ends": ends}})


def test_no_single_range_of_inputs() -> None:
    assert ranges((2.0, 20.0), (20.0, 2.0)).outcome == "supported"
    assert ranges((2.0, 20.0), (2.0, 20.0)).outcome == "not supported"
    assert ranges((2.0, 3.0), (20.0, 2.0)).outcome == "not supported"
    assert ranges((2.0, 20.0), (20.0, 2.0), 200_000).outcome == "holds so far"


def test_eq_13_and_the_variance_of_the_inputs() -> None:
    def of(ratio: float) -> str:
        rows = [("[0, 1]", layer, 0.1) for layer in (1, 2)] + [
            ("[-1, 1]", layer, 0.1 * ratio) for layer in (1, 2)
        ]
        table = pd.DataFrame(rows, columns=["inputs", "layer", "variance"])
        before = pd.concat([table.assign(lr=lr) for lr in (0.01, 0.1)]).assign(network="Tanh", n=1)
        return RULES["D6"].verdict({"input_range": {"before": before}}).outcome

    assert [of(1.1), of(4.0)] == ["supported", "not supported"]
