"""Finite data sets as training sees them: batches by update number, the first validation and test images."""

import sys
import time
from pathlib import Path

import pytest
import torch

from repro.data import sets
from repro.data.epochs import Epochs
from repro.data.files import mnist
from repro.data.files.catalog import FASHION_MNIST
from repro.data.files.measure import measure
from repro.data.files.store import DataError, Parts
from repro.data.sets.mnist import Mnist
from repro.data.source import load
from repro.experiment.settings import Dataset, Experiment, Monitor
from repro.experiment.values import ConfigError

CARDS = Path(__file__).resolve().parents[3] / "datasets"


def experiment(name="mnist", **changes):
    settings = {"n_valid": 5, "n_test": 6, "batch_size": 4, "monitor": Monitor(examples=5, batch=5)}
    return Experiment(dataset=Dataset(name), **settings | changes)


@pytest.fixture
def root(tiny_mnist, monkeypatch):
    """A data root where `mnist` is the tiny set: 20 / 10 / 8 images."""
    folder, dataset, _ = tiny_mnist
    monkeypatch.setattr(Mnist, "read", lambda self, root: mnist.read(root, dataset, n_valid=10))
    return folder


def test_batches_run_on_over_the_epochs(root):
    data = load(experiment(data_seed=3), root=root)
    parts = sets.of("mnist").read(root)
    pixels = torch.from_numpy(parts.train.pixels)
    x, y = data.batches(0, 15)  # three epochs of 20 examples
    _, order = Epochs(pixels, torch.arange(20), 3).examples(0, 60)
    torch.testing.assert_close(x.flatten(0, 1), pixels[order] / 255)
    assert torch.equal(y.flatten(), torch.from_numpy(parts.train.labels).long()[order])
    assert (x.shape, y.shape) == ((15, 4, 784), (15, 4))


def test_batch_k_is_a_function_of_seed_and_k(root):
    data = load(experiment(batch_size=3), root=root)
    for update in (2000, 5, 4, 2047, 2048, 0, 10**9):
        again = load(experiment(batch_size=3), root=root).batches(update, 2)
        assert all(map(torch.equal, data.batches(update, 2), again))
    other = load(experiment(batch_size=3, seed=1), root=root)
    assert not torch.equal(other.batches(0, 2)[0], data.batches(0, 2)[0])


def test_the_first_images_are_held_out(root):
    data = load(experiment(), root=root)
    parts = sets.of("mnist").read(root)
    assert torch.equal(data.valid.pixels, torch.from_numpy(parts.valid.pixels[:5]))
    assert torch.equal(data.test.labels, torch.arange(6))
    assert (data.n_features, data.n_classes, data.note) == (784, 10, "")
    assert (data.valid.pixels.dtype, data.valid.labels.dtype) == (torch.uint8, torch.int64)


def test_the_input_range(root):
    x, _ = load(experiment(), root=root).batches(0, 5)
    wide = Dataset("mnist", low=-1.0)
    y, _ = load(Experiment(**{**vars(experiment()), "dataset": wide}), root=root).batches(0, 5)
    torch.testing.assert_close(y, 2 * x - 1)


@pytest.mark.parametrize(("key", "most"), [("batch_size", 20), ("n_valid", 10), ("n_test", 8)])
def test_more_than_there_is(root, key, most):
    load(experiment(**{key: most}), root=root)
    with pytest.raises(ConfigError, match=f"{key} = {most + 1}: mnist has only {most} images for that"):
        load(experiment(**{key: most + 1}), root=root)


def test_the_note_of_the_data_reaches_training(tiny_mnist, root, monkeypatch):
    parts = sets.of("mnist").read(root)
    said = Parts(parts.train, parts.valid, parts.test, "say")
    monkeypatch.setattr(Mnist, "read", lambda self, root: said)
    assert load(experiment(), root=root).note == "say"


def test_the_default_data_root(root, monkeypatch):
    monkeypatch.setenv("REPRO_DATA", str(root))
    assert len(load(experiment()).test) == 6
    monkeypatch.setenv("REPRO_DATA", str(root / "none"))
    with pytest.raises(DataError, match="none"):
        load(experiment())


def test_without_torchvision_and_without_files(root, monkeypatch, tmp_path):
    """Shapeset, and whatever is there, must not need it."""
    monkeypatch.setitem(sys.modules, "torchvision", None)  # importing it raises ImportError
    assert load(experiment("shapeset"), root=tmp_path / "none").batches(0, 1)[0].shape == (1, 4, 1024)
    assert load(experiment(), root=root).batches(0, 1)[0].shape == (1, 4, 784)


def test_measure(root):
    rows = measure(sets.of("mnist").read(root)).splitlines()
    pixels = sets.of("mnist").read(root).train.pixels / 255
    assert rows[0].startswith("| part | images")
    assert rows[2].startswith(f"| training | 20 | {pixels.mean():.4f} | {pixels.std():.4f} |")
    assert rows[4].endswith("| 1 1 1 1 1 1 1 1 |")


@pytest.mark.parametrize("name", ["mnist", "cifar10_holdout"])
def test_the_cards_have_the_numbers_of_the_real_files(shared, name):
    card = CARDS / name.removesuffix("_holdout") / "README.md"
    assert measure(sets.of(name).read(shared / "data")) in card.read_text(encoding="utf-8")


def test_the_card_of_fashion_mnist_has_the_numbers_of_the_real_files(tmp_path):
    if not FASHION_MNIST.find(tmp_path, 0):
        pytest.skip("Debian's package dataset-fashion-mnist is not installed")
    card = CARDS / "fashion_mnist" / "README.md"
    assert measure(sets.of("fashion_mnist").read(tmp_path)) in card.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["mnist", "cifar10_holdout"])
def test_batches_cost_little(shared, name):
    """An update of the paper's networks takes 4 ms or more on a core, a batch .02 to .05 ms."""
    data = load(Experiment(dataset=Dataset(name)), root=shared / "data")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        begun = time.perf_counter()
        for update in range(0, 1000, 50):
            data.batches(update, 50)
        assert (time.perf_counter() - begun) / 1000 < 1e-3
    finally:
        torch.set_num_threads(threads)
