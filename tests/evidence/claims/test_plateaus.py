"""C32: the paper's Figure 2, and plateaus that are made up."""

import numpy as np
import pandas as pd
import pytest

from repro.evidence.claims.plateaus import figure2_states
from repro.evidence.claims.rule import RULES
from repro.evidence.plateau import CONSTANT
from repro.evidence.verdict import Verdict

NAMES = {"inputs": "[-1, 1]", "lr": 0.01, "n": 1}


def judged(states: pd.DataFrame, errors: pd.DataFrame) -> Verdict:
    none = states.iloc[:0], errors.iloc[:0]
    tables = {"fig02": dict(zip(("states", "test_errors"), none, strict=True))}
    tables["input_range"] = {"states": states, "test_errors": errors}
    return RULES["C32"].verdict(tables)


def network(saturated: list[float], errors: list[float], name: str = "Softsign") -> tuple[pd.DataFrame, ...]:
    """Two layers, the first never saturated; a point every 100,000 examples."""
    examples = 100_000 * np.arange(len(saturated))
    layers = [pd.DataFrame({"examples": examples, "layer": i, "saturated": s})
              for i, s in ((1, np.zeros(len(saturated))), (2, saturated))]  # fmt: skip
    about = {"network": name, **NAMES}
    curve = pd.DataFrame({"examples": examples, "error": errors})
    return pd.concat(layers).assign(**about), curve.assign(**about)


def test_the_papers_plateau_is_saturated_and_ends_with_saturation() -> None:
    found = judged(*figure2_states())
    assert (found.outcome, found.holds) == ("reproduced", (2, 2))
    assert [m.value for m in found.measures] == pytest.approx([0.76, 0.96], abs=0.01)


def test_a_plateau_that_ended_without_saturation_refutes_at_any_length() -> None:
    states, errors = network([0.1] * 4, [CONSTANT] * 3 + [60.0])
    found = judged(states, errors)
    assert (found.outcome, found.refuted) == ("not reproduced", True)
    assert found.measures[0].of["network"] == "Softsign"


def test_a_network_that_has_left_when_it_is_tested_next_has_no_long_plateau() -> None:
    """On it at the start, off it at 100,000 examples."""
    assert judged(*network([0.1] * 3, [CONSTANT, 60.0, 50.0])).outcome == "not tested"
    assert judged(*network([0.1] * 3, [CONSTANT, CONSTANT, 50.0])).outcome == "not reproduced"


def test_a_plateau_that_lasts_may_still_saturate() -> None:
    assert judged(*network([0.1] * 4, [CONSTANT] * 4)).outcome == "fails so far"


def test_a_saturated_plateau_without_an_end_holds_so_far() -> None:
    assert judged(*network([0, 0.9, 0.9, 0.9, 0.9], [CONSTANT] * 5)).outcome == "holds so far"


def test_saturation_that_stays_after_the_plateau_refutes_a_part() -> None:
    errors = [CONSTANT] * 5 + [60.0] * 5
    stays = judged(*network([0] + [0.9] * 9, errors))
    assert (stays.outcome, stays.holds) == ("partly", (1, 2))
    goes = judged(*network([0] + [0.9] * 4 + [0.1] * 5, errors))
    assert (goes.outcome, goes.holds) == ("reproduced", (2, 2))


def test_a_network_that_learns_at_once_has_no_plateau() -> None:
    found = judged(*network([0.0, 0.0], [60.0, 50.0]))
    assert (found.outcome, found.reason) == (
        "not tested",
        "no network stays on the plateau for 100,000 examples",
    )


def test_a_network_that_both_exhibits_have_counts_once() -> None:
    """That of the first, which may be trained for longer."""
    long, short = network([0.1] * 4, [CONSTANT] * 3 + [60.0]), network([0.9] * 2, [CONSTANT] * 2)
    names = ("states", "test_errors")
    tables = {
        "fig02": dict(zip(names, long, strict=True)),
        "input_range": dict(zip(names, short, strict=True)),
    }
    found = RULES["C32"].verdict(tables)
    assert [m.value for m in found.measures] == [0.0]
    assert found.outcome == "not reproduced"
