from collections.abc import Callable

import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.exhibits import input_range
from repro.experiment.settings import Dataset, Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]
BOTH = Dataset(low=-1.0)
RATES = (0.01, 0.1)


@pytest.fixture(scope="module")
def runs(fake: Fake) -> list[Run]:
    """Made up: what the findings say. The paper's softsign ends at 69.4 %, its tanh at 73.6 %."""
    return [
        *(fake(init=init) for init in ("standard", "normalized")),
        *(fake(dataset=BOTH, lr=lr, last=0.834) for lr in RATES),
        *(fake(init="normalized", dataset=BOTH, lr=lr, last=0.68) for lr in RATES),
        *(fake(activation="softsign", lr=lr, last=0.78) for lr in RATES),
        *(fake(activation="softsign", dataset=BOTH, lr=lr, last=0.686 + lr / 5) for lr in RATES),
    ]


def verdict(runs: list[Run], start: str) -> str:
    (found,) = [v.verdict for v in input_range.verdicts(runs) if v.claim.startswith(f"Our finding: {start}")]
    return found


def test_prior_entropy() -> None:
    assert pytest.approx(2.110, abs=0.001) == input_range.PRIOR_ENTROPY


def test_every_combination_is_a_row(runs: list[Run]) -> None:
    ends = input_range.last_points(runs).set_index(["network", "inputs", "lr"])
    assert len(ends) == 10
    assert ends.loc[("Tanh", "[-1, 1]", 0.1), "error"] == pytest.approx(83.4)
    assert ends.loc[("Tanh", "[0, 1]", 0.01), "paper"] == pytest.approx(73.6)
    assert ends.loc[("Tanh", "[0, 1]", 0.01), "excess"] == pytest.approx(2 * 0.74 - input_range.PRIOR_ENTROPY)
    assert ends.loc[("Softsign", "[-1, 1]", 0.1), "error"] == pytest.approx(70.6)


def test_the_distance_is_that_of_the_whole_curve(runs: list[Run]) -> None:
    rows = input_range.table(runs)
    ours = rows.query("network == 'Softsign' and inputs == '[0, 1]' and lr == 0.1").set_index("examples")[
        "error"
    ]
    theirs = rows.query("network == 'Softsign' and source == 'paper'").set_index("examples")["error"]
    ends = input_range.last_points(runs).set_index(["network", "inputs", "lr"])
    wanted = (ours - theirs.loc[ours.index]).abs().mean()  # both have a point every 50,000 examples
    assert ends.loc[("Softsign", "[0, 1]", 0.1), "distance"] == pytest.approx(wanted)


def test_findings(runs: list[Run]) -> None:
    assert verdict(runs, "standard tanh with inputs in [-1, 1] stays") == "reproduced"
    assert verdict(runs, "what the normalized") == "reproduced"
    assert verdict(runs, "the paper's tanh") == "reproduced"
    assert verdict(runs, "the paper's softsign") == "reproduced"


def test_networks_that_learn_at_once_refute_the_plateau(fake: Fake, runs: list[Run]) -> None:
    stays = [run for run in runs if (run.experiment.activation, run.experiment.init) == ("tanh", "standard")]
    others = [run for run in runs if run not in stays or run.experiment.dataset.low == 0]
    learned = others + [fake(dataset=BOTH, lr=lr, last=0.7, depth=5) for lr in RATES]
    assert verdict(learned, "standard tanh") == verdict(learned, "what the") == "not reproduced"


def test_escape_is_the_first_point_off_the_plateau(runs: list[Run]) -> None:
    """Made up: [0, 1] ends at 74 %, by a parabola from 90 %; with [-1, 1] the errors stay above 83 %."""
    found = input_range.escapes(runs, "Tanh").set_index(["inputs", "lr"])
    assert found.loc[("[0, 1]", 0.01), "examples"] == 100_000  # 82.9 % at 50,000, 78 % here
    assert found.loc["[-1, 1]", "examples"].isna().all()
    assert (found["last"] == 200_000).all()


def ends(first: float, second: float, examples: int) -> pd.DataFrame:
    """Softsign at two learning rates with [0, 1], then at one with [-1, 1], at the given mean distances."""
    rows = [("[0, 1]", 0.01, 30.0), ("[0, 1]", 0.1, first), ("[-1, 1]", 0.01, second)]
    table = pd.DataFrame(rows, columns=["inputs", "lr", "distance"])
    return table.assign(network="Softsign", examples=examples)


@pytest.mark.parametrize(
    ("first", "second", "examples", "wanted"),
    [
        (8, 2, 200_000, "reproduced"),  # clear at any length
        (3, 2, 200_000, "not tested"),
        (3, 2, 2_000_000, "partly"),
        (2, 3, 200_000, "not tested"),
        (2, 3, 2_000_000, "not reproduced"),
    ],
)
def test_a_curve_belongs_to_the_nearer_range(first: float, second: float, examples: int, wanted: str) -> None:
    found = input_range.belongs(ends(first, second, examples), "Softsign", "[-1, 1]")
    assert found.verdict == wanted
    assert f"{first:.1f} points with [0, 1] (ε 0.1)" in found.measured


def test_a_missing_range_is_named(runs: list[Run]) -> None:
    with pytest.raises(EvidenceError, match=r"no Tanh run with inputs in \[-1, 1\] among the 2 given"):
        input_range.draw(runs[:2])


def test_short_runs_can_be_drawn(fake: Fake) -> None:
    """The paper's first point lies beyond their end."""
    short = {"updates": 200, "curve_every": 100, "monitor": Monitor(every=100)}
    runs = [
        fake(activation=activation, init=init, dataset=data, **short)
        for activation, init in (("tanh", "standard"), ("tanh", "normalized"), ("softsign", "standard"))
        for data in (Dataset(), BOTH)
    ]
    assert len(input_range.draw(runs).axes) == 6
    assert verdict(runs, "the paper's softsign") == verdict(runs, "the paper's tanh") == "not tested"
    cells = input_range.summary(runs).astype(str).to_numpy().ravel().tolist()
    assert not any("nan" in cell for cell in cells)
