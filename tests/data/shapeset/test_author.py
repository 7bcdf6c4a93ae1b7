"""The original stream, checked against the original generator's images and the paper's figure."""

import hashlib
from fractions import Fraction
from math import cos, pi, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from repro.data.shapeset import author as author_stream
from repro.data.shapeset import facts
from repro.data.shapeset.author import AuthorStream, figure1_tiles

Stream = tuple[NDArray[np.uint8], NDArray[np.int64]]


def sha256(array: NDArray[Any]) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def stream() -> Stream:
    return AuthorStream(0).take(20_000)


def test_shapes_and_types(stream: Stream) -> None:
    images, labels = stream
    assert images.dtype == np.uint8
    assert images.shape == (20_000, 32, 32)
    assert labels.dtype == np.int64
    assert labels.shape == (20_000,)


def test_checksums_of_the_original_stream(stream: Stream) -> None:
    images, labels = stream
    assert sha256(images[:1000]) == "23aa2059b1308e991109cea1e0f796c55478dff4c625c4d5b87b9e3b12b69f71"
    assert sha256(images) == "6f112fed4b50bcb9f4fb9667e39d8467d350ae240adf87ed2b3d96bdda445591"
    as_bytes = labels.astype(np.int8)
    assert sha256(as_bytes) == "67d9968f0437933000ee8663c9cbdb04650b0579fc4132f097cb4f279981ec20"


def test_reference_images(stream: Stream, shared: Path) -> None:
    reference = np.load(shared / "shapeset" / "reference.npz")
    differing = np.flatnonzero((reference["images"] != stream[0]).any(axis=(1, 2)))
    assert differing.tolist() == []
    np.testing.assert_array_equal(reference["labels"], stream[1])


@pytest.mark.parametrize(
    ("image", "background", "greys", "label"),
    [
        (0, 64, {205, 160}, 4),
        (1, 209, {39, 75}, 5),
        (2, 34, {245}, 0),
        (3, 141, {0, 47}, 4),
        (4, 216, {85, 50}, 6),
        (5, 93, {183}, 2),
    ],
)
def test_first_images(stream: Stream, image: int, background: int, greys: set[int], label: int) -> None:
    pixels = stream[0][image]
    assert pixels[0, 0] == background
    assert set(np.unique(pixels).tolist()) == greys | {background}
    assert stream[1][image] == label


def test_corners_of_a_triangle() -> None:
    generator = AuthorStream(0)
    (triangle,) = [generator._draw_scene() for _ in range(3)][2].shapes
    expected = [(25.4752, 27.8575), (9.8978, 30.1371), (15.6381, 15.4775)]
    np.testing.assert_allclose(list(zip(triangle.xs, triangle.ys, strict=True)), expected, atol=5e-5)


def test_frame_is_background(stream: Stream) -> None:
    images = stream[0]
    frame = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    assert (frame == images[:, :1, 0]).all()


def test_classes_follow_the_prior(stream: Stream) -> None:
    counts = np.bincount(stream[1], minlength=9)
    expected = 20_000 * np.array([float(p) for p in facts.CLASS_PRIOR])
    assert ((counts - expected) ** 2 / expected).sum() == pytest.approx(9.35, abs=0.01)


def test_figure1_is_the_papers() -> None:
    assert sha256(figure1_tiles()) == "b7040aea05e05a7b783877f9dad9e2c424ef34420af368d0c9786e64b1242c2a"


def test_figure1_scenes() -> None:
    images, labels = AuthorStream(1, 64, (3, 4, 30)).take(10)
    assert images[:, 0, 0].tolist() == [212, 101, 94, 57, 25, 76, 92, 157, 24, 93]
    assert labels.tolist() == [1, 2, 3, 6, 6, 3, 2, 8, 7, 3]


@pytest.mark.parametrize("parts", [(7,), (3, 4), (0, 7, 0), (1,) * 7])
def test_take_continues_the_stream(stream: Stream, parts: tuple[int, ...]) -> None:
    generator = AuthorStream(0)
    taken = [generator.take(n) for n in parts]
    np.testing.assert_array_equal(np.concatenate([images for images, _ in taken]), stream[0][:7])
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in taken]), stream[1][:7])


def test_chunks_do_not_show(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(author_stream, "_CHUNK_PIXELS", 3 * 32 * 32)
    np.testing.assert_array_equal(AuthorStream(0).take(20)[0], stream[0][:20])


def test_seeds_differ() -> None:
    assert (AuthorStream(0).take(5)[0] != AuthorStream(2**32 - 1).take(5)[0]).any()


def test_shape_is_dropped_after_too_many_rejections(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def always(new: author_stream._Shape, old: author_stream._Shape) -> bool:
        asked.append(new)
        return True

    monkeypatch.setattr(author_stream, "_hides", always)
    images, labels = AuthorStream(0).take(8)
    assert len(asked) % 51 == 0 and asked
    assert set(labels.tolist()) <= {0, 1, 2}
    assert all(len(np.unique(image)) == 2 for image in images)


def painted_by_the_letter(xs: list[float], ys: list[float], side: int) -> NDArray[np.bool_]:
    """The fill as pygame states it: sort each row's crossings, paint from 1st to 2nd, from 3rd to 4th, ..."""
    painted = np.zeros((side, side), bool)
    corners = [(int(x), int(y)) for x, y in zip(xs, ys, strict=True)]
    bottom = max(y for _, y in corners)
    for row in range(bottom + 1):
        crossings = []
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            (x1, y1), (x2, y2) = sorted((a, b), key=lambda corner: corner[1])
            if y1 <= row < y2 or (y1 < y2 == row == bottom):
                product = (row - y1) * (x2 - x1)
                quotient = abs(product) // (y2 - y1)
                crossings.append(x1 + (quotient if product > 0 else -quotient))
        crossings.sort()
        for first, last in zip(crossings[::2], crossings[1::2], strict=True):
            painted[first : last + 1, row] = True
    return painted


def test_vectorised_fill_is_the_scanline_fill() -> None:
    rng, side, shapes = np.random.default_rng(0), 48, []
    for corners in rng.choice([3, 4, 20, 30, 90], size=150).tolist():
        turn, width, height, tilt = rng.uniform((0, 2, 2, 0), (2 * pi, 23, 23, 2 * pi))
        angles = [turn + 2 * pi * j / corners for j in range(corners)]
        us, vs = [width * cos(t) for t in angles], [height * sin(t) for t in angles]
        xs = [24 + cos(tilt) * u - sin(tilt) * v for u, v in zip(us, vs, strict=True)]
        ys = [24 + sin(tilt) * u + cos(tilt) * v for u, v in zip(us, vs, strict=True)]
        shapes.append(author_stream._Shape(xs, ys, 24, 24, 1))
    first, last = author_stream._spans(shapes, side)
    x = np.arange(side)[:, None]
    for shape, low, high in zip(shapes, first, last, strict=True):
        expected = painted_by_the_letter(shape.xs, shape.ys, side)
        np.testing.assert_array_equal((low <= x) & (x <= high), expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": -1}, "seed must be an integer from 0 to 4294967295, got -1"),
        ({"seed": 2**32}, "seed must be an integer from 0 to 4294967295"),
        ({"seed": 0.5}, r"seed must be an integer from 0 to 4294967295, got 0\.5"),
        ({"seed": None}, "seed must be an integer"),
        ({"seed": 0, "image_size": 9}, "image_size must be an integer from 10 to 4096, got 9"),
        ({"seed": 0, "image_size": 32.0}, r"image_size must be an integer from 10 to 4096, got 32\.0"),
        ({"seed": 0, "vertices": (3, 4)}, "vertices must be three integers"),
        ({"seed": 0, "vertices": 20}, "vertices must be three integers"),
        ({"seed": 0, "vertices": (3, 4, 2)}, "vertices must be an integer from 3 to 255, got 2"),
        ({"seed": 0, "vertices": (3, 4, 20.5)}, "vertices must be an integer from 3 to 255"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AuthorStream(**settings)


@pytest.mark.parametrize("n", [-1, 2.5, "3"])
def test_bad_count(n: Any) -> None:
    with pytest.raises(ValueError, match="n must be an integer of at least 0"):
        AuthorStream(0).take(n)


@pytest.mark.parametrize("size", [10, 11, 100])
def test_other_sizes_stay_inside_the_frame(size: int) -> None:
    images, _ = AuthorStream(5, size).take(200)
    assert (images[:, [0, -1]] == images[:, :1, :1]).all()
    assert (images[:, :, [0, -1]] == images[:, :1, :1]).all()
    assert (images != images[:, :1, :1]).any(axis=(1, 2)).all()


def test_facts_agree_with_each_other() -> None:
    pairs = [(a, b) for a in range(3) for b in range(3)]
    prior = [Fraction(0)] * 9
    for kind in range(3):
        prior[facts.label_of((kind,))] += Fraction(1, 2) / 3
    for pair in pairs:
        prior[facts.label_of(pair)] += Fraction(1, 2) / len(pairs)
    assert tuple(prior) == facts.CLASS_PRIOR
    assert len(set(facts.CLASS_NAMES)) == 9


@pytest.mark.parametrize("types", [(), (3,), (0, -1), (0, 1, 2)])
def test_bad_types(types: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="types must be one or two numbers from 0 to 2"):
        facts.label_of(types)
