"""The random-access stream: the original's procedure, as a pure function of (seed, stream, i)."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from repro.counter_random import philox
from repro.data.shapeset import fill as polygon_fill
from repro.data.shapeset import objects
from repro.data.shapeset import stream as shapeset
from repro.data.shapeset.author import AuthorStream, _Scene
from repro.data.shapeset.facts import MAX_REJECTIONS
from repro.data.shapeset.stream import STREAMS, Shapeset
from repro.data.source import to_inputs


def assert_same(a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor]) -> None:
    assert torch.equal(a[0], b[0])
    assert torch.equal(a[1], b[1])


# The procedure: the original generator, fed with the counter's numbers, draws the very same images.


class CounterNumbers:
    """Stands in for numpy's RandomState while the original generator draws example `index`."""

    def __init__(self, seed: int, stream: str, index: int) -> None:
        words = philox(seed, torch.tensor(index), torch.arange(4 + MAX_REJECTIONS), STREAMS.index(stream))
        scene = words[:, :3].flatten().tolist()
        # Number of objects, background; of each object the type, both rotations, the grey level.
        self.integers = iter([scene[i] for i in (4, 1, 5, 7, 9, 2, 6, 8, 10, 3)])
        self.uniforms = iter([scene[0], *words[:, 3:].T.flatten().tolist()])

    def randint(self, low: int, high: int) -> int:
        return low + (next(self.integers) * (high - low) >> 32)

    def random_sample(self) -> float:
        return (next(self.uniforms) + 0.5) / 2**32


class OriginalOnCounter(AuthorStream):
    """The original generator on the numbers of examples `start`, `start` + 1, ... of a stream."""

    def __init__(self, seed: int, stream: str, start: int) -> None:
        super().__init__(0)
        self.numbers: Iterator[Any] = (CounterNumbers(seed, stream, start + i) for i in range(2**31))

    def _draw_scene(self) -> _Scene:
        self._rng = next(self.numbers)
        return super()._draw_scene()


@pytest.mark.parametrize(("seed", "stream", "start"), [(0, "train", 0), (2**64 - 1, "test", 2**40)])
def test_images_are_the_originals(seed: int, stream: str, start: int) -> None:
    images, labels = OriginalOnCounter(seed, stream, start).take(4000)
    pixels, ours = Shapeset(seed, stream=stream).examples(start, 4000)
    differing = (pixels.numpy() != images.reshape(-1, 1024)).any(1)
    assert np.flatnonzero(differing).tolist() == []
    np.testing.assert_array_equal(ours.numpy(), labels)


# A pure function of (seed, stream, i).

START, COUNT = 12_345, 3001


@pytest.fixture(scope="module")
def stretch() -> tuple[Tensor, Tensor]:
    return Shapeset(3).examples(START, COUNT)


@pytest.mark.parametrize("batch", [1, 7, 64, 1000])
def test_batches_do_not_show(stretch: tuple[Tensor, Tensor], batch: int) -> None:
    count = min(COUNT, 100 * batch)
    source = Shapeset(3)
    starts = list(range(0, count, batch))
    parts = {s: source.examples(START + s, min(batch, count - s)) for s in reversed(starts)}
    pixels, labels = (torch.cat([parts[s][i] for s in starts]) for i in range(2))
    assert_same((pixels, labels), (stretch[0][:count], stretch[1][:count]))


def test_chunks_do_not_show(stretch: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapeset, "_CHUNK", 999)
    monkeypatch.setattr(polygon_fill, "_CHUNK", 100)
    assert_same(Shapeset(3).examples(START, COUNT), stretch)


def test_threads_do_not_show(stretch: tuple[Tensor, Tensor]) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert_same(Shapeset(3).examples(START, COUNT), stretch)
        assert torch.get_num_threads() == 3
        on_three_threads = Shapeset.examples.__wrapped__
        assert_same(on_three_threads(Shapeset(3), START, COUNT), stretch)
    finally:
        torch.set_num_threads(before)


def test_torchs_settings_do_not_matter(stretch: tuple[Tensor, Tensor]) -> None:
    torch.manual_seed(1)
    state, dtype = torch.get_rng_state(), torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        shapeset._tables.cache_clear()
        polygon_fill._crossings.cache_clear()
        with torch.device("meta"):
            again = Shapeset(3).examples(START, COUNT)
    finally:
        torch.set_default_dtype(dtype)
    assert_same(again, stretch)
    assert torch.equal(torch.get_rng_state(), state)


def test_examples_do_not_change() -> None:
    pixels, labels = Shapeset(0).examples(0, 1000)
    digest = hashlib.sha256(pixels.numpy().tobytes() + labels.numpy().tobytes()).hexdigest()
    assert digest == "bad07714e1e8c1c4a26392110d27b324c17615c6b939135d79b02906f09c67ce"


def test_far_ends_of_the_stream() -> None:
    last = Shapeset(0).examples(2**63 - 3, 2)
    assert last[0].shape == (2, 1024)
    assert_same(Shapeset(0).examples(2**63 - 2, 1), (last[0][1:], last[1][1:]))
    pixels, labels = Shapeset(0).examples(5, 0)
    assert pixels.shape == (0, 1024)
    assert labels.shape == (0,)


def test_streams_and_seeds_are_disjoint() -> None:
    sources = [Shapeset(seed, stream=stream) for seed in (0, 1, 2**32) for stream in STREAMS]
    images = [image.tobytes() for source in sources for image in source.examples(0, 1000)[0].numpy()]
    assert len(set(images)) == len(images)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gpu_agrees() -> None:
    count = 100_000
    pixels, labels = Shapeset(0).examples(0, count)
    on_gpu = Shapeset(0, device="cuda").examples(0, count)
    assert on_gpu[0].device.type == "cuda"
    assert (on_gpu[1].cpu() != labels).sum() <= 1
    assert (on_gpu[0].cpu() != pixels).sum() <= 1e-6 * pixels.numel()
    assert torch.equal(to_inputs(on_gpu[0], -1).cpu(), to_inputs(on_gpu[0].cpu(), -1))


# Contents.


def test_shapes_and_types() -> None:
    pixels, labels = Shapeset(0).examples(0, 10)
    assert (pixels.shape, pixels.dtype) == ((10, Shapeset.n_features), torch.uint8)
    assert (labels.shape, labels.dtype) == ((10,), torch.int64)
    assert (Shapeset.n_features, Shapeset.n_classes) == (1024, 9)


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    return Shapeset(2010).examples(0, 20_000)[0].view(-1, 32, 32).numpy()


def test_frame_is_background(images: NDArray[np.uint8]) -> None:
    frame = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    assert (frame == images[:, :1, 0]).all()


def test_objects_are_all_darker_or_all_brighter(images: NDArray[np.uint8]) -> None:
    ground = images[:, 0, 0]
    assert set(ground.tolist()) == {*range(115), *range(140, 256)}
    shown, dark = images != ground[:, None, None], ground <= 114
    assert images[dark][shown[dark]].min() == 140
    assert images[~dark][shown[~dark]].max() == 114


@pytest.mark.parametrize(("objects", "classes"), [((1,), range(3)), ((2,), range(3, 9)), ((2, 1), range(9))])
def test_number_of_objects(objects: tuple[int, ...], classes: range) -> None:
    pixels, labels = (tensor.numpy() for tensor in Shapeset(0, objects=objects).examples(0, 2000))
    assert set(labels.tolist()) == set(classes)
    levels = np.array([len(np.unique(image)) for image in pixels])
    assert (levels[labels < 3] == 2).all()
    assert (levels[labels >= 3] == 2).sum() <= 40  # two objects of the same grey


def test_one_object_is_the_first_of_two() -> None:
    alone, both = Shapeset(0, objects=(1,)), Shapeset(0)
    (alone_pixels, alone_labels), (pixels, labels) = alone.examples(0, 500), both.examples(0, 500)
    one = labels < 3
    assert_same((alone_pixels[one], alone_labels[one]), (pixels[one], labels[one]))


def test_dark_backgrounds_are_those_of_half_the_images() -> None:
    """Images that are dark anyway stay as they are; inverted contrast is the only symmetry that goes."""
    (dark, labels), (both, same) = Shapeset(0, dark=True).examples(0, 500), Shapeset(0).examples(0, 500)
    corner = both[:, 0] <= 114  # objects never touch the frame
    assert (dark[:, 0] <= 114).all() and 0.4 < corner.float().mean() < 0.6
    assert_same((dark[corner], labels[corner]), (both[corner], same[corner]))


# Rejection.


@pytest.mark.parametrize("good_attempt", [1, 2, 31, 50, 51])
def test_object_is_dropped_after_50_rejections(monkeypatch: pytest.MonkeyPatch, good_attempt: int) -> None:
    asked, kept = 0, good_attempt <= 50

    def hides(new: Any, new_pose: Tensor, old: Any, old_pose: Tensor) -> Tensor:
        nonlocal asked
        batch = new_pose.shape[-1]
        attempt = torch.arange(asked + 1, asked + batch + 1)
        asked += batch
        return (attempt < good_attempt).expand(new_pose.shape[1:])  # good ever after

    monkeypatch.setattr(shapeset, "hides", hides)
    pixels, labels = Shapeset(0, objects=(2,)).examples(0, 40)
    assert (labels >= 3).all() if kept else (labels < 3).all()
    assert min(good_attempt, 50) <= asked <= 50
    if not kept:
        assert_same((pixels, labels), Shapeset(0, objects=(1,)).examples(0, 40))


def test_powers_of_one_half() -> None:
    times = torch.linspace(-5, 60, 1001, dtype=torch.float64)
    exact = np.minimum(1, 2.0 ** -times.numpy())
    np.testing.assert_allclose(objects._halved(times).numpy(), exact, rtol=1e-9)
    assert objects._halved(torch.tensor([1e300, torch.inf]).double()).max() < 1e-18


# Network inputs and bad arguments.


def test_inputs() -> None:
    grey = torch.arange(256, dtype=torch.uint8).view(8, 32)
    exact = np.arange(256).reshape(8, 32) / 255
    np.testing.assert_array_equal(to_inputs(grey).numpy(), exact.astype(np.float32))
    np.testing.assert_allclose(to_inputs(grey, -1).numpy(), 2 * exact - 1, rtol=0, atol=2**-24)
    ends = to_inputs(grey, low=-1.0, high=1.0)
    assert (ends.dtype, ends[0, 0], ends[-1, -1]) == (torch.float32, -1, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Shapeset(-1), "seed must be an integer from 0 to 18446744073709551615, got -1"),
        (lambda: Shapeset(2**64), "seed must be an integer from 0 to 18446744073709551615"),
        (lambda: Shapeset(0, stream="dev"), "stream must be one of train, valid, test, got 'dev'"),
        (lambda: Shapeset(0, objects=(1, 3)), r"objects must be \(1, 2\), \(1,\) or \(2,\), got \(1, 3\)"),
        (lambda: Shapeset(0, objects=()), "objects must be"),
        (lambda: Shapeset(0).examples(-1, 5), "start must be an integer from 0 to .*, got -1"),
        (lambda: Shapeset(0).examples(2**63, 0), "start must be an integer from 0 to"),
        (lambda: Shapeset(0).examples(0, -5), "count must be an integer from 0 to .*, got -5"),
        (lambda: Shapeset(0).examples(2**63 - 5, 5), "count must be an integer from 0 to"),
        (lambda: to_inputs(torch.zeros(2, 1024)), "pixels must be uint8, got torch.float32"),
        (lambda: to_inputs(torch.zeros(2).byte(), 1.0, 1.0), "low must be below high"),
    ],
)
def test_bad_arguments(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
