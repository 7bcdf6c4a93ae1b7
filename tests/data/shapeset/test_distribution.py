"""The random-access stream has the original generator's distribution, judged from images alone.

Besides the classes, every feature below is compared with the original generator's own images, class by class
and over all images, in two-sample Kolmogorov-Smirnov tests.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

from repro.data.shapeset.facts import CLASS_PRIOR
from repro.data.shapeset.stream import Shapeset

Sample = tuple[NDArray[np.uint8], NDArray[np.int64]]  # images [n, x, y], labels [n]
Features = dict[str, NDArray[np.float64]]  # [n] each
Measured = tuple[Features, NDArray[np.int64]]  # features, labels [n]
N = 20_000


def sample() -> Sample:
    pixels, labels = Shapeset(2010).examples(0, N)
    return pixels.view(-1, 32, 32).numpy(), labels.numpy()


def features(images: NDArray[np.uint8]) -> Features:
    """What can be measured on images [n, x, y] without knowing how they were made."""
    ground = images[:, 0, 0].astype(float)
    shown = images != images[:, :1, :1]  # [n, x, y]
    area = shown.sum((1, 2))
    lowest = np.where(shown, images, 255).min((1, 2)).astype(float)
    highest = np.where(shown, images, 0).max((1, 2)).astype(float)
    area_lowest = (shown & (images == lowest[:, None, None])).sum((1, 2))
    smaller = np.minimum(area_lowest, area - area_lowest)  # 0 for one object
    by_x, by_y = shown.sum(2), shown.sum(1)  # [n, 32]
    at = np.arange(32)
    x, y = by_x @ at / area, by_y @ at / area
    spread_x, spread_y = by_x @ at**2 / area - x**2, by_y @ at**2 / area - y**2
    steps = (np.diff(images, axis=1) != 0).sum((1, 2)) + (np.diff(images, axis=2) != 0).sum((1, 2))
    return {
        "background level": ground,
        "lowest object level": lowest,
        "highest object level": highest,
        "pixel mean": images.mean((1, 2)),
        "pixel deviation": images.std((1, 2)),
        "object area": area,
        "smaller visible area": smaller,
        "smaller share": smaller / area,
        "width": (by_x > 0).sum(1),
        "height": (by_y > 0).sum(1),
        "centre x": x,
        "centre y": y,
        "spread": spread_x + spread_y,
        "elongation": spread_x - spread_y,
        "outline length": steps,
        "compactness": steps**2 / area,
    }


def measure(images_and_labels: Sample) -> Measured:
    return features(images_and_labels[0]), images_and_labels[1]


def p_values(a: Measured, b: Measured) -> dict[str, float]:
    """p-values of all comparisons, by class and feature."""
    found = {}
    for c in (*range(9), "all"):
        in_a, in_b = (np.full(len(y), True) if c == "all" else y == c for _, y in (a, b))
        for name in a[0]:
            test = stats.ks_2samp(a[0][name][in_a], b[0][name][in_b], method="asymp")
            found[f"{c} {name}"] = float(test.pvalue)
    return found


def rejected(found: dict[str, float], level: float = 0.01) -> list[str]:
    """The comparisons that Holm's method rejects: one or more by mistake with probability `level` at most."""
    ordered = sorted(found, key=lambda name: found[name])
    for i, name in enumerate(ordered):
        if found[name] > level / (len(ordered) - i):
            return ordered[:i]
    return ordered


def class_p_value(labels: NDArray[np.int64]) -> float:
    expected = len(labels) * np.array([float(p) for p in CLASS_PRIOR])
    return float(stats.chisquare(np.bincount(labels, minlength=9), expected).pvalue)


@pytest.fixture(scope="module")
def ours() -> Sample:
    return sample()


@pytest.fixture(scope="module")
def reference(shared: Path) -> Sample:
    stored = np.load(shared / "shapeset" / "reference.npz")
    return stored["images"], stored["labels"].astype(np.int64)


@pytest.fixture(scope="module")
def measured(reference: Sample) -> Measured:
    return measure(reference)


def test_classes_follow_the_prior(ours: Sample) -> None:
    assert class_p_value(ours[1]) > 0.01


def test_classes_as_in_the_reference(ours: Sample, reference: Sample) -> None:
    assert class_p_value(reference[1]) > 0.01
    both = np.stack([np.bincount(labels, minlength=9) for labels in (ours[1], reference[1])])
    assert stats.chi2_contingency(both).pvalue > 0.01


def test_features_as_in_the_reference(ours: Sample, measured: Measured) -> None:
    assert rejected(p_values(measure(ours), measured)) == []


def test_numbers_of_grey_levels_as_in_the_reference(ours: Sample, reference: Sample) -> None:
    def two_levels(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> tuple[int, int]:
        return sum(len(np.unique(image)) == 2 for image in images[labels > 2]), int((labels > 2).sum())

    (k, n), (j, m) = two_levels(*ours), two_levels(*reference)
    assert stats.fisher_exact([[k, n - k], [j, m - j]]).pvalue > 0.01
    assert all(len(np.unique(image)) == 2 for image in ours[0][ours[1] <= 2])


# ... and these show that the comparison would find generators that are slightly wrong.


def test_power_uniform_classes(ours: Sample) -> None:
    rng = np.random.default_rng(0)
    assert class_p_value(rng.integers(0, 9, N)) < 1e-6
    assert class_p_value(np.where(ours[1] == 8, rng.choice([8, 8, 8, 7], N), ours[1])) < 1e-3


def fill_of_pygame_2(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Spans with quotients rounded down, both end rows of every edge included, level edges painted."""
    x2, y2, row = x.roll(-1, 0), y.roll(-1, 0), torch.arange(32)[:, None, None]
    falls = y < y2
    upper, lower = torch.minimum(y, y2), torch.maximum(y, y2)
    run = torch.where(falls, x2 - x, x - x2)
    moved = torch.div((row - upper) * run, (lower - upper).clamp(min=1), rounding_mode="floor")
    column, crossed = torch.where(falls, x, x2) + moved, (upper <= row) & (row <= lower)  # [row, corners, n]
    level = y == y2
    first = torch.where(crossed, torch.where(level, torch.minimum(x, x2), column), 32).amin(1)
    last = torch.where(crossed, torch.where(level, torch.maximum(x, x2), column), -32).amax(1)
    return first.T.to(torch.int8), last.T.to(torch.int8)


@pytest.mark.parametrize(
    ("name", "value", "shows_in"),
    [
        ("objects.SCALE_RANGE", (0.19, 0.76), "object area"),  # objects 5 % smaller
        ("objects.MAX_OVERLAP", 1.0, "smaller share"),  # a laxer overlap rule
        ("stream.INVERT_CHANCE", 0.45, "background level"),  # 5 % too many dark backgrounds
        ("stream.spans", fill_of_pygame_2, "centre x"),  # shifted by a quarter of a pixel
    ],
)
def test_power_wrong_generators(
    measured: Measured, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, shows_in: str
) -> None:
    monkeypatch.setattr(f"repro.data.shapeset.{name}", value)
    assert any(shows_in in comparison for comparison in rejected(p_values(measure(sample()), measured)))
