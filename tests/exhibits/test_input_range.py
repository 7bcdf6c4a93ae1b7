import math
from collections.abc import Callable
from pathlib import Path

import pytest

from repro import exhibits
from repro.evidence import claims
from repro.exhibits import input_range
from repro.experiment.settings import Dataset, Monitor
from repro.report.page import render
from repro.runs.folder import Run

Fake = Callable[..., Run]
BOTH = Dataset(low=-1.0)
RATES = (0.01, 0.1)


def outcome(runs: list[Run], claim: str) -> str:
    (found,) = [
        v for v in input_range.verdicts(input_range.tables(runs)) if v.claim == f"input_range.{claim}"
    ]
    return found.outcome


def test_findings(both_ranges: list[Run]) -> None:
    found = input_range.verdicts(input_range.tables(both_ranges))
    assert [(v.claim, v.outcome) for v in found] == [
        ("input_range.plateau", "supported"),
        ("input_range.gain", "holds so far"),
    ]
    assert all(v.statement.startswith("Our finding: ") for v in found)


def test_escapes_are_what_is_judged(both_ranges: list[Run]) -> None:
    plateau = input_range.verdicts(input_range.tables(both_ranges))[0]
    assert [(m.of["inputs"], m.of["lr"], m.value, m.holds) for m in plateau.measures] == [
        ("[0, 1]", 0.01, 100_000, None),
        ("[-1, 1]", 0.01, math.inf, True),
        ("[-1, 1]", 0.1, math.inf, True),
    ]


def test_what_normalization_gains(both_ranges: list[Run]) -> None:
    gain = input_range.verdicts(input_range.tables(both_ranges))[-1]
    assert [(m.of["inputs"], round(m.value, 6), m.holds) for m in gain.measures] == [
        ("[0, 1]", 4, None),
        ("[-1, 1]", 15.4, True),
    ]


def but(runs: list[Run], activation: str, init: str, low: float) -> list[Run]:
    kind = activation, init, low
    return [
        run
        for run in runs
        if (run.experiment.activation.name, run.experiment.init.name, run.experiment.dataset.low) != kind
    ]


def test_networks_that_learn_at_once_refute_the_plateau(fake: Fake, both_ranges: list[Run]) -> None:
    learned = but(both_ranges, "tanh", "standard", -1) + [
        fake(dataset=BOTH, lr=lr, last=0.7, depth=5) for lr in RATES
    ]
    assert (outcome(learned, "plateau"), outcome(learned, "gain")) == ("not supported", "fails so far")


def test_short_runs_can_be_drawn(fake: Fake) -> None:
    """The paper's first point lies beyond their end."""
    short = {"updates": 200, "curve_every": 100, "monitor": Monitor(every=100)}
    runs = [
        fake(activation=activation, init=init, dataset=data, **short)
        for activation, init in (("tanh", "standard"), ("tanh", "normalized"), ("softsign", "standard"))
        for data in (Dataset(), BOTH)
    ]
    tables = input_range.tables(runs)
    assert len(input_range.draw(tables).axes) == 6
    assert claims.RULES["D5"].verdict({"input_range": tables}).outcome == "not tested"
    cells = input_range.summary(tables).astype(str).to_numpy().ravel().tolist()
    assert not any("nan" in cell for cell in cells)


@pytest.mark.parametrize("update", [7000, 20])
@pytest.mark.parametrize(
    ("activation", "init", "row"),
    [("tanh", "standard", 0), ("tanh", "normalized", 1), ("softsign", "standard", 2)],
)
def test_divergence_is_marked_and_nothing_is_concluded_from_it(
    activation: str, init: str, row: int, update: int, fake: Fake, both_ranges: list[Run], tmp_path: Path
) -> None:
    """All runs of a network with inputs in [-1, 1]; at update 20 before their first point."""
    lost = [
        fake(root=tmp_path, activation=activation, init=init, dataset=BOTH, lr=lr, diverged_at=update)
        for lr in RATES
    ]
    found = exhibits.evidence("input_range", [*but(both_ranges, activation, init, -1), *lost], "quick")
    untested = {verdict.claim for verdict in found.verdicts if verdict.outcome == "not tested"}
    assert (
        untested
        == {
            0: {"input_range.plateau", "D5", "input_range.gain"},
            1: {"input_range.gain"},
            2: {"D5"},
        }[row]
    )
    axes = input_range.draw(found.tables).axes[2 * row]
    (crosses,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert crosses.get_xdata().tolist() == [{7000: 0.05, 20: 0}[update]] * 2
    assert sum("1 of 1 diverged" in text.get_text() for text in axes.texts) == 2
    page = render(exhibits.load("input_range"), found, [])
    assert page.count("1, 1 diverged") == 2 and "nan" not in page


def test_the_whole_of_one_network_may_be_lost(fake: Fake, both_ranges: list[Run], tmp_path: Path) -> None:
    others = but(but(both_ranges, "tanh", "standard", 0), "tanh", "standard", -1)
    runs = [*others, *(fake(root=tmp_path, dataset=data, diverged_at=20) for data in (Dataset(), BOTH))]
    plateau = input_range.verdicts(input_range.tables(runs))[0]
    assert (plateau.outcome, plateau.measures) == ("not tested", ())
