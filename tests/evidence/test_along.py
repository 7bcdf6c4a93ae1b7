"""Differences along a curve, beside numbers that can be computed by hand."""

import numpy as np
import pandas as pd
import pytest

from repro.evidence.along import along, courses, errors, shown

AXES = errors("model", reading=0.3)


def curve(source, examples, error, model="Tanh"):
    return pd.DataFrame({"model": model, "source": source, "examples": examples, "error": error})


def test_a_constant_difference_is_found_at_every_point_that_both_have():
    x = np.arange(50_000, 6_000_001, 50_000)
    points = pd.concat([curve("ours", x[::2], 50.0 + 2), curve("paper", x, 50.0)])
    (row,) = along(points, AXES).to_dict("records")
    assert [row[m] for m in (0.5, 1.0, 2.5, 5.0)] == pytest.approx([2.0] * 4)
    assert (row["rms"], row["worst"], row["noise"]) == pytest.approx((2.0, 2.0, 0.3))
    assert 10.0 not in row and row["points"] == len(x) - 1  # ours ends a point before the paper's


def test_noise_is_reading_and_the_scatter_of_both_in_squares():
    x = np.arange(50_000, 25_000_001, 50_000)
    scatter = np.random.default_rng(0).normal(size=(2, x.size))
    points = pd.concat([curve("ours", x, 40 + 0.4 * scatter[0]), curve("paper", x, 40 + 1.2 * scatter[1])])
    (row,) = along(points, AXES).to_dict("records")
    assert row["noise"] == pytest.approx(np.sqrt(0.3**2 + 0.4**2 + 1.2**2), rel=0.25)
    assert row["rms"] / row["noise"] == pytest.approx(1, rel=0.25)  # the same network: as far apart as noise
    assert abs(row["worst"]) > 2 * row["rms"]


def test_the_worst_is_the_farthest_with_its_sign_and_place():
    x = np.arange(500_000, 5_000_001, 500_000)
    ours = np.where(x == 3_000_000, 41.0, 50.0)
    (row,) = along(pd.concat([curve("ours", x, ours), curve("paper", x, 50.0)]), AXES).to_dict("records")
    assert (row["worst"], row["at"]) == (-9.0, 3.0)


def test_epochs_are_examples():
    """The paper's epoch is 20,000 updates of 10."""
    epochs = np.arange(0, 30.0, 1)
    rows = pd.DataFrame({"layer": 1, "quantity": "std", "epoch": epochs, "value": epochs})
    points = pd.concat([rows.assign(source="ours", value=epochs + 0.01), rows.assign(source="paper")])
    (row,) = along(points, courses(reading=0.002)).to_dict("records")
    assert {m for m in row if isinstance(m, float)} == {0.5, 1.0, 2.5, 5.0}
    assert row[5.0] == pytest.approx(0.01)


def test_too_few_points_say_nothing():
    x = np.array([50_000, 100_000, 150_000])
    points = pd.concat([curve("ours", x, 50.0), curve("paper", x, 50.0), curve("paper", x, 3.0, "Other")])
    assert along(points, AXES).empty and shown(points, AXES).empty


def test_as_text():
    x = np.arange(50_000, 1_000_001, 50_000)
    points = pd.concat([curve("ours", x, 51.0), curve("paper", x, 50.0)])
    (row,) = shown(points, AXES).to_dict("records")
    assert row["at 0.5 million"] == row["at 1 million"] == "+1.0"
    assert row["rms (points)"] == "1.0 (3.3 x noise)"
