"""How speed depends on width, depth, batch size and stack size: ours, the peers' and the machine's bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.bench.table import Content
from repro.bench.tasks import Task, panels
from repro.drawing import style
from repro.files import write_atomically

COLOURS = {"ours": "#0072b2", "JAX jit + scan": "#d55e00", "idiomatic PyTorch": style.GREY}
LABELS = {
    "width": "Units per hidden layer (depth 5, batch 10)",
    "depth": "Hidden layers (300 units, batch 10)",
    "batch": "Batch size (5 x 300 units)",
    "networks": "Networks in the stack (5 x 100 units, batch 10)",
}


def write(folder: Path, content: Content) -> None:
    """bench.png and bench.svg."""
    figure = draw(content)
    for kind in ("png", "svg"):
        write_atomically(folder / f"bench.{kind}", style.render(figure, kind))


@style.themed
def draw(content: Content) -> Figure:
    """One panel per quantity, all on one core."""
    figure = style.new_figure(4.8)
    grid = figure.subplots(2, 2)
    for (quantity, points), axes in zip(panels().items(), grid.flat, strict=True):
        values = [getattr(task, quantity) for task in points]
        _panel(axes, quantity, points, content)
        axes.set(xlabel=LABELS[quantity])
        if axes.lines:  # else no logarithms
            axes.set(xscale="log", yscale="log", xticks=sorted(set(values)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("Updates/s, all networks")
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=3, label=name) for name, colour in COLOURS.items()
    ]
    handles.append(Line2D([], [], color="black", linestyle=":", label="the machine's bound"))
    handles.append(Line2D([], [], color=style.GREY, linestyle="--", label="stack of 8"))
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    machine = content["machine"]
    style.footer(
        figure,
        f"{machine['processor']}, one core · tanh, 1024 inputs, 9 classes · "
        f"medians of {content['rounds']} rounds, bars from the least to the most",
    )
    return figure


def _panel(axes: Axes, quantity: str, points: list[Task], content: Content) -> None:
    rows = [row for row in content["updates_per_second"] if row["cores"] == 1]
    stacks = {task.networks for task in points} if quantity == "width" else {None}
    for stack in sorted(stacks, key=lambda networks: networks or 0):
        chosen = [task for task in points if stack in (None, task.networks)]
        line = "--" if stack and stack > 1 else "-"
        for name, colour in COLOURS.items():
            found = [(t, row) for t in chosen for row in rows if row["contender"] == name and _at(row, t)]
            if found:
                x = [getattr(task, quantity) for task, _ in found]
                y, low, high = ([row[key] for _, row in found] for key in ("median", "min", "max"))
                bars = [
                    [a - b for a, b in zip(y, low, strict=True)],
                    [b - a for a, b in zip(y, high, strict=True)],
                ]
                axes.errorbar(
                    x, y, bars, color=colour, linestyle=line, marker="o", markersize=3, linewidth=1.2
                )
        ours = [(t, row) for t in chosen for row in rows if row["contender"] == "ours" and _at(row, t)]
        bounds = {getattr(task, quantity): row["bound"] for task, row in ours if row.get("bound")}
        if bounds and stack in (None, 1):
            axes.plot(list(bounds), list(bounds.values()), color="black", linestyle=":", linewidth=1)


def _at(row: dict[str, Any], task: Task) -> bool:
    return all(row[key] == getattr(task, key) for key in ("width", "depth", "batch", "networks"))
