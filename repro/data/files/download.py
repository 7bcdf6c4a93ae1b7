"""Getting data files over HTTP: mirrors in order, resumed where they stopped, verified, never half there.

A file arrives as `<name>.part` and gets its name once its checksum is right. Ctrl-C, a crash or a lost
connection leave the part, and the next attempt goes on from it. A lock keeps two processes off one file.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import filelock

from repro.data.files.store import (
    CHUNK,
    DataError,
    File,
    Publication,
    file_digest,
    verified_bytes,
    verify_content,
)
from repro.files import write_atomically

TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 3  # on one mirror, as long as each brings something new

Report = Callable[[str, int, int | None], None]
"""Called with a file's name, its bytes so far, and all its bytes if that is known."""


class UnavailableError(Exception):
    """A mirror that doesn't answer, or not with the right bytes."""


def fetch(
    dataset: Publication,
    root: Path,
    mirrors: Sequence[str] = (),
    report: Report = lambda name, done, total: None,
    log: Callable[[str], None] = print,
) -> None:
    """Have all files of a data set below the data root; what is there already is verified and kept.

    Tries `mirrors` (addresses of folders) first, then torchvision's, then the catalog's. Raises DataError,
    naming file, checksum and folder, if a file can't be had from any of them or can't be written.
    """
    if not any(_absent(dataset, root)):
        return
    folder, version = dataset.folder(root), dataset.versions[0]
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / ".lock"):
            absent = list(_absent(dataset, root, log))  # another process may have fetched them meanwhile
            for item in [dataset.archive] if dataset.archive and absent else absent:
                target = folder / item.name
                if not (target.exists() and file_digest(item.offered, target) == item.offered):
                    urls = _addresses(dataset, item.name, mirrors, log)
                    _from_first(urls, target, item.offered, report, log)
            if dataset.archive and absent:
                _unpack(folder / dataset.archive.name, root / version.folders[0], version.files)


def _absent(
    dataset: Publication, root: Path, log: Callable[[str], None] = lambda line: None
) -> Iterator[File]:
    """The files that are missing or damaged below the data root."""
    for number, file in enumerate(dataset.versions[0].files):
        if found := dataset.find(root, number):
            try:
                verified_bytes(*found)
                continue
            except DataError as error:
                log(str(error))
        yield file


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"can't write to {folder} ({error}); REPRO_DATA names another data root") from error


def _addresses(
    dataset: Publication, name: str, mirrors: Sequence[str], log: Callable[[str], None]
) -> Sequence[str]:
    """All addresses of a file, best first, each once."""
    folders = [*mirrors, *_torchvision_mirrors(dataset.torchvision, log), *dataset.mirrors]
    return list(dict.fromkeys(folder.rstrip("/") + "/" + name for folder in folders))


def _torchvision_mirrors(name: str, log: Callable[[str], None]) -> list[str]:
    """The folders from which torchvision gets a data set; none if it can't be imported or doesn't know it."""
    if not name:
        return []
    try:
        from torchvision import datasets
    except Exception as error:  # built for another torch it raises RuntimeError, OSError or others
        log(f"torchvision's addresses are left out, it can't be imported: {error}")
        return []
    cls: Any = getattr(datasets, name)
    return [cls.url.rpartition("/")[0]] if hasattr(cls, "url") else list(cls.mirrors)


def _from_first(
    urls: Sequence[str],
    target: Path,
    offered: str,
    report: Report,
    log: Callable[[str], None],
) -> None:
    """Download `target` from the first address that has it."""
    part = target.with_name(target.name + ".part")
    for url in urls:
        try:
            _complete(url, part, offered, report)
            part.replace(target)
            return
        except UnavailableError as failure:
            log(f"{url}: {failure}")
    raise DataError(
        f"{target.name} could not be had from any of {len(urls)} addresses; put it by hand into "
        f"{target.parent} (its checksum: {offered})"
    )


def _complete(url: str, part: Path, offered: str, report: Report) -> None:
    """Fill `part` with the file at `url`. Raises UnavailableError; what has come is left for the next one."""
    while True:
        resumed = _size(part) > 0
        _receive_all(url, part, report)
        if file_digest(offered, part) == offered:
            return
        part.unlink()
        if not resumed:  # otherwise what was there before may be to blame: once more, from the start
            raise UnavailableError("wrong checksum")


def _receive_all(url: str, part: Path, report: Report) -> None:
    for attempt in range(ATTEMPTS):
        before = _size(part)
        try:
            return _receive(url, part, report)
        except UnavailableError:
            if attempt == ATTEMPTS - 1 or _size(part) == before:
                raise


def _receive(url: str, part: Path, report: Report) -> None:
    """Append to `part` what it lacks of the file at `url`."""
    done = _size(part)
    response = _open(url, done)
    if response is None:
        return
    with response:
        if response.status != 206:  # the server can't resume: from the start
            done = 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else None
        with part.open("ab" if done else "wb") as file:
            while chunk := _read(response):
                file.write(chunk)
                done += len(chunk)
                report(part.stem, done, total)
    if total is not None and done < total:
        raise UnavailableError(f"ended after {done:,} of {total:,} bytes")


def _open(url: str, done: int) -> Any:
    """The server's answer, from byte `done` on if it can; None if it says that nothing comes after that."""
    headers = {"User-Agent": "repro", **({"Range": f"bytes={done}-"} if done else {})}
    try:
        return urlopen(Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        if error.code == 416 and done:  # range not satisfiable: the checksum will tell
            return None
        raise UnavailableError(str(error)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise UnavailableError(str(getattr(error, "reason", error))) from error


def _read(response: Any) -> bytes:
    """What has come; waits only if that is nothing. Empty at the end."""
    try:
        content: bytes = response.read1(CHUNK)
        return content
    except (OSError, HTTPException) as error:
        raise UnavailableError(str(error)) from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _unpack(archive: Path, folder: Path, files: Sequence[File]) -> None:
    """Take `files` out of an archive and into `folder`, which has the same name as theirs in the archive."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{folder.name}/{file.name}": file for file in files}
    with tarfile.open(archive) as tar:
        for member in tar:
            if file := wanted.pop(member.name, None):
                content = cast(IO[bytes], tar.extractfile(member)).read()
                verify_content(folder / file.name, file, content)
                write_atomically(folder / file.name, content)
    if wanted:
        raise DataError(f"{archive}: lacks {', '.join(wanted)}")
