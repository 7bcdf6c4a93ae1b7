"""Files are replaced whole or not at all."""

import os

import pytest

from repro.files import replacing, unwritable, write_atomically, write_together


def test_content_arrives_at_the_end(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    write_atomically(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), replacing(path) as file:
        file.write(b"half")
        raise error
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "none" / "file"):
        pass


def test_several_files_are_replaced_together_or_not_at_all(tmp_path):
    names = "page", "picture", "numbers"
    write_together({tmp_path / name: b"old" for name in names})
    with pytest.raises(OSError):
        write_together({**{tmp_path / name: b"new" for name in names}, tmp_path / "missing" / "file": b"new"})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == dict.fromkeys(names, b"old")
    write_together({tmp_path / name: name.encode() for name in names})
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {name: name for name in names}


def test_where_nothing_can_be_written_is_known_before(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    assert unwritable(tmp_path / "new" / "newer") == "" and not (tmp_path / "new").exists()
    assert unwritable(tmp_path / "file" / "folder") == f"{tmp_path / 'file'} is a file"
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be allowed everything
    assert unwritable(tmp_path / "new") == f"no permission to write in {tmp_path}"
