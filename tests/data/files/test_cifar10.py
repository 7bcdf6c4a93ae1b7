"""CIFAR-10: both versions alike, the two divisions, and no pickle loaded that isn't the verified one."""

import pickle
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repro.data.files import cifar10
from repro.data.files.catalog import CIFAR10
from repro.data.files.store import DataError

PYTHON, BINARY = "tiny/cifar-10-batches-py", "cifar-10-batches-bin"


def files(content, version):
    """The files of one version, or of both (`version` None), by their paths below the root."""
    folders = {name: BINARY if name.endswith(".bin") else PYTHON for name in content}
    return {f"{folders[n]}/{n}": c for n, c in content.items() if version in (None, folders[n])}


def firsts(part):
    """The first pixel of every image: ten times the batch plus the image's number in it."""
    return part.pixels[:, 0].tolist()


@pytest.mark.parametrize("version", [PYTHON, BINARY, None])
def test_the_papers_division(tiny_cifar, lay_out, version):
    root, dataset, content = tiny_cifar
    lay_out(root, files(content, version))
    parts = cifar10.read(root, dataset, 4)
    assert firsts(parts.train) == [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]
    assert (firsts(parts.valid), firsts(parts.test)) == ([40, 41, 42, 43], [50, 51, 52, 53])
    assert parts.train.labels[:5].tolist() == [0, 1, 2, 3, 1]
    assert parts.train.pixels.shape == (16, 3072)
    assert parts.note == ""


def test_the_holdout_needs_no_test_batch_and_says_so(tiny_cifar, lay_out):
    root, dataset, content = tiny_cifar
    lay_out(root, {n: c for n, c in files(content, BINARY).items() if "test" not in n})
    parts = cifar10.read_holdout(root, dataset, 4)
    assert firsts(parts.train) == [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]
    assert (firsts(parts.valid), firsts(parts.test)) == ([40, 41, 42, 43], [30, 31, 32, 33])
    assert parts.note == "test set held out of the training images (12 / 4 / 4)"


def test_without_the_test_batch_the_way_out_is_named(tiny_cifar, lay_out):
    root, dataset, content = tiny_cifar
    lay_out(root, {n: c for n, c in files(content, BINARY).items() if "test" not in n})
    with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz .*dataset=cifar10_holdout"):
        cifar10.read(root, dataset, 4)


def test_without_any_file_the_archive_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz .*md5:c58f30108f718f92721af3b95e74349a"):
        cifar10.read(tmp_path)


class Trap:
    """Unpickling it would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_another_pickle_is_never_loaded(tiny_cifar, lay_out, tmp_path):
    root, dataset, content = tiny_cifar
    lay_out(root, files(content, PYTHON) | {f"{PYTHON}/data_batch_2": pickle.dumps(Trap(tmp_path / "trap"))})
    with pytest.raises(DataError, match="data_batch_2: damaged"):
        cifar10.read(root, dataset, 4)
    assert not (tmp_path / "trap").exists()


def test_a_pickle_of_python_2():
    """As numpy wrote them in 2009: old names, integers for flags. Warnings are errors here."""

    def short(text):
        return b"U" + bytes([len(text)]) + text

    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + short(b"b") + b"\x87R"
    dtype = b"cnumpy\ndtype\n" + short(b"u1") + b"K\x00K\x01\x87R(K\x03" + short(b"|")
    dtype += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    state = b"(K\x01K\x02K\x03\x86" + dtype + b"\x89" + short(bytes(range(6))) + b"tb"
    content = b"\x80\x02}(" + short(b"data") + array + state + short(b"labels") + b"](K\x04K\x05eu."
    pixels, labels = cifar10._python(content)
    assert pixels.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert labels == [4, 5]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=100), number=st.integers(0, 5), version=st.sampled_from([PYTHON, BINARY]))
def test_any_bytes(tiny_cifar, lay_out, content, number, version):
    root, dataset, good = tiny_cifar
    laid = files(good, version)
    lay_out(root, laid | {sorted(laid)[number]: content})
    with pytest.raises(DataError):
        cifar10.read(root, dataset, 4)


def test_truncated_batches_are_told_by_their_size(tmp_path, shared, lay_out):
    start = (shared / "data" / BINARY / "test_batch_first1017.bin").read_bytes()
    lay_out(tmp_path, {f"{BINARY}/data_batch_1.bin": start})
    with pytest.raises(DataError, match="3,125,241 bytes, expected 30,730,000"):
        cifar10.read_holdout(tmp_path)


def test_the_real_set(shared):
    tracemalloc.start()
    begun = time.perf_counter()
    parts = cifar10.read_holdout(shared / "data")
    seconds = time.perf_counter() - begun
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert parts.train.pixels.shape == (30_000, 3072)
    assert parts.train.labels[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert (len(parts.valid), len(parts.test)) == (10_000, 10_000)
    assert not np.array_equal(parts.valid.pixels[:10], parts.test.pixels[:10])
    assert seconds < 2
    assert peak < 1.5 * 50_000 * 3073
    assert CIFAR10.find(shared / "data", cifar10.TEST) is None
