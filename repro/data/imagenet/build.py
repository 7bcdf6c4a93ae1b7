"""Small-ImageNet: 37 x 37 grey images of ten kinds of things, rebuilt from a copy of ImageNet.

The paper's own set was never published; the paper states image size, classes and numbers of images, no more.
This one is made from any tree <folder>/<WordNet id>/*.JPEG, such as ImageNet's training set or a part of it,
and then kept in the folder `small_imagenet` of the data root: images.npz, and report.json with what was used
and what was skipped.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import filelock
import numpy as np
from numpy.typing import NDArray

from repro.data.files.store import DataError, Labelled, Parts, file_digest
from repro.data.imagenet.wordnet import CLASSES, classes
from repro.files import replacing, write_atomically

SIDE = 37  # pixels
PER_CLASS = 11_000  # images at most
SHARES = 11  # of these, 1 is for the test, 1 for validation and 9 are for training
SUFFIXES = (".jpeg", ".jpg")
RECIPE = 1  # raise it when the same tree would give other images
FOLDERS = ("imagenet", "imagenet/train", "ILSVRC2012/train", "ILSVRC/Data/CLS-LOC/train", "imagenet_sample")
"""Where a tree may lie, seen from the data root."""
REBUILD = "make it anew: python -m repro.data build small_imagenet"

Progress = Callable[[int, int], None]
"""Called with the number of images just done and how many it will be in all."""


@dataclass(frozen=True)
class Built:
    """The data set, with the account of how it came about."""

    images: Labelled  # test, validation, then training; classes take turns, so any first n are balanced
    report: dict[str, Any]

    @property
    def parts(self) -> Parts:
        """Pixels are [n, 1369]."""
        test, valid, _ = self.report["sizes"]
        test_part, valid_part = self.images[:test], self.images[test : test + valid]
        return Parts(self.images[test + valid :], valid_part, test_part, self.report["note"])


def read(root: Path) -> Built:
    """The data set below the data root; made from the tree of images there if that wasn't done before.

    If it can't be written, warns and keeps it in memory only. Raises DataError if there is neither data set
    nor tree, if the tree has too few images, or if the files are damaged.
    """
    if _exists(root):
        return stored(root)
    tree, built = find_tree(root), None
    try:
        with _lock(root):
            if _exists(root):  # another process has just made it
                return stored(root)
            built = build(tree)
            _write(folder_of(root), built)
    except OSError as error:
        warnings.warn(f"Small-ImageNet is not kept: can't write {folder_of(root)}: {error}", stacklevel=2)
    return built or build(tree)


def make(root: Path, tree: Path, progress: Progress) -> Built:
    """Build the data set from `tree` and keep it, in place of any that is there. Raises DataError."""
    try:
        with _lock(root):
            built = build(tree, progress)
            _write(folder_of(root), built)
    except OSError as error:
        raise DataError(f"can't write {folder_of(root)}: {error}") from error
    return built


def figure1_images(root: Path) -> tuple[NDArray[np.uint8], list[str]]:
    """Fifty images for Figure 1 (bottom), uint8 [50, 37, 37], and the class of each; classes take turns.

    The paper doesn't say which it shows; these are the first training images. Raises DataError as `read`.
    """
    first = read(root).parts.train[:50]
    if len(first) < 50:
        raise DataError(f"Small-ImageNet in {root} has only {len(first)} training images; 50 are needed")
    return first.pixels.reshape(-1, SIDE, SIDE), [CLASSES[label] for label in first.labels]


def folder_of(root: Path) -> Path:
    """Where the data set is kept."""
    return root / "small_imagenet"


def _exists(root: Path) -> bool:
    return (folder_of(root) / "report.json").exists()


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Keep other processes from making the data set. Raises OSError if the data root can't be written."""
    folder_of(root).mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder_of(root) / ".lock"):
        yield


def find_tree(root: Path) -> Path:
    """The first tree of images below the data root. Raises DataError if there is none."""
    for folder in FOLDERS:
        if any((root / folder).glob("n" + "[0-9]" * 8)):
            return root / folder
    raise DataError(
        f"no images for Small-ImageNet: ImageNet can't be downloaded freely, so put or link a tree "
        f"<WordNet id>/*.JPEG at {root / FOLDERS[0]}"
    )


def build(tree: Path, progress: Progress = lambda done, wanted: None) -> Built:
    """Make the data set from a tree of images, the same from the same tree.

    Every class gets as many images as the smallest one has, at most 11,000, in an order that is random but
    fixed by the files' names. Images that can't be decoded are skipped and counted, as are classes without
    images and folders that belong to no class. Raises DataError if a class has some images but not enough.
    """
    found, strangers = _scan(tree)
    present = [name for name in CLASSES if found[name]]
    wanted = min((PER_CLASS, *(len(found[name]) for name in present)))
    skipped: dict[str, str] = {}
    images: list[list[NDArray[np.uint8]]] = []
    with ThreadPoolExecutor() as pool:
        for name in present:
            images.append([])
            for image in islice(_shrunk(tree, found[name], pool, skipped), wanted):
                images[-1].append(image)
                progress(1, wanted * len(present))
    counts = [f"{name} {len(own)}" for name, own in zip(present, images, strict=True)]
    used = min((wanted, *map(len, images)))
    if not present or used < SHARES:
        raise DataError(
            f"{tree}: too few images for Small-ImageNet ({', '.join(counts) or 'none'}): a class needs "
            f"{SHARES} or none; {len(skipped)} can't be decoded, {len(strangers)} folders belong to no class"
        )
    pixels = np.stack([image for turn in zip(*images, strict=False) for image in turn])
    labels = np.tile(np.array([CLASSES.index(name) for name in present], np.uint8), used)
    return Built(
        Labelled(pixels, labels),
        _report(tree, found, used) | {"not decoded": skipped, "folders of no class": strangers},
    )


def _scan(tree: Path) -> tuple[dict[str, list[Path]], list[str]]:
    """The images of each class, in the order in which they are taken, and the folders that have no class."""
    found: dict[str, list[Path]] = {name: [] for name in CLASSES}
    strangers = []
    try:
        for folder in sorted(path for path in tree.iterdir() if path.is_dir()):
            name = classes().get(folder.name)
            if name:
                found[name] += [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
            else:
                strangers.append(folder.name)
    except OSError as error:
        raise DataError(f"{tree} can't be read: {error}") from error
    for paths in found.values():
        paths.sort(key=lambda path: hashlib.sha256(path.relative_to(tree).as_posix().encode()).digest())
    return found, strangers


def _shrunk(
    tree: Path, paths: Sequence[Path], pool: ThreadPoolExecutor, skipped: dict[str, str]
) -> Iterator[NDArray[np.uint8]]:
    """The images one by one, without those that can't be decoded, which go to `skipped` with the reason."""
    for start in range(0, len(paths), 256):  # decoded side by side: Pillow leaves Python's lock
        batch = paths[start : start + 256]
        for path, image in zip(batch, pool.map(_shrink_or_error, batch), strict=True):
            if isinstance(image, DataError):
                skipped[path.relative_to(tree).as_posix()] = str(image)
            else:
                yield image


def _shrink_or_error(path: Path) -> NDArray[np.uint8] | DataError:
    try:
        return shrink(path)
    except DataError as error:
        return error


def shrink(path: Path) -> NDArray[np.uint8]:
    """An image as 1,369 grey levels, row by row.

    Grey is luma (.299 R + .587 G + .114 B); the largest central square is kept; every pixel is the mean of
    the area that it covers. Raises DataError if the file can't be decoded.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=("JPEG", "PNG")) as file:  # some of ImageNet's .JPEG are PNG
            grey = file.convert("L")
        side = min(grey.size)
        left, top = (grey.width - side) // 2, (grey.height - side) // 2
        square = (left, top, left + side, top + side)
        return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BOX, square)).reshape(-1)
    except Exception as error:  # Pillow has no common error for broken files
        raise DataError(f"{type(error).__name__}: {error}") from error


def _report(tree: Path, found: dict[str, list[Path]], used: int) -> dict[str, Any]:
    """What was used and what was not, for report.json."""
    present = [name for name in CLASSES if found[name]]
    share = used // SHARES * len(present)
    sizes = [share, share, used * len(present) - 2 * share]
    train, valid, test = (f"{size:,}" for size in reversed(sizes))
    return {
        "note": f"rebuilt: {train} / {valid} / {test} images of {len(present)} of the {len(CLASSES)} classes",
        "recipe": RECIPE,
        "tree": str(tree),
        "sizes": sizes,
        "images used of each class": used,
        "found": {
            name: {"folders": len({path.relative_to(tree).parts[0] for path in paths}), "images": len(paths)}
            for name, paths in found.items()
        },
        "classes without images": [name for name in CLASSES if not found[name]],
    }


def _write(folder: Path, built: Built) -> None:
    """Keep the data set; report.json with its checksum comes last. Raises OSError, leaving no half file."""
    archive = folder / "images.npz"
    with replacing(archive) as file:
        np.savez(file, pixels=built.images.pixels, labels=built.images.labels)
    report = built.report | {"checksum": file_digest("sha256:", archive)}
    write_atomically(folder / "report.json", (json.dumps(report, indent=1) + "\n").encode())


def stored(root: Path) -> Built:
    """The data set kept below the data root. Raises DataError if it isn't there or its checksum is wrong."""
    folder = folder_of(root)
    archive = folder / "images.npz"
    try:
        report = json.loads((folder / "report.json").read_bytes())
        if not isinstance(report, dict) or report.get("recipe") != RECIPE:
            raise DataError(f"{folder} was not made by this version of the project; {REBUILD}")
        if report.get("checksum") != file_digest("sha256:", archive):
            raise DataError(f"{archive} is damaged; {REBUILD}")
        with np.load(archive) as stored:
            return Built(Labelled(stored["pixels"], stored["labels"]), report)
    except DataError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{folder} can't be read ({error}); {REBUILD}") from error
