import matplotlib as mpl
import pytest

from repro.drawing import looks, style


@pytest.mark.parametrize(
    "colour", [*style.LAYERS, *style.DEEPER, *style.ACTIVATIONS.values(), "#000000", "#15171c"]
)
def test_colours_stand_out_on_a_dark_background(colour):
    found = looks.lightened(colour)
    assert looks.contrast(found) >= looks.CONTRAST
    if looks.contrast(colour) >= looks.CONTRAST:
        assert found == colour


def test_hues_stay_what_they_are():
    """A colour is the same thing everywhere."""
    for colour in style.LAYERS:
        before, after = (
            mpl.colors.rgb_to_hsv(mpl.colors.to_rgb(c))[0] for c in (colour, looks.lightened(colour))
        )
        assert after == pytest.approx(before, abs=0.01)


def test_contrast_by_wcag():
    assert looks._luminance("#ffffff") == pytest.approx(1)
    assert looks._luminance("#777777") == pytest.approx(0.184, abs=0.001)


@pytest.mark.parametrize("look", looks.THEMES)
def test_only_dark_pictures_are_changed(look):
    with mpl.rc_context(looks.THEMES[look]):
        figure = style.new_figure(2.0)
        axes = figure.subplots()
        (line,) = axes.plot([0, 1], "o", color="#3b0f8f", markerfacecolor=axes.get_facecolor())
        band = axes.fill_between([0, 1], [0, 1], color="#3b0f8f", alpha=0.2, linewidth=0)
        style.footer(figure, "small print")
    back = figure.get_facecolor()
    looks.adapt(figure, look)
    dark = look == "dark"
    assert (line.get_color() != "#3b0f8f") == dark
    assert mpl.colors.to_rgb(line.get_markerfacecolor()) == mpl.colors.to_rgb(back)  # open circles stay open
    assert band.get_facecolor()[0][3] == 0.2
    assert style.render(figure, "png") and style.render(figure, "svg")
