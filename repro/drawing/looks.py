"""The theme of the figures for other places than a page: slides, and dark screens."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.collections import Collection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from repro.drawing.style import THEME

_BACK, _FRONT = "#15171c", "#e4e6eb"
_SLIDES = {**THEME, **sns.plotting_context("talk", font_scale=0.8), "axes.titlesize": 15}
_DARK = {
    **THEME,
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), _BACK),
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _FRONT
    ),
}
THEMES: dict[str, dict[str, Any]] = {"paper": THEME, "slides": _SLIDES, "dark": _DARK}
SIZES = {"paper": 1.0, "slides": 1.8, "dark": 1.0}
"""Factor of the size of a figure, whose letters grow as well."""
CONTRAST = 4.5
"""Of a line with a dark background, at least: the ratio that WCAG asks for text."""


def adapt(figure: Figure, look: str) -> None:
    """Lighten what would be too dark on this look's background; hues stay what they are."""
    if look != "dark":
        return
    for artist in figure.findobj():
        if isinstance(artist, Line2D):
            if to_rgb(artist.get_markerfacecolor()) != to_rgb(_BACK):  # an open circle stays open
                artist.set_markerfacecolor(lightened(artist.get_markerfacecolor()))
            artist.set_color(lightened(artist.get_color()))
        elif isinstance(artist, Collection):
            artist.set_facecolor([_kept(row) for row in np.atleast_2d(artist.get_facecolor()).tolist()])
            artist.set_edgecolor([_kept(row) for row in np.atleast_2d(artist.get_edgecolor()).tolist()])
        elif isinstance(artist, Text):
            artist.set_color(lightened(artist.get_color()))


def _kept(rgba: Any) -> Any:
    """Lightened, as transparent as it was; nothing stays nothing."""
    return (*to_rgb(lightened(rgba[:3])), rgba[3]) if rgba else (0, 0, 0, 0)


def lightened(colour: Any) -> str:
    """The colour with as much white as it needs to stand out from the dark background."""
    own = to_rgb(colour)
    for share in np.linspace(0, 1, 21):
        red, green, blue = (part + share * (1 - part) for part in own)
        found = str(mpl.colors.to_hex((red, green, blue)))
        if contrast(found) >= CONTRAST:
            break
    return found


def contrast(colour: Any) -> float:
    """Ratio of luminances to the dark background, by WCAG 2."""
    return (_luminance(colour) + 0.05) / (_luminance(_BACK) + 0.05)


def _luminance(colour: Any) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
