"""The ten classes of Small-ImageNet, by WordNet id: a table shipped beside this file, and how it is made.

ImageNet's folders are named by ids such as n01443537: `n` and the position of a noun in WordNet 3.0's file
`data.noun`. A class is everything below one noun, in the sense of "is a kind of". To make the table anew,
with the file from Debian's package wordnet-base:

    python -m repro.data.imagenet.wordnet /usr/share/wordnet/data.noun > repro/data/wordnet_classes.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOTS = {
    "reptiles": "n01661091",
    "vehicles": "n04524313",
    "birds": "n01503061",
    "mammals": "n01861778",
    "fish": "n02512053",  # the animals, not the food
    "furniture": "n03405725",
    "instruments": "n03800933",  # musical ones: "musical instrument" was one of ImageNet's first subtrees
    "tools": "n04451818",
    "flowers": "n11669921",  # the plants
    "fruits": "n13134947",  # in the botanist's sense, which includes what we eat
}
"""The paper's classes in its order, each with the noun that stands for it. No noun is below two of them."""

CLASSES = tuple(ROOTS)
"""Class names by label."""

TABLE = Path(__file__).with_name("wordnet_classes.csv")


@cache
def classes() -> Mapping[str, str]:
    """The class of every WordNet id that has one."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["wnid"]: row["class"] for row in rows}


def make_table(lines: list[str]) -> Iterator[str]:
    """The lines of the table, from those of `data.noun`, whose licence comes first."""
    words: dict[str, str] = {}  # id → the noun
    below: dict[str, list[str]] = {}  # id → ids of its direct kinds
    for line in lines:
        if line.startswith("  "):
            yield "# " + line.split(maxsplit=1)[-1].rstrip() if line.split()[1:] else "#"
            continue
        wnid, word, kinds = _parse(line)
        words[wnid], below[wnid] = word, kinds
    yield "wnid,class,noun"
    for name, root in ROOTS.items():
        found, reached = [root], {root}
        for wnid in found:  # grows while we go through it
            new = [kind for kind in below[wnid] if kind not in reached]
            found += new
            reached.update(new)
        yield from (f"{wnid},{name},{words[wnid]}" for wnid in sorted(found))


def _parse(line: str) -> tuple[str, str, list[str]]:
    """Id, first word and direct kinds of a noun; the format is described in WordNet's manual page wndb(5)."""
    fields = line.partition(" | ")[0].split()
    pointers = 4 + 2 * int(fields[3], 16)  # after the words, each with a number
    triples = zip(fields[pointers + 1 :: 4], fields[pointers + 2 :: 4], strict=False)
    return "n" + fields[0], fields[4], ["n" + target for symbol, target in triples if symbol == "~"]


if __name__ == "__main__":
    print(*make_table(Path(sys.argv[1]).read_text(encoding="latin-1").splitlines()), sep="\n")
