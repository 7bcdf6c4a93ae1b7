"""Saturation by |z|, by slope and by the gradient that is lost, from densities whose shares are known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from repro.evidence import EvidenceError
from repro.exhibits import saturation
from repro.runs import Run

Fake = Callable[..., Run]


def spiked(run: Run, at: float, share: float) -> Run:
    """The run with this share of all activations at ± `at`, all others at 0."""
    centres = (np.arange(200) + 0.5) / 100 - 1
    density = np.zeros(200)
    density[np.abs(centres - 0.005).argmin()] = 100 * (1 - share)
    for sign in (-1, 1):
        density[np.abs(centres - sign * at).argmin()] += 50 * share
    arrays = {f"z/{u}/{i}": np.stack([centres, density]) for u in (0, 20_000) for i in range(1, 6)}
    run.write_arrays("histograms", arrays)
    return Run(run.path)


@pytest.fixture
def networks(fake: Fake, tmp_path: Path) -> list[Run]:
    """Both have a fifth of their activations at .905: for tanh f' = .18, for softsign .009."""
    made = [fake(root=tmp_path, activation=name) for name in ("sigmoid", "tanh", "softsign")]
    return [made[0], *(spiked(run, 0.905, 0.2) for run in made[1:])]


def test_the_same_activations_lose_other_shares(networks: list[Run]) -> None:
    kept = saturation._at_end(saturation.tables(networks), "kept")
    assert kept.loc["tanh", 3] == pytest.approx(0.8 + 0.2 * (1 - 0.905**2) ** 2, abs=1e-3)
    assert kept.loc["softsign", 3] == pytest.approx(0.8 * 0.995**4 + 0.2 * 0.095**4, abs=1e-3)


def test_beyond_is_by_value(networks: list[Run]) -> None:
    tables = saturation.tables([networks[0], networks[1], spiked(networks[2], 0.965, 0.3)])
    beyond = saturation._at_end(tables, "beyond")
    assert beyond.loc["tanh"].tolist() == [0] * 5
    assert beyond.loc["softsign"].tolist() == pytest.approx([0.3] * 5)


def test_rules_can_hold_and_fail_but_short_runs_confirm_nothing(networks: list[Run]) -> None:
    tables = dict(saturation.tables(networks))
    flow = {v.claim: v for v in saturation.verdicts(tables)}["saturation.flow"]
    assert flow.outcome == "fails so far" and flow.measures[0].value == 0
    rows = tables["points"]
    softsign = rows["network"] == "softsign"
    tables["points"] = rows.assign(value=rows["value"].mask(softsign, 0.99))
    assert {v.outcome for v in saturation.verdicts(tables)} == {"holds so far"}
    tables["networks"] = tables["networks"].assign(updates=20_000)
    assert "After 20,000 updates" in saturation.answer(tables)


def test_runs_without_their_densities_are_named(fake: Fake, tmp_path: Path) -> None:
    made = [fake(root=tmp_path, activation=name) for name in ("sigmoid", "tanh", "softsign")]
    made[1].write_arrays("histograms", {})
    with pytest.raises(EvidenceError, match=r"tanh.*has no histogram z/0/1"):
        saturation.tables([Run(run.path) for run in made])
