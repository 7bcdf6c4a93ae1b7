import io
import itertools

import matplotlib as mpl
import numpy as np

from repro.data.shapeset.author import figure1_tiles
from repro.drawing import style
from repro.exhibits import fig01


def test_the_png_holds_every_pixel_of_every_tile() -> None:
    image = mpl.image.imread(io.BytesIO(style.render(fig01.draw(fig01.tables([])), "png")))[:, :, 0]
    pixels = np.round(255 * image).astype(np.uint8)
    tiles = figure1_tiles()
    across = fig01.ZOOM * fig01.mosaic(tiles).shape[1]
    top = int(np.argmax((pixels < 255).any(axis=1)))
    left = (pixels.shape[1] - across) // 2
    for i, tile in enumerate(tiles):
        row, column = divmod(i, fig01.COLUMNS)
        y = top + fig01.ZOOM * row * (64 + fig01.LINE)
        x = left + fig01.ZOOM * column * (64 + fig01.GAP)
        wanted = tile.repeat(fig01.ZOOM, axis=0).repeat(fig01.ZOOM, axis=1)
        assert np.array_equal(pixels[y : y + len(wanted), x : x + len(wanted)], wanted)


def test_mosaic_is_in_reading_order() -> None:
    tiles = np.arange(50, dtype=np.uint8)[:, None, None] * np.ones((1, 64, 64), np.uint8)
    mosaic = fig01.mosaic(tiles)
    assert mosaic.shape == (5 * 78, 10 * 68 - 4)
    assert mosaic[::78, ::68].ravel().tolist() == list(range(50))
    assert (mosaic[64:78] == 255).all()
    assert fig01.mosaic(tiles[:, :37, :37]).shape == (5 * 51, 10 * 41 - 4)


def test_each_tile_has_its_class_below_it_that_no_neighbour_covers() -> None:
    figure = fig01.draw(fig01.tables([]))
    texts = figure.axes[0].texts
    assert len(texts) == 50
    assert [text.get_text() for text in texts[::10]] == ["parallelog.", "ellipse", "triangle + par."] + [
        "two triangles"
    ] * 2
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in texts]
    assert all(a.x1 <= b.x0 for a, b in itertools.pairwise(boxes) if abs(a.y0 - b.y0) < 5)


def test_reproduced_to_the_pixel() -> None:
    (verdict,) = fig01.verdicts(fig01.tables([]))
    assert verdict.outcome == "reproduced"
    assert verdict.paper in verdict.quantity.partition(",")[0]  # the same hash


def test_another_hash_is_not_reproduced() -> None:
    tables = dict(fig01.tables([]))
    tables["hashes"] = tables["hashes"].replace(tables["hashes"].loc["ours", "sha256"], "0" * 64)
    tables["hashes"].loc["paper", "sha256"] = "f" * 64
    assert fig01.verdicts(tables)[0].outcome == "not reproduced"


def test_table_names_the_objects_of_each_tile() -> None:
    table = fig01.tables([])["points"]
    assert len(table) == 50
    first_column = table.loc[table["column"] == 1, "class"].tolist()
    assert first_column == [
        "parallelogram",
        "ellipse",
        "triangle + parallelogram",
        "two triangles",
        "two triangles",
    ]


def test_summary_counts_all_tiles() -> None:
    assert fig01.summary(fig01.tables([]))["tiles"].sum() == 50


def test_bottom_names_what_it_shows() -> None:
    figure = fig01.draw_bottom(np.zeros((50, 37, 37), np.uint8), ["fish", "bird"] * 25)
    assert figure.texts[0].get_text().endswith("fish, bird")
