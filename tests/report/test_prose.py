import math
from dataclasses import replace
from typing import get_args

import pytest

from repro.evidence.conditions import Conditions, conditions
from repro.evidence.verdict import Measure, Outcome, Verdict, not_tested
from repro.experiment.settings import Dataset
from repro.report import prose
from repro.runs import Run


def verdict(*measures: Measure, **more: object) -> Verdict:
    plain = Verdict("fig07.peaks", "partly", "peak", "", "within 10%", measures, statement="Figure 7: peaks")
    return replace(plain, **more)  # type: ignore[arg-type]


def test_row_of_a_verdict() -> None:
    layers = [Measure({"layer": i}, 1.2 * i, paper=1.3 * i, n=3, holds=i < 2) for i in (1, 2)]
    assert prose.row(verdict(*layers, subject={"init": "standard"})) == {
        "claim": "Figure 7: peaks (standard)",
        "outcome": "**partly**",
        "measured": "peak: 1.20, 2.40 ✗ (n = 3)",
        "paper": "1.30, 2.60",
        "why": "1 of 2: within 10%",
    }


def test_claims_of_the_paper_are_quoted_with_their_id() -> None:
    text = prose.name(verdict(claim="C21", subject={"depth": 4, "inputs": "[0, 1]"}))
    assert text == (
        "**C21** Softsign depends less on the initialization than tanh does. (depth 4, inputs in [0, 1])"
    )


def test_contradictions_of_the_paper_have_their_id_too() -> None:
    assert prose.name(verdict(claim="D3", kind="ours")).startswith(
        "**D3** The normalized panels of Figures 6"
    )


def test_what_the_paper_says_in_words_comes_before_its_numbers() -> None:
    row = prose.row(verdict(Measure({}, 1.0, paper=1.5), paper="about 1"))
    assert row["paper"] == "about 1; 1.50"


def test_numbers_are_listed_by_all_columns_but_the_last() -> None:
    measures = [
        Measure({"init": init, "layer": i}, i) for init in ("standard", "normalized") for i in (1.0, 2.0)
    ]
    measured = prose.row(verdict(*measures))["measured"]
    assert measured == "peak: standard 1.00, 2.00; normalized 1.00, 2.00 (n = 1)"


def test_numbers_of_other_columns_are_labelled() -> None:
    errors = [Measure({"model": name}, error) for name, error in (("Tanh", 27.15), ("Tanh N", 15.6))]
    assert prose.row(verdict(*errors, unit="%"))["measured"] == "peak: Tanh 27.1 %, Tanh N 15.6 % (n = 1)"
    heights = [Measure({"cost": "quadratic", "w1": w, "w2": 4.0}, 0.5) for w in (-4.0, 4.0)]
    assert prose.row(verdict(*heights))["measured"] == (
        "peak: quadratic W1 = -4 W2 = 4: 0.500; quadratic W1 = 4 W2 = 4: 0.500 (n = 1)"
    )


def test_equal_numbers_of_the_paper_are_one() -> None:
    layers = [Measure({"init": "standard", "layer": i}, 1.0, paper=1 / 3) for i in (1, 2, 3)]
    assert prose.row(verdict(*layers))["paper"] == "standard 0.333"


def test_interval_and_p_stand_behind_a_number_of_its_own() -> None:
    one = Measure({}, 1.2322, low=1.1214, high=1.343, p=3.4e-36, n=5)
    assert prose.row(verdict(one))["measured"] == "peak: 1.23 (1.12 to 1.34, p = 3e-36) (n = 5)"
    listed = [Measure({"layer": i}, 1.0, low=0.9, high=1.1) for i in (1, 2)]
    assert prose.row(verdict(*listed))["measured"] == "peak: 1.00, 1.00 (n = 1)"


def test_numbers_that_are_not_there() -> None:
    assert prose.row(verdict())["measured"] == "peak: no value"
    assert prose.row(verdict(Measure({"layer": 1}, math.nan)))["measured"] == "peak: no value (n = 1)"
    assert prose.row(verdict(Measure({"layer": 1}, math.inf)))["measured"] == "peak: ∞ (n = 1)"


def test_without_seeds_there_is_no_n() -> None:
    assert prose.row(verdict(Measure({}, 1.0, n=0)))["measured"] == "peak: 1.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (27.15, "27.1"),
        (0.012345, "0.0123"),
        (20_000, "20,000"),
        (9.996, "10.0"),
        (0, "0"),
        (-3.556, "-3.56"),
        (2.5e-36, "2.50e-36"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (math.nan, "none"),
    ],
)
def test_number_with_three_figures(value: float, text: str) -> None:
    assert prose.number(value, verdict()) == text


def test_number_with_its_unit_and_other_figures() -> None:
    assert prose.number(27.15, verdict(unit="%", figures=2)) == "27 %"


def test_why_is_the_rule_or_the_reason() -> None:
    assert prose.why(verdict()) == "within 10%"
    assert prose.why(not_tested(verdict(Measure({}, 1.0, holds=True)), "too short")) == "too short"


def test_a_number_that_is_open_says_so() -> None:
    row = prose.row(verdict(Measure({"layer": 1}, 1.0, final=False)))
    assert row["measured"] == "peak: 1.00 (still open) (n = 1)"


def test_why_says_what_is_lacking_and_where_the_paper_contradicts_itself() -> None:
    one = verdict(Measure({}, 1.0, holds=True), lacks=("1 of 3 seeds",), contradiction="Its text differs.")
    assert prose.why(one) == "1 of 1 (1 of 3 seeds): within 10% Its text differs."


def test_the_papers_own_data_stand_beside_ours() -> None:
    assert prose.row(verdict(paper="about 1", papers="partly"))["paper"] == "about 1; its own data: partly"


def test_one_sentence_for_a_page() -> None:
    lacking = {"lacks": ("1 % of the paper's training", "rate not searched")}
    found = [
        verdict(outcome="holds so far", **lacking),
        verdict(outcome="holds so far", lacks=("rate not searched",)),
        verdict(outcome="reproduced"),
        verdict(outcome="not tested", lacks=("1 of 3 seeds",)),
    ]
    assert prose.sentence(found) == (
        "Of 4 statements 1 is reproduced, 2 hold so far, 1 is not tested "
        "(1 % of the paper's training, rate not searched)."
    )
    assert prose.sentence(found[2:3]) == "Of 1 statement 1 is reproduced."
    assert prose.sentence([]) == prose.sentence([], "jacobian_training") == "The paper says nothing on this."
    assert prose.sentence([], "two_costs").startswith("Evidence for C11, together with other pages")
    assert set(prose._COUNTS) == set(get_args(Outcome))


def test_conditions_in_one_line(untrained: list[Run]) -> None:
    assert prose.conditions(conditions(untrained, "quick", "fig06")) == (
        "scale quick · seeds 0-2 · ε 0.01 · 0 updates · inputs in [0, 1] · 300 monitored, 2,000 test examples"
    )


def test_conditions_count_what_diverged(fake, untrained: list[Run]) -> None:  # type: ignore[no-untyped-def]
    runs = [*untrained, fake(state="diverged", seed=9)]
    assert prose.conditions(conditions(runs, "lab")).endswith(f"· 1 of {len(runs)} runs diverged")


def test_conditions_say_what_is_unlike_the_paper(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(width=50), fake(width=50, dataset=Dataset(low=-1.0))]
    text = prose.conditions(conditions(runs, "smoke"))
    assert text.endswith("width 50 (paper: 1000)")
    assert "inputs in [-1, 1] and [0, 1]" in text


def test_conditions_without_runs() -> None:
    assert prose.conditions(Conditions("quick", 0)) == "scale quick · no training"


def test_conditions_name_a_stand_in(fake) -> None:  # type: ignore[no-untyped-def]
    text = prose.conditions(conditions([fake(dataset=Dataset("cifar10_holdout"))], "quick", "fig12"))
    assert "CIFAR-10, test set held out of the training images" in text
    assert "paper:" not in text
