"""The card of Shapeset: its table is of the code's images, its picture shows every class."""

from pathlib import Path

import numpy as np

from repro.data.files.measure import measure
from repro.data.shapeset import card as shapeset_card
from repro.data.shapeset.facts import CLASS_NAMES
from repro.data.shapeset.stream import Shapeset

CARD = Path(__file__).resolve().parents[3] / "datasets" / "shapeset"


def test_the_table_is_on_the_card():
    assert measure(shapeset_card.parts()) in (CARD / "README.md").read_text(encoding="utf-8")


def test_the_picture_shows_twelve_of_every_class_upright():
    panels = shapeset_card.draw().axes
    assert len(panels) == 9 * 12
    assert [panel.get_ylabel()[3:] for panel in panels[::12]] == list(CLASS_NAMES)
    pixels, labels = Shapeset(0, stream="test").examples(0, 1000)
    first = pixels[labels == 4][0].view(32, 32).T.numpy()
    np.testing.assert_array_equal(panels[4 * 12].images[0].get_array(), first)


def test_the_picture_is_there():
    assert (CARD / "samples.png").read_bytes().startswith(b"\x89PNG")
