import math
from collections.abc import Callable

import pytest

from repro.config import Dataset
from repro.exhibits import ExhibitError, input_range
from repro.runs import Run

Fake = Callable[..., Run]
BOTH = Dataset(low=-1.0)


@pytest.fixture(scope="module")
def runs(fake: Fake) -> list[Run]:
    return [
        *(fake(init=init) for init in ("standard", "normalized")),
        *(fake(dataset=BOTH, lr=lr, last=0.834) for lr in (0.01, 0.1)),
        *(fake(init="normalized", dataset=BOTH, lr=lr, last=0.68) for lr in (0.01, 0.1)),
    ]


def test_prior_entropy() -> None:
    assert pytest.approx(2.110, abs=0.001) == input_range.PRIOR_ENTROPY


def test_every_combination_is_a_row(runs: list[Run]) -> None:
    ends = input_range.last_points(runs).set_index(["network", "inputs", "lr"])
    assert len(ends) == 6
    assert ends.loc[("Tanh", "[-1, 1]", 0.1), "error"] == pytest.approx(83.4)
    assert ends.loc[("Tanh", "[0, 1]", 0.01), "paper"] == pytest.approx(73.6)
    assert ends.loc[("Tanh", "[0, 1]", 0.01), "excess"] == pytest.approx(2 * 0.74 - input_range.PRIOR_ENTROPY)


def test_findings(fake: Fake, runs: list[Run]) -> None:
    assert [v.verdict for v in input_range.verdicts(runs)] == ["reproduced"] * 3
    learned = [fake(dataset=BOTH, lr=lr, last=0.7, seed=0, depth=5) for lr in (0.01, 0.1)]
    others = [run for run in runs if run.experiment.init == "normalized" or run.experiment.dataset.low == 0]
    assert [v.verdict for v in input_range.verdicts(others + learned)][::2] == ["not reproduced"] * 2


def test_a_missing_range_is_named(runs: list[Run]) -> None:
    with pytest.raises(ExhibitError, match=r"no Tanh run with inputs in \[-1, 1\] among the 2 given"):
        input_range.draw(runs[:2])


def test_short_runs_can_be_drawn(fake: Fake) -> None:
    from repro.config import Monitor

    short = {"updates": 200, "curve_every": 100, "monitor": Monitor(every=100)}
    runs = [
        fake(init=init, dataset=data, **short)
        for init in ("standard", "normalized")
        for data in (Dataset(), BOTH)
    ]
    assert len(input_range.draw(runs).axes) == 4
    assert not any("nan" in v.paper and math.isnan(0) for v in input_range.verdicts(runs))
