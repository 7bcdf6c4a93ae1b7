"""Get, check and describe the data sets. The data root is --root, else REPRO_DATA, else `datasets`.

python -m repro.data fetch mnist cifar10     download what is missing: resumable, verified
python -m repro.data verify [name ...]       check files; exit code 1 if one is damaged or, if named, missing
python -m repro.data list                    names, files, bytes, checksum state, where they are or come from
python -m repro.data build small_imagenet    make Small-ImageNet anew from a tree of images
python -m repro.data measure mnist           the table on a data set's card
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from repro.data import sets
from repro.data.files.catalog import FETCHED
from repro.data.files.download import fetch
from repro.data.files.measure import measure
from repro.data.files.store import DataError, default_root, verified_bytes
from repro.data.imagenet import build as small_imagenet
from repro.experiment import components

FILES = (*FETCHED, "small_imagenet")
"""The data sets that consist of files."""
DIVIDED = tuple(name for name in components.names("dataset") if isinstance(sets.of(name), sets.Images))
"""Those that are divided into training, validation and test images."""


class Line(NamedTuple):
    """One file, as `list` and `verify` show it."""

    dataset: str
    file: str
    size: int  # bytes on disk
    state: str  # good, missing or damaged
    where: str  # its path, or where to get it, or what is wrong with it


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of `python -m repro.data` with these arguments; by default those of the process."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Path], int] = options.command
    try:
        return command(options, options.root or default_root())
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    except (
        BrokenPipeError
    ):  # ... | head, which has seen enough: nothing more is to be written, at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    assert __doc__ is not None
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m repro.data", description=__doc__, formatter_class=raw)
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument("--root", type=Path, help="the data root")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(command: Callable[[argparse.Namespace, Path], int], text: str) -> argparse.ArgumentParser:
        own = commands.add_parser(command.__name__.strip("_"), parents=[root], help=text)
        own.set_defaults(command=command)
        return own

    own = add(_fetch, "download what is missing")
    own.add_argument("names", nargs="+", choices=FETCHED, metavar="name", help=", ".join(FETCHED))
    own.add_argument("--mirror", action="append", default=[], metavar="URL", help="a folder to try first")
    own = add(_verify, "check all files")
    own.add_argument("names", nargs="*", type=_known, metavar="name", help=", ".join(FILES))
    add(_list, "what is there, and what isn't")
    own = add(_build, "make Small-ImageNet anew")
    own.add_argument("name", choices=["small_imagenet"])
    own.add_argument("--images", type=Path, metavar="FOLDER", help="the tree <WordNet id>/*.JPEG")
    add(_measure, "the table on a card").add_argument("name", choices=DIVIDED)
    return parser


def _known(name: str) -> str:
    if name not in FILES:  # `choices` would refuse an empty list
        raise argparse.ArgumentTypeError(f"{name}: expected {', '.join(FILES)}")
    return name


def _fetch(options: argparse.Namespace, root: Path) -> int:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    failures = 0
    with Progress(*columns, console=console) as bar:
        tasks: dict[str, TaskID] = {}
        log = partial(bar.console.print, highlight=False, soft_wrap=True)

        def report(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file)
            bar.update(tasks[file], completed=done, total=total)

        for name in options.names:
            try:
                fetch(FETCHED[name], root, options.mirror, report, log)
                log(f"{name}: complete and verified")
            except DataError as error:
                failures += 1
                log(f"{name}: {error}", style="red")
    return min(failures, 1)


def _verify(options: argparse.Namespace, root: Path) -> int:
    lines = [line for line in _lines(root) if line.dataset in (options.names or FILES)]
    _show(lines)
    bad = {"damaged", "missing"} if options.names else {"damaged"}
    return int(any(line.state in bad for line in lines))


def _list(options: argparse.Namespace, root: Path) -> int:
    print(f"data root: {root}")
    _show(_lines(root))
    return 0


def _show(lines: Iterable[Line]) -> None:
    for line in lines:
        print(f"{line.dataset:14} {line.file:26} {line.size:>11,} {line.state:7}  {line.where}", flush=True)


def _lines(root: Path) -> Iterator[Line]:
    for name, dataset in FETCHED.items():
        for number, wanted in enumerate(dataset.versions[0].files):
            found = dataset.find(root, number)
            if found is None:
                yield Line(name, wanted.name, 0, "missing", f"from {dataset.mirrors[0]}")
                continue
            path, file = found
            state = _state(partial(verified_bytes, path, file), path)
            yield Line(name, path.name, path.stat().st_size, *state)
    images = small_imagenet.folder_of(root) / "images.npz"
    if images.exists():
        state = _state(partial(small_imagenet.stored, root), images)
        yield Line("small_imagenet", images.name, images.stat().st_size, *state)
    else:
        yield Line(
            "small_imagenet", images.name, 0, "missing", f"made from {root / small_imagenet.FOLDERS[0]}"
        )


def _state(check: Callable[[], object], path: Path) -> tuple[str, str]:
    """The last two fields of a line, from a check that raises DataError."""
    try:
        check()
    except DataError as error:
        return "damaged", str(error)
    return "good", str(path)


def _build(options: argparse.Namespace, root: Path) -> int:
    tree = options.images or small_imagenet.find_tree(root)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("images", total=None)
        built = small_imagenet.make(
            root, tree, lambda done, total: bar.update(task, advance=done, total=total)
        )
    report = dict(built.report)
    skipped = report.pop("not decoded")
    print(json.dumps(report, indent=1))
    print(
        f"{len(skipped)} images could not be decoded", *(f"  {k}: {v}" for k, v in skipped.items()), sep="\n"
    )
    return 0


def _measure(options: argparse.Namespace, root: Path) -> int:
    parts = sets.of(options.name).read(root)  # type: ignore[attr-defined]
    print(measure(parts), *([parts.note] if parts.note else []), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
