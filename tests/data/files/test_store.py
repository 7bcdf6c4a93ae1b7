"""Files below the data root: found wherever they may lie, and read only if they are the right ones."""

import gzip

import numpy as np
import pytest

from repro.data.files.store import (
    DataError,
    File,
    Labelled,
    Publication,
    Version,
    default_root,
    digest,
    file_digest,
    unpacked,
    verified_bytes,
    verify_content,
)

CONTENT = b"content"
FILE = File("f.gz", digest("sha256:", [CONTENT]), len(CONTENT), digest("md5:", [b"packed"]))
SET = Publication(
    "set", (Version(("set", "other/place"), (FILE,)), Version(("set",), (File("f.bin", "md5:0"),))), ()
)


def test_known_digests():
    assert digest("md5:", [b"a", b"bc"]) == "md5:900150983cd24fb0d6963f7d28e17f72"
    assert digest("sha256:...", [b"abc"]).startswith("sha256:ba7816bf")


def test_file_digest_is_of_the_file_as_it_is(tmp_path):
    (tmp_path / "f").write_bytes(gzip.compress(b"x", mtime=0))
    assert file_digest("md5:", tmp_path / "f") == digest("md5:", [gzip.compress(b"x", mtime=0)])


@pytest.mark.parametrize("name", ["other/place/f", "other/place/f.gz", "set/f.bin", "set/f", "set/f.gz"])
def test_where_a_file_is_found(tmp_path, lay_out, name):
    assert SET.find(tmp_path, 0) is None
    lay_out(tmp_path, {name: b""})
    path, file = SET.find(tmp_path, 0)
    assert path == tmp_path / name
    assert file is SET.versions[name.endswith(".bin")].files[0]


def test_our_own_folder_comes_first(tmp_path, lay_out):
    lay_out(tmp_path, {"set/f": b"", "other/place/f.gz": b"", "set/f.bin": b""})
    assert SET.located(tmp_path, 0)[0] == tmp_path / "set" / "f"


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "set" / "f.gz").mkdir(parents=True)
    with pytest.raises(DataError, match=r"no file f\.gz in .*fetch set.*md5:"):
        SET.located(tmp_path, 0)


@pytest.mark.parametrize("content", [CONTENT, gzip.compress(CONTENT, mtime=0)])
def test_packed_or_not(tmp_path, content):
    (tmp_path / "f").write_bytes(content)
    assert verified_bytes(tmp_path / "f", FILE) == CONTENT
    with unpacked(tmp_path / "f") as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds 0 bytes, expected 7"),
        (CONTENT + b"!", "holds 8 bytes, expected 7"),
        (gzip.compress(bytes(10**6), mtime=0), "holds 8 bytes, expected 7"),  # no more is unpacked
        (b"Content", "damaged, sha256:.* is not sha256:"),
        (gzip.compress(CONTENT, mtime=0)[:-4], "can't be read"),
    ],
)
def test_what_is_not_the_file(tmp_path, content, message):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(DataError, match=message):
        verified_bytes(tmp_path / "f", FILE)


def test_a_size_that_is_not_known_is_not_checked(tmp_path):
    verify_content(tmp_path, File("f", FILE.content), CONTENT[:3], CONTENT[3:])


def test_parts_of_images_share_their_memory():
    images = Labelled(np.zeros((5, 2), np.uint8), np.arange(5, dtype=np.uint8))
    assert len(images[1:4]) == 3
    assert images[1:4].labels.tolist() == [1, 2, 3]
    assert np.shares_memory(images[1:4].pixels, images.pixels)


def test_the_data_root(monkeypatch):
    monkeypatch.delenv("REPRO_DATA", raising=False)
    assert str(default_root()) == "datasets"
    monkeypatch.setenv("REPRO_DATA", "/elsewhere")
    assert str(default_root()) == "/elsewhere"
