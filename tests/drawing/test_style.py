import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from repro.drawing import style


def drawing() -> Figure:
    figure = style.new_figure(2)
    figure.subplots().plot([0, 1], [1, 0], label="a line")
    style.footer(figure, "scale quick · seed 0")
    return figure


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_same_figure_same_bytes(kind: str) -> None:
    assert style.render(drawing(), kind) == style.render(drawing(), kind)


def test_the_last_digits_of_the_layout_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = style.render(drawing(), "svg")
    lay_out = Figure.draw_without_rendering

    def jitter(figure: Figure) -> None:
        lay_out(figure)
        for axes in figure.axes:
            axes._set_position(Bbox(axes.get_position(original=True).get_points() + 1e-9))

    monkeypatch.setattr(Figure, "draw_without_rendering", jitter)
    assert style.render(drawing(), "svg") == wanted


def test_png_has_300_dots_per_inch() -> None:
    image = mpl.image.imread(io.BytesIO(style.render(drawing(), "png")))
    assert image.shape[:2] == (600, round(300 * style.WIDTH))


def test_svg_keeps_text_and_has_no_date() -> None:
    svg = style.render(drawing(), "svg").decode()
    assert "scale quick · seed 0" in svg
    assert "<dc:date>" not in svg and "Matplotlib v" not in svg


def test_theme_leaves_global_settings_alone() -> None:
    before = {key: mpl.rcParams[key] for key in style.THEME}
    style.render(drawing(), "svg")
    assert {key: mpl.rcParams[key] for key in style.THEME} == before


def test_layers_and_activations_have_colours_of_their_own() -> None:
    colours = [*map(style.layer_colour, range(1, 6)), *style.ACTIVATIONS.values(), style.SECOND_SIGMOID]
    assert len({colour.lower() for colour in colours}) == 9


def test_spread_leaves_distant_heights_alone() -> None:
    assert style.spread([0, 1, 2], 0.5) == [0, 1, 2]


def test_spread_keeps_a_crowd_around_its_middle() -> None:
    assert style.spread([1.0, 1.0], 0.5) == pytest.approx([0.75, 1.25])


@pytest.mark.parametrize("seed", range(5))
def test_spread_never_overlaps_and_keeps_order(seed: int) -> None:
    heights = np.sort(np.random.default_rng(seed).uniform(0, 1, 12)).tolist()
    placed = style.spread(heights, 0.1)
    assert np.diff(placed).min() >= 0.1 - 1e-9
    assert np.mean(placed) == pytest.approx(np.mean(heights), abs=0.2)


@pytest.mark.parametrize("rows", [1, 2])
def test_labels_keep_apart_on_any_axis(rows: int) -> None:
    axes = style.new_figure(3).subplots(rows, squeeze=False)[0, 0]
    axes.set(yscale="log", ylim=(1, 100))
    style.place_labels(axes, [(5, "a", "red"), (5.1, "b", "blue"), (5.2, "c", "green")])
    heights = [axes.transAxes.inverted().transform(axes.transData.transform((1, text.get_position()[1])))[1]
               for text in axes.texts]  # fmt: skip
    line = style.LABEL_SIZE / 72 / (3 * 0.8 / rows)
    assert np.diff(heights).min() >= line
    assert 1 < axes.texts[0].get_position()[1] < 5 < axes.texts[2].get_position()[1] < 30


def test_place_labels_writes_each_at_its_height() -> None:
    axes = style.new_figure(3).subplots()
    axes.set_ylim(0, 10)
    style.place_labels(axes, [(5, "upper", "red"), (5, "lower", "blue"), (9, "far", "green")])
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert heights["far"] == 9
    assert abs(heights["upper"] - heights["lower"]) > 0.2


def test_a_zero_has_no_sign_in_a_picture():
    """The layout's solver may give it one, or not: it depends on where objects lie in memory."""
    svg = b'<path d="M -0 2 \nL -0.5 -0 L 10-0 z"/><g transform="translate(-0, -0)"/>'
    assert style._numbered(svg) == b'<path d="M 0 2 \nL -0.5 0 L 10-0 z"/><g transform="translate(0, 0)"/>'
