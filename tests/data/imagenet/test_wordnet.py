"""The table of classes: complete, unambiguous, and what its script makes of WordNet."""

from pathlib import Path

import pytest

from repro.data.imagenet import wordnet
from repro.data.imagenet.wordnet import CLASSES, ROOTS, TABLE, classes, make_table

NOUNS = Path("/usr/share/wordnet/data.noun")  # of Debian's package wordnet-base


def test_the_papers_classes_in_its_order():
    names = "reptiles vehicles birds mammals fish furniture instruments tools flowers fruits"
    assert tuple(names.split()) == CLASSES


def test_every_class_has_many_nouns_and_its_root():
    for name, root in ROOTS.items():
        assert classes()[root] == name
        assert list(classes().values()).count(name) > 100


def test_no_noun_is_in_two_classes():
    rows = [line for line in TABLE.read_text().splitlines() if line.startswith("n") and line[1].isdigit()]
    assert len(rows) == len(classes()) == 4975


@pytest.mark.parametrize(
    ("wnid", "name"),
    [
        ("n01443537", "fish"),  # goldfish
        ("n01698640", "reptiles"),  # American alligator
        ("n02123045", "mammals"),  # tabby
        ("n02056570", "birds"),  # king penguin
        ("n04285008", "vehicles"),  # sports car
        ("n07753592", "fruits"),  # banana
        ("n03001627", "furniture"),  # chair
        ("n04536866", "instruments"),  # violin
        ("n03481172", "tools"),  # hammer
        ("n11939491", "flowers"),  # daisy
        ("n01641577", None),  # bullfrog: an amphibian
        ("n04146614", None),  # school bus: public transport, for WordNet no vehicle
        ("n03085013", None),  # computer keyboard
        ("n07776866", None),  # fish as food
    ],
)
def test_known_nouns(wnid, name):
    assert classes().get(wnid) == name


def test_the_licence_is_kept():
    text = TABLE.read_text()
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in text
    assert 'PROVIDED "AS IS"' in text


def test_the_script(monkeypatch):
    """Fish > shark > (hammerhead, tiger shark), and a noun with two ways up is listed once."""
    lines = [
        "  1 the licence  ",
        "  2   ",
        "00000001 05 n 02 fish 0 swimmer 0 002 ~ 00000002 n 0000 ~ 00000003 n 0000 | an animal",
        "00000002 05 n 01 shark 0 003 @ 00000001 n 0000 ~ 00000003 n 0000 #m 00000009 n 0000 | ~ 00000007",
        "00000003 05 n 01 tiger_shark 1 002 @ 00000002 n 0000 @ 00000001 n 0000 | striped",
        "00000004 05 n 01 mammal 0 000 | not below fish",
    ]
    monkeypatch.setattr(wordnet, "ROOTS", {"fish": "n00000001"})
    assert list(make_table(lines)) == [
        "# the licence",
        "#",
        "wnid,class,noun",
        "n00000001,fish,fish",
        "n00000002,fish,shark",
        "n00000003,fish,tiger_shark",
    ]


def test_the_table_is_what_the_script_makes():
    if not NOUNS.is_file():
        pytest.skip("Debian's package wordnet-base is not installed")
    assert "\n".join(make_table(NOUNS.read_text(encoding="latin-1").splitlines())) + "\n" == TABLE.read_text()
