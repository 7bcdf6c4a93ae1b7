"""Any runs in the style of the exhibits, from tables of `evidence.courses`."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.drawing import labels, looks, style

LINED = ("activation", "init")
"""Settings that have a colour or a line of their own everywhere."""
OTHERS = ("#882255", "#6699cc", "#999933", "#661100", "#44aa99", "#332288")
"""For activations that the paper doesn't have, in the order in which they come."""
Settings = pd.DataFrame
"""As `evidence.courses.settings`: keys, setting, runs, diverged."""


def lines(rows: pd.DataFrame, settings: Settings, keys: Sequence[str], ylabel: str, look: str) -> Figure:
    """Courses without layers, such as learning curves: a line for each setting, with its band over seeds.

    Activations and initializations have the colours and lines of the exhibits, in one panel, if nothing else
    varies; otherwise each pair of them has a panel, and colours go along with the rest. `keys`: of settings.
    """
    rest = [key for key in keys if key not in LINED]
    own = [key for key in LINED if key in keys]
    divided = bool(rest and own)
    panels = settings.groupby(own, dropna=False, sort=False).ngroup() if divided else settings["setting"] * 0
    with mpl.rc_context(_theme(look)):
        figure, grid = _grid(panels.nunique(), look, 2.9, across=2)
        for number, axes in enumerate(grid):
            mine = settings[panels == number]
            told = [key for key in keys if mine[key].nunique(dropna=False) > 1]
            colours = _sequence(len(mine)) if rest else _own_colours(mine, own)
            for colour, one in zip(colours, mine.to_dict("records"), strict=True):
                line = style.LINES.get(str(one.get("init")), "-") if not rest else "-"
                course = rows[rows["setting"] == one["setting"]]
                _course(axes, course, colour, line, _counted(_named(one, told), one))
            axes.set_title(_named(mine.iloc[0].to_dict(), own) if divided else "")
            if told:
                axes.legend(fontsize="small", handlelength=2.2)
            _time(axes, rows)
        _label_rows(grid, ylabel)
    return figure


def layers(
    rows: pd.DataFrame, settings: Settings, keys: Sequence[str], kinds: Mapping[str, str], look: str,
    *, ylabel: str, log: bool = False,
) -> Figure:  # fmt: skip
    """Courses of each layer over updates: a panel for each setting, the colours of layers as in the exhibits.

    kinds: how each quantity is drawn, "line" or "thin".
    """

    def draw(axes: Axes, mine: pd.DataFrame) -> None:
        for (layer, quantity), own in mine.groupby(["layer", "quantity"]):
            line = {"line": "-", "thin": ":"}[kinds[str(quantity)]]
            _course(axes, own, style.layer_colour(int(str(layer))), line)
        _time(axes, mine)
        if log and (mine["mean"] > 0).any():
            axes.set_yscale("log")

    return _panels(rows, settings, keys, look, ylabel, draw, sharey=True)


def densities(rows: pd.DataFrame, settings: Settings, keys: Sequence[str], look: str, xlabel: str) -> Figure:
    """A panel for each setting, a line for each layer, on axes of its own."""

    def draw(axes: Axes, mine: pd.DataFrame) -> None:
        for layer, own in mine.groupby("layer"):
            _course(axes, own, style.layer_colour(int(str(layer))), "-")
        reach = max(_reach(own) for _, own in mine.groupby("layer"))
        axes.set(xlim=(-reach, reach), ylim=(0, None), xlabel=xlabel)
        axes.locator_params(axis="x", nbins=5)

    return _panels(rows, settings, keys, look, "Density", draw, sharey=False)


def spreads(
    rows: pd.DataFrame, settings: Settings, keys: Sequence[str], ends: Sequence[str], look: str, ylabel: str
) -> Figure:
    """For each layer a mean with a bar from a low to a high percentile, at the start (open) and at the end.

    ends: quantities mean, low, high.
    """

    def draw(axes: Axes, mine: pd.DataFrame) -> None:
        for layer, own in mine.groupby("layer"):
            place, colour = int(str(layer)), style.layer_colour(int(str(layer)))
            wide = own.pivot(index="x", columns="quantity", values="mean").sort_index()
            for update in dict.fromkeys([wide.index[0], wide.index[-1]]):
                mean, low, high = wide.loc[update, list(ends)]
                x = place + (0.12 if update else -0.12)
                axes.vlines(x, low, high, color=colour)
                face = colour if update else axes.get_facecolor()
                axes.plot(x, mean, "o", color=colour, markerfacecolor=face)
        axes.set(xlabel="Layer (open: before training)", xticks=sorted(mine["layer"].unique()))

    return _panels(rows, settings, keys, look, ylabel, draw, sharey=True)


def _panels(
    rows: pd.DataFrame, settings: Settings, keys: Sequence[str], look: str, ylabel: str,
    draw: Callable[[Axes, pd.DataFrame], None], sharey: bool,
) -> Figure:  # fmt: skip
    """A panel for each setting, drawn by `draw` from its rows, with a heading and the legend of layers."""
    with mpl.rc_context(_theme(look)):
        figure, grid = _grid(len(settings), look, 2.7, across=3, sharey=sharey)
        for axes, one in zip(grid, settings.to_dict("records"), strict=True):
            draw(axes, rows[rows["setting"] == one["setting"]])
            heading = _counted(_named(one, keys), one)
            axes.set_title("\n".join(textwrap.wrap(heading, 30 if len(grid) > 2 else 80)))
        _label_rows(grid, ylabel)
        _layer_legend(figure, int(rows["layer"].max()))
    return figure


def _theme(look: str) -> Any:
    return looks.THEMES[look]


def _grid(
    count: int, look: str, height: float, across: int, sharey: bool = True
) -> tuple[Figure, list[Axes]]:
    """An empty figure with so many panels, at most `across` beside each other."""
    across = min(count, across)
    down = math.ceil(count / across)
    size = looks.SIZES[look]
    figure = style.new_figure(size * (0.5 + height * down), size * style.WIDTH)
    grid = np.atleast_1d(figure.subplots(down, across, sharey=sharey)).ravel()
    for axes in grid[count:]:
        axes.remove()
    return figure, list(grid[:count])


def _label_rows(grid: Sequence[Axes], ylabel: str) -> None:
    """At the first panel of each row."""
    for axes in grid:
        place = axes.get_subplotspec()
        if place and place.is_first_col():
            axes.set_ylabel(ylabel)


def _course(axes: Axes, course: pd.DataFrame, colour: Any, line: str, label: str | None = None) -> None:
    course = course.sort_values("x")
    axes.plot(course["x"], course["mean"], line, color=colour, label=label)
    half = course["half"].fillna(0.0)
    if half.any():
        low, high = course["mean"] - half, course["mean"] + half
        axes.fill_between(course["x"], low, high, color=colour, alpha=0.2, linewidth=0)
    if len(course) == 1:
        axes.plot(course["x"], course["mean"], "o", color=colour)


def _time(axes: Axes, rows: pd.DataFrame) -> None:
    """Updates, so that 0 and the first ones can be told apart if there are such."""
    axes.set_xlabel("Updates")
    points = rows["x"].drop_duplicates()
    last = points.max()
    if ((points > 0) & (points < last / 100)).sum() > 2:
        axes.set_xscale("symlog", linthresh=1, linscale=0.4)
        axes.set_xlim(-0.3, last * 1.5)
        axes.set_xticks([0, *(10**p for p in range(0, math.ceil(math.log10(last)) + 1, 2))])
    elif last > 0:
        axes.locator_params(axis="x", nbins=4)
    else:
        axes.set_xticks([0])


def _reach(curve: pd.DataFrame) -> float:
    """Where a density has fallen to 1 % of its peak."""
    return float(curve.loc[curve["mean"] > 0.01 * curve["mean"].max(), "x"].abs().max())


def _layer_legend(figure: Figure, depth: int) -> None:
    handles = [
        Line2D([], [], color=style.layer_colour(layer), label=f"Layer {layer}")
        for layer in range(1, depth + 1)
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=7, columnspacing=1.2, handlelength=1.5)


def _own_colours(settings: Settings, own: Sequence[str]) -> list[Any]:
    """Of activations, or of initializations where there is only one activation."""
    key, known = ("activation", style.ACTIVATIONS) if "activation" in own else ("init", style.INITS)
    if key not in own:
        return [style.GREY] * len(settings)
    values = [str(value) for value in settings[key]]
    new = [value for value in dict.fromkeys(values) if value not in known]
    found = {**known, **{value: OTHERS[i % len(OTHERS)] for i, value in enumerate(new)}}
    return [found[value] for value in values]


def _sequence(count: int) -> list[Any]:
    """From dark to light, but never too light for a line."""
    return list(sns.color_palette("viridis", n_colors=max(count, 2) + 1)[:count])


def _named(setting: Mapping[Any, Any], keys: Sequence[str]) -> str:
    """`tanh, normalized, lr 0.01`: names of parts alone, other settings with their key."""
    parts = [(key, setting[key]) for key in keys if setting[key] == setting[key]]
    texts = [f"{value:g}" if isinstance(value, float) else str(value) for _, value in parts]
    alone = {"activation", "init", "dataset", "optimizer", "cost"}
    return ", ".join(
        text if key in alone else f"{key.replace('_', ' ')} {text}"
        for (key, _), text in zip(parts, texts, strict=True)
    )


def _counted(name: str, setting: Mapping[Any, Any]) -> str:
    """With what became of runs that diverged."""
    flags = pd.Series(
        [True] * int(setting["diverged"]) + [False] * int(setting["runs"] - setting["diverged"])
    )
    return ", ".join(filter(None, [name, labels.lost(flags)]))
