"""The one look of all figures: theme, colours, line styles, footer, and files that depend on nothing else.

Colours: one per layer, in perceptual order from layer 1, and one per activation (Okabe & Ito's, safe for
colour-blind readers). Line style: solid for the standard initialization, dashed for the normalized one.
"""

import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

THEME: Any = {
    **sns.axes_style("ticks"),
    **sns.plotting_context("paper", font_scale=0.9),
    "font.family": ["DejaVu Sans"],
    "font.sans-serif": ["DejaVu Sans"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "axes.titlelocation": "left",
    "axes.titlesize": 8.6,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "svg.fonttype": "none",
    "svg.hashsalt": "repro",
}
themed = mpl.rc_context(THEME)
"""Decorator for every function that draws."""

DOTS: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 2.6, "alpha": 0.5, "markeredgewidth": 0}
"""How the paper's points look on our lines of the same colour."""

WIDTH = 7.2
"""Width of a figure, inches: the text width of a page."""

GREY = "#6b6b6b"
LAYERS = ("#3b0f8f", "#b5179e", "#e4572e", "#f2a100", "#2a9d8f")
DEEPER = ("#1f6f8b", "#33415c", "#7a9e3b", "#8c6d31", "#c07ab8", "#9b2226", "#8d99ae")
ACTIVATIONS = {"sigmoid": "#d55e00", "tanh": "#0072b2", "softsign": "#009e73"}
SECOND_SIGMOID = "#cc79a7"  # for its other depth
INITS = {"standard": "#4a4a4a", "normalized": "#cc5a9a", "normalized_hidden": "#a6761d"}
INPUTS = {"[0, 1]": "#222222", "[-1, 1]": "#3a9bd9"}
LINES = {"standard": "-", "normalized": "--", "normalized_hidden": ":"}

LABEL_SIZE = 7.5
FOOTER = 0.2
"""Height of the small print below a figure, inches."""


def layer_colour(layer: int) -> str:
    """Colour of a hidden layer, from 1; the paper's networks have 5, and after 12 colours come again."""
    colours = LAYERS + DEEPER
    return str(colours[(layer - 1) % len(colours)])


def layer_legend(figure: Figure, layers: int = 5, paper: bool = True) -> None:
    """Legend above the panels: the colours of the layers, and lines for ours, dots for the paper's."""
    colours = LAYERS[:layers]
    handles = [Line2D([], [], color=colour, label=f"Layer {i}") for i, colour in enumerate(colours, start=1)]
    handles.append(Line2D([], [], color=GREY, linewidth=1.1, label="this reproduction"))
    if paper:
        handles.append(Line2D([], [], color=GREY, label="paper", **DOTS))
    figure.legend(handles=handles, loc="outside upper center", ncols=7, columnspacing=1.2, handlelength=1.5)


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure, `height` inches high, with room for a footer."""
    rect = (0, FOOTER / height, 1, 1 - FOOTER / height)
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(rect=rect)  # type: ignore[union-attr, call-arg]
    return figure


@themed
def footer(figure: Figure, text: str) -> None:
    """Small print at the lower left, in at most two lines: scale, seeds and n."""
    parts = text.replace(" ", "\xa0").replace("·\xa0", "· ")  # a line ends after a dot only
    lines = textwrap.fill(parts, 160).replace("\xa0", " ")
    bottom = 0.03 / figure.get_figheight()
    figure.text(0.01, bottom, lines, fontsize=6, color=GREY, va="bottom", linespacing=1.05)


def place_labels(axes: Axes, labels: Sequence[tuple[float, str, str]], x: float = 1.02) -> None:
    """Write (height, text, colour) to the right of the axes, at their heights but never over each other.

    `x` is in shares of the axes' width. Call it when the limits of the y axis are final.
    """
    scale = axes.yaxis.get_transform()
    low, high = scale.transform(axes.get_ylim())
    inches = axes.get_figure().get_figheight() * 0.75 * _share(axes)  # type: ignore[union-attr]
    gap = LABEL_SIZE * 1.25 / 72 / inches * (high - low)
    ordered = sorted(labels)
    heights = spread([float(scale.transform(height)) for height, _, _ in ordered], gap)
    for height, (_, text, colour) in zip(heights, ordered, strict=True):
        where = axes.get_yaxis_transform()
        y = float(scale.inverted().transform(height))
        axes.text(x, y, text, color=colour, fontsize=LABEL_SIZE, va="center", transform=where)


def _share(axes: Axes) -> float:
    """Of the height of all panels, that of this one."""
    place = axes.get_subplotspec()
    if place is None:
        return 1.0
    ratios: Any = place.get_gridspec().get_height_ratios()
    return float(sum(ratios[place.rowspan.start : place.rowspan.stop]) / sum(ratios))


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """The heights, ascending, moved apart to at least `gap`, each crowd staying around its own middle."""
    crowds: list[list[float]] = []
    for height in heights:
        crowds.append([height])
        while len(crowds) > 1 and _bottom(crowds[-1], gap) < _bottom(crowds[-2], gap) + gap * len(crowds[-2]):
            crowds[-2:] = [crowds[-2] + crowds[-1]]
    return [_bottom(crowd, gap) + gap * i for crowd in crowds for i in range(len(crowd))]


def _bottom(crowd: Sequence[float], gap: float) -> float:
    return sum(crowd) / len(crowd) - gap * (len(crowd) - 1) / 2


@themed
def render(figure: Figure, kind: str) -> bytes:
    """The figure as "png" (300 dpi) or "svg" (text as text); the same bytes for the same figure."""
    _settle(figure)
    buffer = io.BytesIO()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    figure.savefig(buffer, format=kind, metadata=metadata)
    return _numbered(buffer.getvalue()) if kind == "svg" else buffer.getvalue()


def _settle(figure: Figure) -> None:
    """Fix the layout, rounded: the last digits of its solver depend on where objects lie in memory.

    Rounded to a power of two, for decimals, which the layout is full of, don't lie halfway between its steps.
    """
    if engine := figure.get_layout_engine():
        figure.set_dpi(THEME["savefig.dpi"])
        engine.execute(figure)
        figure.set_layout_engine(None)  # "none" would leave a stand-in, for which matplotlib draws once more
        for axes in figure.axes:
            corners = axes.get_position(original=True).get_points()
            axes.set_position(Bbox((corners * 2**20).round() / 2**20))


def _numbered(svg: bytes) -> bytes:
    """The picture with its generated names numbered as they come: matplotlib makes some from addresses.

    And without the sign that the layout's solver may give a zero.
    """
    svg = re.sub(rb'(?<=[\s"(,])-0(?=[\s",)])', b"0", svg)
    found = dict.fromkeys(re.findall(rb"(?<=[\"#])[a-z][0-9a-f]{10}(?=[\")])", svg))
    names = {name: b"%c%d" % (name[0], number) for number, name in enumerate(found)}
    return re.sub(rb"(?<=[\"#])[a-z][0-9a-f]{10}(?=[\")])", lambda match: names[match[0]], svg)
