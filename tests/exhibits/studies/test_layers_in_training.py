"""Updates, directions and noise of made-up networks: formulas, rules that hold, fail, or have no pair."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError
from repro.exhibits.studies import layers_in_training
from repro.reproduce import experiments_of
from repro.runs import Run

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def runs(fake: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    root: Path = tmp_path_factory.mktemp("layers")
    return [fake(root=root, **vars(e)) for e, _ in experiments_of("layers_in_training", "quick", [])]


@pytest.fixture(scope="module")
def tables(runs: list[Run]) -> Tables:
    return dict(layers_in_training.tables(runs))


def outcomes(tables: Tables) -> dict[str, str]:
    return {v.claim.partition(".")[2]: v.outcome for v in layers_in_training.verdicts(tables)}


def changed(tables: Tables, quantity: str, value: Callable[[pd.DataFrame], object]) -> Tables:
    """The tables with other values of a quantity: `value` of its rows."""
    rows = tables["points"].copy()
    own = rows["quantity"] == quantity
    rows.loc[own, "value"] = value(rows[own])
    return {**tables, "points": rows}


def test_the_update_is_that_of_a_mini_batch(tables: Tables, runs: list[Run]) -> None:
    """Against gradients drawn at random: what a mean of ten changes, from one image's square and signal."""
    assert len(tables["networks"]) == 5
    rng = np.random.default_rng(0)
    signal, noise = rng.standard_normal(50), 3.0
    g = signal + noise * rng.standard_normal((200_000, 50))
    square = (g**2).sum(1).mean()
    common = (signal**2).sum() / square
    batches = g.reshape(-1, 10, 50).mean(1)
    expected = np.sqrt((batches**2).sum(1).mean())
    assert np.sqrt(square * (common + (1 - common) / 10)) == pytest.approx(expected, rel=5e-3)
    rows = tables["points"].query("network == 'Tanh' and layer == 2 and update == 0 and quantity == 'step'")
    W = runs[0].monitor.query("update == 0 and layer == 2 and quantity == 'W_norm'")["value"].item()
    # made up: the square is .01 times the layer, a tenth of it in common
    assert rows["value"].item() == pytest.approx(0.01 * np.sqrt(0.02 * (0.1 + 0.9 / 10)) / W)


def test_what_all_networks_meet_holds(tables: Tables) -> None:
    good = changed(
        tables, "step", lambda r: np.where(r["network"].str.endswith("N"), 1e-3, 2e-3 / r["layer"])
    )
    good = changed(good, "common", lambda r: np.where(r["update"] > 0, 0.01, 0.1))
    good = changed(good, "directions", lambda r: 20.0 - r["layer"])
    assert set(outcomes(good).values()) == {"supported"}


@pytest.mark.parametrize(
    ("rule", "quantity", "value"),
    [
        ("healthy", "step", lambda r: np.where(r["network"] == "Softsign", 3.1e-3, 1e-3)),
        ("healthy", "step", lambda r: np.where(r["layer"] == 1, 3e-4, 1e-3)),
        ("even", "step", lambda r: np.where(r["network"].str.endswith("N"), 1e-3 / r["layer"], 1e-3)),
        ("narrowing", "directions", lambda r: np.where(r["layer"] == 2, 9.0, 8.0)),
        ("noisier", "common", lambda r: np.where((r["update"] > 0) & (r["layer"] == 5), 0.2, 0.1)),
    ],
)  # fmt: skip
def test_one_network_that_fails_is_enough(
    tables: Tables, rule: str, quantity: str, value: Callable[[pd.DataFrame], object]
) -> None:
    assert outcomes(changed(tables, quantity, value))[rule] == "not supported"


def test_outputs_count_for_noise_alone(tables: Tables) -> None:
    """The made-up sigmoid network has five layers with weights, of which four are hidden."""
    quiet = changed(tables, "common", lambda r: np.where(r["update"] > 0, 0.01, 0.1))
    loud = changed(
        quiet, "common", lambda r: np.where((r["update"] > 0) & (r["layer"] == 6), 0.2, r["value"])
    )
    assert (outcomes(quiet)["noisier"], outcomes(loud)["noisier"]) == ("supported", "not supported")
    far = changed(tables, "step", lambda r: np.where(r["layer"] == 6, 1.0, 1e-3))
    assert outcomes(far)["healthy"] == "supported"


def test_shares_below_nothing_are_shown_as_they_are(tables: Tables) -> None:
    below = changed(tables, "common", lambda r: -0.01)
    axes = layers_in_training.draw(below).axes[10]
    assert {float(y) for line in axes.lines for y in line.get_ydata()} == {-1.0, 0.0}
    assert "have -1.0 to -1.0 % of their gradients" in layers_in_training.answer(below)


def test_runs_without_the_measurement_say_what_to_set(
    runs: list[Run], fake: Callable[..., Run], tmp_path: Path
) -> None:
    with pytest.raises(EvidenceError, match=r"monitor\.mechanisms=true"):
        layers_in_training.tables([fake(root=tmp_path, activation="tanh", init="standard"), *runs[1:]])
    with pytest.raises(EvidenceError, match="no run with activation=sigmoid"):
        layers_in_training.tables(runs[:-1])
