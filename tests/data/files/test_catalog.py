"""The facts about the data sets: complete, and their checksums where they are said to come from."""

import hashlib
import struct
from importlib.util import find_spec
from pathlib import Path

import pytest

from repro.data import sets
from repro.data.files.catalog import CIFAR10, FASHION_MNIST, FETCHED, MNIST
from repro.data.files.store import verified_bytes

LISTED = [file.offered for dataset in (MNIST, FASHION_MNIST) for file in dataset.versions[0].files]
LISTED += [file.content for file in CIFAR10.versions[0].files] + [CIFAR10.archive.offered]


def test_the_holdout_says_so_in_its_title():
    assert "held out of the training images" in sets.title("cifar10_holdout")


def test_torchvision_lists_these_checksums():
    spec = find_spec("torchvision")  # without importing it
    if spec is None:
        pytest.skip("torchvision is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "datasets"
    text = "".join((folder / name).read_text() for name in ("mnist.py", "cifar.py"))
    assert [checksum for checksum in LISTED if checksum.removeprefix("md5:") not in text] == []


@pytest.mark.parametrize("dataset", [MNIST, CIFAR10])
def test_the_real_files_are_these(shared, dataset):
    for number in range(4 if dataset is MNIST else 5):
        verified_bytes(*dataset.located(shared / "data", number))


def test_the_real_mnist_files_are_as_offered(shared):
    for file in MNIST.versions[0].files:
        content = (shared / "data" / "MNIST" / "raw" / file.name).read_bytes()
        assert "md5:" + hashlib.md5(content).hexdigest() == file.offered


def test_debians_fashion_mnist_is_the_published_one(tmp_path):
    """With name and time put back into the gzip headers, Debian's files have the published MD5 sums."""
    for number, file in enumerate(FASHION_MNIST.versions[0].files):
        found = FASHION_MNIST.find(tmp_path, number)
        if not found:
            pytest.skip("Debian's package dataset-fashion-mnist is not installed")
        verified_bytes(*found)
        packed = found[0].read_bytes()
        time = struct.pack("<I", 1504176606 if file.name.startswith("train") else 1504176627)  # 2017-08-31
        name = file.name.removesuffix(".gz").encode() + b"\0"
        published = b"\x1f\x8b\x08\x08" + time + packed[8:10] + name + packed[10:]
        assert "md5:" + hashlib.md5(published).hexdigest() == file.offered


def test_mirrors_are_folders():
    for dataset in FETCHED.values():
        assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in dataset.mirrors)


@pytest.mark.parametrize("dataset", FETCHED.values(), ids=lambda dataset: dataset.name)
def test_the_card_has_every_checksum(dataset):
    card = Path(__file__).resolve().parents[3] / "datasets" / dataset.name / "README.md"
    text = card.read_text(encoding="utf-8")
    files = [file for version in dataset.versions for file in version.files]
    assert [file for file in files if file.content not in text or file.offered not in text] == []
    assert dataset.archive is None or dataset.archive.offered in text
