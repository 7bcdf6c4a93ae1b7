"""Small-ImageNet: 37 x 37 grey images of ten kinds of things, rebuilt from a copy of ImageNet.

The paper's own set was never published; the paper gives no more than image size, classes and numbers of images.
This one is made from any tree <folder>/<WordNet id>/*.JPEG, such as ImageNet's training set or a part of it, and
then kept in the folder `small_imagenet` of the data root: images.npz, and report.json with what was used and
what was skipped.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import filelock
import numpy as np
from numpy.typing import NDArray

from repro.data.store import DataError, Labelled, Parts, file_digest
from repro.data.wordnet import CLASSES, classes
from repro.files import replacing, write_atomically

SIDE = 37  # pixels
PER_CLASS = 11_000  # images at most
SHARES = 11  # of these, 1 is for the test, 1 for validation and 9 are for training
RECIPE = 1  # raise it when the same tree would give other images
FOLDERS = ("imagenet", "imagenet/train", "ILSVRC2012/train", "ILSVRC/Data/CLS-LOC/train", "imagenet_sample")
"""Where a tree may lie, seen from the data root."""
REBUILD = "make it anew: python -m repro.data build small_imagenet"

Progress = Callable[[int, int], None]
"""Called with the images done so far and how many are wanted."""


@dataclass(frozen=True)
class Built:
    """The data set, with the account of how it came about."""

    parts: Parts  # pixels [n, 1369]; classes take turns, so that the first images are balanced too
    report: dict[str, Any]


def read(root: Path) -> Built:
    """The data set below the data root; made from the tree of images there if that wasn't done before.

    If it can't be written, warns and keeps it in memory only. Raises DataError if there is neither data set nor
    tree, if the tree has too few images, or if the files are damaged.
    """
    folder = folder_of(root)
    if not (folder / "report.json").exists():
        tree, built = find_tree(root), None
        try:
            folder.mkdir(exist_ok=True)
            with filelock.FileLock(folder / ".lock"):
                if not (folder / "report.json").exists():  # else another process has just made it
                    built = build(tree)
                    write(folder, built)
        except OSError as error:
            warnings.warn(f"Small-ImageNet stays in memory only: can't write {folder}: {error}", stacklevel=2)
            return built or build(tree)
    return _read(folder)


def figure1_images(root: Path) -> tuple[NDArray[np.uint8], list[str]]:
    """Fifty images for Figure 1 (bottom), uint8 [50, 37, 37], and the class of each; classes take turns.

    The paper doesn't say which it shows; these are the first training images. Raises DataError as `read` does.
    """
    first = read(root).parts.train[:50]
    if len(first) < 50:
        raise DataError(f"Small-ImageNet in {root} has only {len(first)} training images; 50 are needed")
    return first.pixels.reshape(-1, SIDE, SIDE), [CLASSES[label] for label in first.labels]


def folder_of(root: Path) -> Path:
    """Where the data set is kept."""
    return root / "small_imagenet"


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
    unreadable: dict[str, str] = {}
    images: list[list[NDArray[np.uint8]]] = []
    with ThreadPoolExecutor() as pool:  # decoding leaves Python's lock
        for name in present:
            images.append(_shrink_all(tree, found[name], wanted, pool, unreadable))
            progress(len(images) * wanted, len(present) * wanted)
    used = min((wanted, *map(len, images)))
    if not present or used < SHARES:
        counts = ", ".join(f"{n} {len(ok)}" for n, ok in zip(present, images, strict=True)) or "none"
        raise DataError(
            f"{tree}: too few images for Small-ImageNet ({counts}); a class needs {SHARES} that can be "
            f"decoded, or none at all ({len(unreadable)} can't be, {len(strangers)} folders are of no class)"
        )
    pixels = np.stack([image for turn in zip(*images, strict=False) for image in turn][: used * len(present)])
    labels = np.tile(np.array([CLASSES.index(name) for name in present], np.uint8), used)
    parts = _divide(Labelled(pixels, labels), used // SHARES * len(present))
    return Built(parts, _report(tree, found, strangers, unreadable, parts, used))


def _scan(tree: Path) -> tuple[dict[str, list[Path]], list[str]]:
    """The images of each class, in the order in which they are taken, and the folders that have no class."""
    found: dict[str, list[Path]] = {name: [] for name in CLASSES}
    strangers = []
    for folder in sorted(path for path in tree.iterdir() if path.is_dir()):
        name = classes().get(folder.name)
        if name:
            found[name] += [path for path in folder.rglob("*") if path.suffix.lower() in (".jpeg", ".jpg")]
        else:
            strangers.append(folder.name)
    for paths in found.values():
        paths.sort(key=lambda path: hashlib.sha256(path.relative_to(tree).as_posix().encode()).digest())
    return found, strangers


def _shrink_all(
    tree: Path, paths: Sequence[Path], wanted: int, pool: ThreadPoolExecutor, unreadable: dict[str, str]
) -> list[NDArray[np.uint8]]:
    """The first `wanted` of the images that can be decoded; those that can't go to `unreadable`."""
    images: list[NDArray[np.uint8]] = []
    rest = iter(paths)
    while len(images) < wanted and (batch := list(islice(rest, wanted - len(images)))):
        for path, image in zip(batch, pool.map(_shrink_or_error, batch), strict=True):
            if isinstance(image, DataError):
                unreadable[path.relative_to(tree).as_posix()] = str(image)
            else:
                images.append(image)
    return images


def _shrink_or_error(path: Path) -> NDArray[np.uint8] | DataError:
    try:
        return shrink(path)
    except DataError as error:
        return error


def shrink(path: Path) -> NDArray[np.uint8]:
    """An image as 1,369 grey levels, row by row.

    Grey is luma (.299 R + .587 G + .114 B); the largest central square is kept; every pixel is the mean of the
    area that it covers. Raises DataError if the file can't be decoded.
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


def _divide(images: Labelled, share: int) -> Parts:
    return Parts(train=images[2 * share :], valid=images[share : 2 * share], test=images[:share])


def _report(
    tree: Path,
    found: dict[str, list[Path]],
    strangers: list[str],
    unreadable: dict[str, str],
    parts: Parts,
    used: int,
) -> dict[str, Any]:
    """What was used and what was skipped, for report.json."""
    sizes = [len(part) for part in parts]
    present = [name for name in CLASSES if found[name]]
    total = sum(map(len, found.values()))
    return {
        "note": f"rebuilt: {' / '.join(f'{size:,}' for size in sizes)} images of {len(present)} of the 10 classes",
        "tree": str(tree),
        "recipe": RECIPE,
        "train, valid, test": sizes,
        "images of each class": used,
        "classes": {
            name: {"folders": len({path.relative_to(tree).parts[0] for path in paths}), "images": len(paths)}
            for name, paths in found.items()
        },
        "classes without images": [name for name in CLASSES if not found[name]],
        "not needed": total - used * len(present) - len(unreadable),
        "not decoded": unreadable,
        "folders of no class": strangers,
    }


def write(folder: Path, built: Built) -> None:
    """Keep the data set in `folder`; report.json comes last. Raises OSError, and leaves no half of it."""
    images = folder / "images.npz"
    with replacing(images) as file:
        arrays = {name: getattr(part, name) for ...}
