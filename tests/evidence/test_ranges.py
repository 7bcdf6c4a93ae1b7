from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro.evidence import EvidenceError, ranges
from repro.evidence.plateau import PRIOR_ENTROPY
from repro.experiment.settings import Dataset
from repro.runs.folder import Run

Fake = Callable[..., Run]
TANH_BOTH = ("Tanh", "[-1, 1]", 0.01)


def last_points(runs: list[Run]) -> pd.DataFrame:
    return ranges.last_points(*ranges.curves_of(runs)).set_index(ranges.VARIANT)


def escapes(runs: list[Run]) -> pd.DataFrame:
    """Tanh's."""
    found = ranges.escapes(*ranges.curves_of(runs))
    return found[found["network"] == "Tanh"].set_index(["inputs", "lr"])


def test_every_combination_is_a_row(both_ranges: list[Run]) -> None:
    ends = last_points(both_ranges)
    assert len(ends) == 10
    assert ends.loc[("Tanh", "[-1, 1]", 0.1), "error"] == pytest.approx(83.4)
    assert ends.loc[("Tanh", "[0, 1]", 0.01), "paper"] == pytest.approx(73.6)
    assert ends.loc[("Tanh", "[0, 1]", 0.01), "excess"] == pytest.approx(2 * 0.74 - PRIOR_ENTROPY)
    assert ends.loc[("Softsign", "[-1, 1]", 0.1), "error"] == pytest.approx(70.6)


def test_the_distance_is_that_of_the_whole_curve(both_ranges: list[Run]) -> None:
    rows, _ = ranges.curves_of(both_ranges)
    ours = rows.query("network == 'Softsign' and inputs == '[0, 1]' and lr == 0.1").set_index("examples")[
        "error"
    ]
    theirs = rows.query("network == 'Softsign' and source == 'paper'").set_index("examples")["error"]
    wanted = (ours - theirs.loc[ours.index]).abs().mean()  # both have a point every 50,000 examples
    ends = last_points(both_ranges)
    assert ends.loc[("Softsign", "[0, 1]", 0.1), "distance"] == pytest.approx(wanted)


def test_escape_is_the_first_point_off_the_plateau(both_ranges: list[Run]) -> None:
    """Made up: [0, 1] ends at 74 %, by a parabola from 90 %; with [-1, 1] the errors stay above 83 %."""
    found = escapes(both_ranges)
    assert found.loc[("[0, 1]", 0.01), "examples"] == 100_000  # 82.9 % at 50,000, 78 % here
    assert found.loc["[-1, 1]", "examples"].isna().all()
    assert (found["last"] == 200_000).all()


def test_a_missing_range_is_named(both_ranges: list[Run]) -> None:
    with pytest.raises(EvidenceError, match=r"no Tanh run with inputs in \[-1, 1\] among the 2 given"):
        ranges.curves_of(both_ranges[:2])


def replaced(runs: list[Run], old: Run, new: Run) -> list[Run]:
    return [new if run is old else run for run in runs]


def test_what_diverged_has_a_row_with_what_there_is(
    fake: Fake, both_ranges: list[Run], tmp_path: Path
) -> None:
    lost = fake(root=tmp_path, dataset=Dataset(low=-1.0), last=0.834, diverged_at=7000)
    end = last_points(replaced(both_ranges, both_ranges[2], lost)).loc[TANH_BOTH]
    assert (end["examples"], end["lost"], end["runs"], end["diverged"]) == (50_000, True, 1, 1)
    lost = fake(root=tmp_path, dataset=Dataset(low=-1.0), last=0.834, diverged_at=20)
    ends = last_points(replaced(both_ranges, both_ranges[2], lost))
    assert len(ends) == 10 and ends.loc[TANH_BOTH, "lost"]
    assert np.isnan(ends.loc[TANH_BOTH, ["examples", "error", "distance"]].astype(float)).all()


def test_one_of_two_seeds_may_diverge(fake: Fake, both_ranges: list[Run], tmp_path: Path) -> None:
    other = fake(root=tmp_path, dataset=Dataset(low=-1.0), last=0.834, seed=1, diverged_at=7000)
    end = last_points([*both_ranges, other]).loc[TANH_BOTH]
    assert (end["examples"], end["lost"], end["runs"], end["diverged"]) == (50_000, False, 2, 1)
    assert end["n"] == 2  # the last point of both: what one of them does later is not the variant's


def test_who_diverged_on_the_plateau_has_not_stayed_there(
    fake: Fake, both_ranges: list[Run], tmp_path: Path
) -> None:
    """Nor left it; but who was off it by then has."""
    lost = fake(root=tmp_path, dataset=Dataset(low=-1.0), last=0.834, diverged_at=17_000)
    assert ("[-1, 1]", 0.01) not in escapes(replaced(both_ranges, both_ranges[2], lost)).index
    lost = fake(root=tmp_path, diverged_at=12_000)
    assert escapes(replaced(both_ranges, both_ranges[0], lost)).loc[("[0, 1]", 0.01), "examples"] == 100_000


def test_when_all_diverged_at_once_nothing_is_shown(fake: Fake, tmp_path: Path) -> None:
    runs = [
        fake(root=tmp_path, activation=activation, init=init, dataset=Dataset(low=low), diverged_at=20)
        for activation, init in (("tanh", "standard"), ("tanh", "normalized"), ("softsign", "standard"))
        for low in (0.0, -1.0)
    ]
    with pytest.raises(EvidenceError, match=f"after the first update: {runs[0].path.name}"):
        ranges.curves_of(runs)


def test_widths_that_differ_are_named(fake: Fake, both_ranges: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="differ in width: give one value"):
        ranges.curves_of([*both_ranges, fake(width=50)])


def test_other_networks_are_shown_where_both_ranges_were_trained(fake: Fake, both_ranges: list[Run]) -> None:
    more = [
        *(fake(init="normalized_hidden", dataset=data, last=0.7) for data in (Dataset(), Dataset(low=-1.0))),
        fake(activation="softsign", init="normalized"),  # with one range only
    ]
    points, ended = ranges.curves_of([*both_ranges, *more])
    names = [*ranges.NETWORKS, ranges.HIDDEN]
    assert list(dict.fromkeys(ended["network"])) == names
    theirs = points[points["source"] == "paper"].groupby("network")["error"].sum()
    assert theirs[ranges.HIDDEN] == theirs["Tanh N"]
    ends = ranges.last_points(points, ended)
    assert ends.loc[ends["network"] == ranges.HIDDEN, "distance"].notna().all()
