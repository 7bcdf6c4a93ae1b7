"""Data files: where they lie below the data root, whether they are the right ones, and how they are read.

The data root is the folder `machine.data` (environment variable REPRO_DATA, or `datasets`).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from repro.experiment.values import ConfigError

CHUNK = 2**20  # bytes read at a time
LARGEST = 2**30  # bytes: no data file is larger


class DataError(ConfigError):
    """A data file that is missing or can't be used; the message names it and says what to do."""


@dataclass(frozen=True)
class Labelled:
    """Images with their classes."""

    pixels: NDArray[np.uint8]  # [n, D] grey levels or colour values
    labels: NDArray[np.uint8]  # [n]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> Labelled:
        """Some of the images, sharing memory."""
        return Labelled(self.pixels[part], self.labels[part])


@dataclass(frozen=True)
class Parts:
    """A finite data set, divided."""

    train: Labelled
    valid: Labelled
    test: Labelled
    note: str = ""  # what must be said wherever results are shown, if the set is not the paper's


@dataclass(frozen=True)
class File:
    """One file of a data set. Checksums are written `md5:...` or `sha256:...`."""

    name: str  # as offered for download
    content: str  # checksum of the unpacked bytes, so that it doesn't matter who packed them
    size: int = 0  # bytes, unpacked; 0: not published
    offered: str = ""  # checksum of the packed file, as its makers offer it


@dataclass(frozen=True)
class Version:
    """One form in which a data set comes."""

    folders: tuple[str, ...]  # where it may lie, seen from the data root; the first is ours
    files: tuple[File, ...]


@dataclass(frozen=True)
class Archive:
    """A download that holds the files of a version."""

    name: str
    offered: str  # its checksum


@dataclass(frozen=True)
class Publication:
    """What a data set consists of and where to get it."""

    name: str
    versions: tuple[Version, ...]  # file number i holds the same part of the data in each of them
    mirrors: tuple[str, ...]  # addresses of folders, best first
    torchvision: str = ""  # the class of torchvision.datasets that knows addresses too
    archive: Archive | None = None  # of the first version; without it files are offered one by one

    def find(self, root: Path, number: int) -> tuple[Path, File] | None:
        """The first file with this number that is there, in any version, packed or not."""
        for version in self.versions:
            file = version.files[number]
            for folder in version.folders:
                for name in dict.fromkeys((file.name, file.name.removesuffix(".gz"))):
                    if (path := root / folder / name).is_file():
                        return path, file
        return None

    def folder(self, root: Path) -> Path:
        """Where downloads go."""
        return root / self.name

    def located(self, root: Path, number: int) -> tuple[Path, File]:
        """As `find`. Raises DataError if there is no such file, saying how to get it."""
        found = self.find(root, number)
        if found is None:
            raise DataError(self.missing(root, number))
        return found

    def missing(self, root: Path, number: int) -> str:
        """What is missing, its checksum, and where to put it."""
        file = self.versions[0].files[number]
        wanted: File | Archive = self.archive or file
        inside = f" (for {file.name})" if self.archive else ""
        unpack = ", and the same command unpacks it" if self.archive else ""
        return (
            f"no file {wanted.name}{inside} in {self.folder(root)}; get it: python -m repro.data fetch "
            f"{self.name}. Without network: put it there by hand (its checksum: {wanted.offered}){unpack}"
        )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever reading `path` may raise into a DataError that names it."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: can't be read ({error}); remove it and fetch it again") from error


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The file at `path`, through gzip if it is packed. Raises DataError for all that goes wrong inside."""
    with reading(path), path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield cast(IO[bytes], gzip.GzipFile(fileobj=file)) if packed else file


def digest(like: str, buffers: Iterable[Any]) -> str:
    """The checksum of some buffers, one after the other; of the same kind as the checksum `like`."""
    kind = like.partition(":")[0]
    state = hashlib.new(kind, usedforsecurity=False)
    for buffer in buffers:
        state.update(buffer)
    return f"{kind}:{state.hexdigest()}"


def file_digest(like: str, path: Path) -> str:
    """The checksum of a file as it is, packed or not. Raises OSError."""
    with path.open("rb") as file:
        return digest(like, iter(lambda: file.read(CHUNK), b""))


def verify_content(path: Path, file: File, *content: Any) -> None:
    """Raises DataError if buffers read from `path` are not the unpacked bytes of `file`."""
    size = sum(memoryview(buffer).nbytes for buffer in content)
    if size != (file.size or size):
        raise DataError(f"{path}: holds {size:,} bytes, expected {file.size:,}; remove it and fetch it again")
    found = digest(file.content, content)
    if found != file.content:
        raise DataError(f"{path}: damaged, {found} is not {file.content}; remove it and fetch it again")


def verified_bytes(path: Path, file: File) -> bytes:
    """The unpacked bytes of the file at `path`. Raises DataError if they are not those of `file`."""
    with unpacked(path) as stream:
        content = stream.read((file.size or LARGEST) + 1)  # no more, whatever a packed file expands to
        stream.read(1)  # at its end gzip checks its own sums
    verify_content(path, file, content)
    return content


def default_root() -> Path:
    """The data root where no configuration names another."""
    return Path(os.environ.get("REPRO_DATA", "datasets"))
