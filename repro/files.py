"""Files that a crash, a full disk or Ctrl-C never leave half written, and that tell if they were changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file to write to, which replaces `path` when the block ends without an error.

    Raises OSError (disk full, no permission). After any error the old file is intact and no temporary file is
    left.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp's are for their owner's eyes only
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno and not error.filename:  # a full disk doesn't say where
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content`: after a crash it holds the old bytes or the new ones, never a part.

    Raises OSError (disk full, no permission); the old file is then intact and no temporary file is left.
    """
    with replacing(path) as file:
        file.write(content)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Replace several files, none before the content of all is written.

    Raises OSError (disk full, no permission); the old files are then intact.
    """
    with contextlib.ExitStack() as stack:
        for path, content in files.items():
            file = stack.enter_context(replacing(path))
            file.write(content)
            file.flush()


def unwritable(folder: Path) -> str:
    """Why no file can be made in a folder, which need not be there yet; empty if it can. Makes nothing."""
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return f"{nearest} is a file"
    return "" if os.access(nearest, os.W_OK | os.X_OK) else f"no permission to write in {nearest}"


_MARK = b"sha256:"
_LENGTH = len(_MARK) + hashlib.sha256().digest_size * 2


def sealed(content: bytes) -> bytes:
    """The content with its checksum at the end; formats that are read from their start ignore it."""
    return content + _MARK + hashlib.sha256(content).hexdigest().encode()


def unsealed(data: bytes) -> tuple[bytes, bool]:
    """The content without its checksum, and whether it had one. Raises ValueError if that is wrong."""
    content, seal = data[:-_LENGTH], data[-_LENGTH:]
    if not seal.startswith(_MARK):
        return data, False
    if data != sealed(content):
        raise ValueError("its checksum is wrong")
    return content, True
