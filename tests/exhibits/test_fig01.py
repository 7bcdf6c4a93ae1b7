import io

import matplotlib as mpl
import numpy as np

from repro.data.shapeset.author import figure1_tiles
from repro.drawing import style
from repro.exhibits import fig01


def test_the_png_holds_every_pixel_of_every_tile() -> None:
    image = mpl.image.imread(io.BytesIO(style.render(fig01.draw(fig01.tables([])), "png")))[:, :, 0]
    pixels = np.round(255 * image).astype(np.uint8)
    mosaic = fig01.mosaic(figure1_tiles())
    wanted = mosaic.repeat(fig01.ZOOM, axis=0).repeat(fig01.ZOOM, axis=1)
    top = int(np.argmax((pixels < 255).any(axis=1)))
    left = (pixels.shape[1] - wanted.shape[1]) // 2
    assert np.array_equal(pixels[top : top + wanted.shape[0], left : left + wanted.shape[1]], wanted)


def test_mosaic_is_in_reading_order() -> None:
    tiles = np.arange(50, dtype=np.uint8)[:, None, None] * np.ones((1, 64, 64), np.uint8)
    mosaic = fig01.mosaic(tiles)
    assert mosaic.shape == (5 * 68 - 4, 10 * 68 - 4)
    assert mosaic[::68, ::68].ravel().tolist() == list(range(50))
    assert (mosaic[64:68] == 255).all()
    assert fig01.mosaic(tiles[:, :37, :37]).shape == (5 * 41 - 4, 10 * 41 - 4)


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
