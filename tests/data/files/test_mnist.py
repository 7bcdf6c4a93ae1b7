"""MNIST and Fashion-MNIST: the published images in the usual division, or a clear refusal."""

import gzip
import time
import tracemalloc

import numpy as np
import pytest

from repro.data.files import mnist
from repro.data.files.catalog import FASHION_MNIST, IDX_NAMES
from repro.data.files.store import DataError


def test_division_and_layout(tiny_mnist):
    root, dataset, _ = tiny_mnist
    parts = mnist.read(root, dataset, n_valid=10)
    assert parts.train.pixels.shape == (20, 784)
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == [20, 10, 8]
    assert parts.valid.labels.tolist() == list(range(10))  # the last ones
    assert parts.test.labels.tolist() == list(range(8))
    assert parts.note == ""


def test_unpacked_and_repacked_files_in_torchvisions_folder(tiny_mnist):
    root, dataset, packed = tiny_mnist
    before = mnist.read(root, dataset, n_valid=10)
    raw = root / "TINY" / "raw"
    raw.mkdir(parents=True)
    for name, content in packed.items():
        plain = gzip.decompress(content)
        (root / "tiny" / name).unlink()
        if "images" in name:
            (raw / name).write_bytes(gzip.compress(plain, 1, mtime=0))
        else:
            (raw / name.removesuffix(".gz")).write_bytes(plain)
    after = mnist.read(root, dataset, n_valid=10)
    np.testing.assert_array_equal(before.train.pixels, after.train.pixels)
    np.testing.assert_array_equal(before.test.labels, after.test.labels)


def test_a_missing_file_is_named_with_its_checksum_and_its_place(tiny_mnist):
    root, dataset, _ = tiny_mnist
    (root / "tiny" / IDX_NAMES[3]).unlink()
    with pytest.raises(DataError) as caught:
        mnist.read(root, dataset)
    message = str(caught.value)
    for part in (
        IDX_NAMES[3],
        str(root / "tiny"),
        dataset.versions[0].files[3].offered,
        "repro.data fetch tiny",
    ):
        assert part in message


@pytest.mark.parametrize(("one", "other"), [(0, 1), (2, 3), (0, 3)])
def test_swapped_labels_and_images(tiny_mnist, one, other):
    root, dataset, packed = tiny_mnist
    (root / "tiny" / IDX_NAMES[one]).write_bytes(packed[IDX_NAMES[other]])
    (root / "tiny" / IDX_NAMES[other]).write_bytes(packed[IDX_NAMES[one]])
    with pytest.raises(DataError, match="swapped"):
        mnist.read(root, dataset)


def test_swapped_training_and_test_files(tiny_mnist):
    root, dataset, packed = tiny_mnist
    (root / "tiny" / IDX_NAMES[0]).write_bytes(packed[IDX_NAMES[2]])
    with pytest.raises(DataError, match="bytes, expected"):
        mnist.read(root, dataset)


def test_one_changed_pixel_is_refused(tiny_mnist):
    root, dataset, packed = tiny_mnist
    plain = bytearray(gzip.decompress(packed[IDX_NAMES[0]]))
    plain[1000] ^= 1
    (root / "tiny" / IDX_NAMES[0]).write_bytes(gzip.compress(bytes(plain), mtime=0))
    with pytest.raises(DataError, match="damaged, md5"):
        mnist.read(root, dataset)


def test_the_real_set(shared):
    tracemalloc.start()
    begun = time.perf_counter()
    parts = mnist.read(shared / "data")
    seconds = time.perf_counter() - begun
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == [50_000, 10_000, 10_000]
    assert parts.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert parts.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert seconds < 1
    assert peak < 1.5 * 70_000 * 785


def test_the_real_fashion_mnist(tmp_path):
    if not FASHION_MNIST.find(tmp_path, 0):
        pytest.skip("Debian's package dataset-fashion-mnist is not installed")
    parts = mnist.read(tmp_path, FASHION_MNIST)
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == [50_000, 10_000, 10_000]
    assert parts.train.labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
