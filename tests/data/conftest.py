"""Tiny data sets in the formats of the real ones."""

import gzip
import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

from repro.data.files import idx
from repro.data.files.catalog import IDX_NAMES
from repro.data.files.store import Archive, File, Publication, Version


def checksum(content: bytes) -> str:
    return "md5:" + hashlib.md5(content).hexdigest()


def idx_bytes(array: np.ndarray) -> bytes:
    return idx.header(array.shape) + array.tobytes()


@pytest.fixture
def tiny_mnist(tmp_path) -> tuple[Path, Publication, dict[str, bytes]]:
    """A data root with 30 + 8 images in MNIST's format, its description, and the packed files by name."""
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (30, 28, 28), np.uint8),
        np.arange(30, dtype=np.uint8) % 10,
        rng.integers(0, 256, (8, 28, 28), np.uint8),
        np.arange(8, dtype=np.uint8),
    ]
    content = [idx_bytes(array) for array in arrays]
    packed = {name: gzip.compress(plain, mtime=0) for name, plain in zip(IDX_NAMES, content, strict=True)}
    files = tuple(
        File(name, checksum(plain), len(plain), checksum(packed[name]))
        for name, plain in zip(IDX_NAMES, content, strict=True)
    )
    folder = tmp_path / "root" / "tiny"
    folder.mkdir(parents=True)
    for name, data in packed.items():
        (folder / name).write_bytes(data)
    return tmp_path / "root", Publication("tiny", (Version(("tiny", "TINY/raw"), files),), ()), packed


@pytest.fixture
def tiny_cifar(tmp_path) -> tuple[Path, Publication, dict[str, bytes]]:
    """An empty data root, the description of a CIFAR-10 with 4 images per batch, and both versions' files.

    Pixels of batch b are all 10 b + i in image i, so that both versions and the order can be told.
    """
    content: dict[str, bytes] = {}
    for b in range(6):
        pixels = np.repeat(np.arange(10 * b, 10 * b + 4, dtype=np.uint8)[:, None], 3072, axis=1)
        labels = [(b + i) % 10 for i in range(4)]
        name = f"data_batch_{b + 1}" if b < 5 else "test_batch"
        content[name] = pickle.dumps({b"data": pixels, b"labels": labels}, protocol=2)
        content[name + ".bin"] = np.column_stack([np.array(labels, np.uint8), pixels]).tobytes()
    python, binary = (
        Version(
            (f"tiny/{folder}", folder), tuple(File(n, checksum(c)) for n, c in content.items() if chosen(n))
        )
        for folder, chosen in (
            ("cifar-10-batches-py", lambda name: not name.endswith(".bin")),
            ("cifar-10-batches-bin", lambda name: name.endswith(".bin")),
        )
    )
    archive = Archive("cifar-10-python.tar.gz", "md5:0")
    return tmp_path / "root", Publication("tiny", (python, binary), (), archive=archive), content


@pytest.fixture
def lay_out():
    """Write files, by their paths below a folder."""

    def write(root: Path, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)

    return write
