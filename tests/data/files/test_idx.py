"""IDX files: read exactly, refused with the file's name, and nothing but DataError whatever the bytes."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.data.files import idx
from repro.data.files.store import DataError

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
PLAIN = idx.header(ARRAY.shape) + ARRAY.tobytes()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "file"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        gzip.compress(PLAIN, mtime=0),
        gzip.compress(PLAIN[:9], mtime=0) + gzip.compress(PLAIN[9:], mtime=0),
    ],
)
def test_an_array_comes_back(path, content):
    path.write_bytes(content)
    np.testing.assert_array_equal(idx.read(path), ARRAY)


def test_an_empty_array_comes_back(path):
    path.write_bytes(idx.header((0, 28, 28)))
    assert idx.read(path).shape == (0, 28, 28)


def test_header_is_that_of_mnist():
    assert idx.header((60_000, 28, 28)) == bytes.fromhex("00000803 0000ea60 0000001c 0000001c")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (PLAIN[:3], "not an IDX file"),
        (b"\xff\xd8\xff\xe0" + PLAIN, "not an IDX file"),  # a JPEG
        (b"\0\0\x0d" + PLAIN[3:], "type 0x0d"),  # floats
        (b"\0\0\x08\0", "header ends"),
        (PLAIN[:15], "header ends before its 3 lengths"),
        (PLAIN[:-1], "24 bytes announced .* only 23 there"),
        (PLAIN + b"\0", "24 bytes announced .* more there"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "too large"),
        (b"\0\0\x08\xff" + b"\0" * 1020, "too large"),
        (gzip.compress(PLAIN, mtime=0)[:-9], "can't be read"),
        (gzip.compress(PLAIN, mtime=0)[:-1], "can't be read"),
        (gzip.compress(PLAIN, mtime=0)[:-8] + bytes(8), "can't be read"),  # gzip's own sum
        (
            gzip.compress(PLAIN, mtime=0)[:12] + b"\xff\xff" + gzip.compress(PLAIN, mtime=0)[14:],
            "can't be read",
        ),
    ],
)
def test_what_is_wrong_is_said(path, content, message):
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        idx.read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DataError, match="can't be read"):
            idx.read(path)


def read_or_refuse(path, content):
    path.write_bytes(content)
    try:
        return idx.read(path)
    except DataError:
        return None


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\0\0\x08", b"\0\0\x08\x02\0\0\0", b"\x1f\x8b\x08\0"]))
def test_any_bytes(path, content, start):
    read_or_refuse(path, start + content)


@settings(deadline=None)
@given(st.booleans(), st.integers(0, 39), st.integers(0, 255), st.integers(0, 80))
def test_any_damage(path, packed, at, value, cut):
    content = bytearray(gzip.compress(PLAIN, mtime=0) if packed else PLAIN)
    content[at] = value
    array = read_or_refuse(path, bytes(content[: len(content) - cut]))
    if packed and array is not None:  # gzip's checksum leaves only the elements as they were
        np.testing.assert_array_equal(array, ARRAY)
