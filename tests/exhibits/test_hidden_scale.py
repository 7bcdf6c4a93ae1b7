from collections.abc import Callable

import numpy as np
import pytest

from repro.evidence import EvidenceError, claims, selection
from repro.exhibits import hidden_scale
from repro.experiment.components import Init
from repro.experiment.settings import Dataset
from repro.runs.folder import Run

Fake = Callable[..., Run]


@pytest.fixture(scope="module")
def runs(fake: Fake) -> list[Run]:
    return [
        fake(init=Init("normalized_hidden", (("scale", scale),)), seed=seed, updates=0)
        for scale in (1.1, 1.3, 1.5)
        for seed in (0, 1, 2)
    ]


def test_the_c_behind_known_values_is_found() -> None:
    """Quantities that go like powers of c, with a factor of their own for each seed; made at c = 1.27."""
    theirs = hidden_scale.papers()
    powers = np.linspace(-2, 2, len(theirs))
    theirs = theirs.assign(value=1.27**powers, error=1e-6)
    offsets = {0: -0.01, 1: 0.0, 2: 0.01}
    grid = np.log(hidden_scale.GRID)
    curves = {seed: np.outer(grid + offset, powers) for seed, offset in offsets.items()}
    found = hidden_scale.fitted(theirs, curves).set_index("figure")
    assert found["c"].to_numpy() == pytest.approx(1.27, abs=0.002)
    wanted = 4.30265 * 1.27 * 0.01 * np.sqrt(4 / 3)  # t for 2 degrees of freedom, sd 1 %, one more draw
    assert found["seeds"].to_numpy() == pytest.approx(wanted, rel=0.05)
    assert found["reading"].max() < 0.003


def test_a_larger_error_of_reading_widens_the_interval() -> None:
    theirs = hidden_scale.papers()
    curve = np.outer(np.log(hidden_scale.GRID), np.full(len(theirs), 2.0)) + np.log(
        theirs["value"].to_numpy()
    )
    halves = [
        hidden_scale.fitted(theirs.assign(error=share * theirs["value"]), {0: curve, 1: curve})["reading"]
        for share in (0.01, 0.05)
    ]
    assert (halves[1] > 3 * halves[0]).all()


def test_made_up_runs_end_to_end(runs: list[Run]) -> None:
    """Made-up stds of z are .31 at c = 1.3, as in the paper's Figure 10 (.312 to .316)."""
    tables = hidden_scale.tables(runs)
    assert tables["points"].set_index("figure").loc["Figure 10", "c"] == pytest.approx(1.3, abs=0.03)
    assert len(hidden_scale.draw(tables).axes[0].get_yticks()) == 6
    assert hidden_scale.summary(tables)["fitted"].tolist()[-1] == hidden_scale.ALL


def test_each_range_of_inputs_has_its_fit(fake: Fake, runs: list[Run]) -> None:
    wide = [
        fake(
            init=Init("normalized_hidden", (("scale", scale),)),
            seed=seed,
            updates=0,
            dataset=Dataset(low=-1.0),
        )
        for scale in (1.1, 1.3, 1.5)
        for seed in (0, 1)
    ]
    tables = hidden_scale.tables([*runs, *wide])
    counts = tables["points"].groupby("inputs", sort=False)["n"].agg(["size", "max"])
    assert counts.loc["[0, 1]"].tolist() == [6, 3] and counts.loc["[-1, 1]"].tolist() == [6, 2]
    assert len(hidden_scale.draw(tables).axes[0].get_yticks()) == 6
    (verdict,) = claims.of_exhibit("hidden_scale", tables)
    assert (verdict.claim, verdict.holds[1]) == ("D3", 2)


def test_needs_three_scales_and_two_seeds(runs: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="three values"):
        hidden_scale.tables([run for run in runs if selection.init_scale(run) < 1.4])
    with pytest.raises(EvidenceError, match="two seeds"):
        hidden_scale.tables([run for run in runs if run.experiment.seed == 0])
