"""Figures 6, 7 and 8: a density per layer before training, beside the paper's, and how high each peaks.

A peak is the highest cell of a density. It depends on the width of the cells, so ours are put into the
paper's before they are compared.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from repro import paper
from repro.drawing import style
from repro.evidence import inits
from repro.evidence.inits import INITS, PANEL
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.statistics import Interval, decimals
from repro.evidence.verdict import Verdict, outcome
from repro.runs.folder import Run


@dataclass(frozen=True)
class Density:
    """What one of the three figures shows: `quantity` as in a run's histograms, and its label."""

    figure: str
    quantity: str
    label: str
    tolerance: float
    """Largest relative difference of a peak that counts as agreement."""


def rebin(histogram: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Density in cells of equal width around `grid` of a histogram [2, bins] (centres, density).

    Mass is conserved: the cumulative distribution is interpolated, linearly inside each bin.
    """
    centres, density = histogram
    width, cell = centres[1] - centres[0], grid[1] - grid[0]
    edges = np.append(centres - width / 2, centres[-1] + width / 2)
    cumulative = np.concatenate([[0.0], np.cumsum(density * width)])
    ends = np.append(grid - cell / 2, grid[-1] + cell / 2)
    return np.diff(np.interp(ends, edges, cumulative)) / cell


def networks(runs: Runs, init: str) -> list[Run]:
    """The tanh networks of the paper's depth with this initialization, by seed. Raises EvidenceError."""
    return inits.networks(runs, init, depth=paper.numbers()["setting"]["depth"])


def curves(runs: Runs, what: Density) -> pd.DataFrame:
    """Ours per run and the paper's, in the paper's cells: init, layer, source, run, x, density, visible."""
    tables = []
    for init in INITS:
        printed = paper.curve(f"{what.figure}_{PANEL[init]}")
        cell = printed["x"].sort_values().drop_duplicates().diff().median()
        reach = round(printed["x"].abs().max() / cell)
        grid = cell * np.arange(-reach, reach + 1)
        for number, run in enumerate(networks(runs, init)):
            for layer in range(1, run.experiment.depth + 1):
                density = rebin(run.histograms[f"{what.quantity}/0/{layer}"], grid)
                table = pd.DataFrame({"x": grid, "density": density, "layer": layer, "visible": True})
                tables.append(table.assign(init=init, source="ours", run=number))
        visible = printed["quality"] != "hidden"
        table = printed[["x", "layer"]].assign(density=printed["y"], visible=visible, init=init)
        tables.append(table.assign(source="paper", run=0))
    return pd.concat(tables, ignore_index=True)


def peaks(runs: Runs, what: Density) -> pd.DataFrame:
    """Height of each density: init, layer, ours, half, n, paper, error (of reading it), ratio."""
    rows = curves(runs, what)
    heights = rows[rows["visible"]].groupby(["source", "init", "layer", "run"])["density"].max()
    ours = over_seeds(heights["ours"].reset_index(), "init", "layer", value="density")
    theirs = heights["paper"].rename("paper").reset_index()
    table = ours.rename(columns={"mean": "ours"}).merge(theirs[["init", "layer", "paper"]])
    errors = paper.numbers()[what.figure]
    table["error"] = [
        errors[PANEL[init]][layer] for init, layer in zip(table["init"], table["layer"], strict=True)
    ]
    table["ratio"] = table["ours"] / table["paper"]
    return _sorted(table)


def table(runs: Runs, what: Density) -> pd.DataFrame:
    """The plotted densities: init, layer, source, x, density (mean over seeds), half (95 %), n."""
    rows = over_seeds(curves(runs, what), "init", "layer", "source", "x", value="density")
    return _sorted(rows.rename(columns={"mean": "density"}))


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows.assign(place=rows["init"].map(INITS.index)).sort_values(["place", "layer"], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)


def summary(runs: Runs, what: Density) -> pd.DataFrame:
    """The peaks, formatted for the page."""
    rows = [
        {
            "initialization": peak["init"],
            "layer": peak["layer"],
            "peak, ours": Interval(peak["ours"], peak["half"], peak["n"]).text(decimals(peak["ours"])),
            "peak, paper": f"{_height(peak['paper'])} ± {peak['error']:g}",
            "difference": f"{round(peak['ratio'] - 1, 2) + 0:+.0%}",
        }
        for peak in peaks(runs, what).to_dict("records")
    ]
    return pd.DataFrame(rows)


def variance_ratios(runs: Runs, quantity: str) -> pd.DataFrame:
    """Var in layer i + 1 over Var in layer i before training: init, layer (= i), mean, half, n over seeds."""
    tables = []
    for init in INITS:
        rows = monitored(networks(runs, init), quantity).query("update == 0")
        std = rows.pivot(index="run", columns="layer", values="value")
        ratio = (std.shift(-1, axis=1) / std).iloc[:, :-1].pow(2).melt(var_name="layer")
        tables.append(over_seeds(ratio, "layer").assign(init=init))
    return pd.concat(tables, ignore_index=True)


def listed(ratios: pd.DataFrame, init: str) -> str:
    """The ratios of one initialization, from layer 1 upwards, for a verdict: `1.21, 1.30, 1.12, 1.25`."""
    return ", ".join(f"{ratio:.2f}" for ratio in ratios.loc[ratios["init"] == init, "mean"])


def peak_verdicts(runs: Runs, what: Density) -> list[Verdict]:
    """One verdict for each initialization: how many layers' peaks agree with the paper's."""
    verdicts = []
    for init, rows in peaks(runs, what).set_index("layer").groupby("init", sort=False):
        off = rows["ratio"] - 1
        near = (rows["ours"] - rows["paper"]).abs() <= what.tolerance * rows["paper"] + rows["error"]
        worst = off.abs().idxmax()
        verdicts.append(
            Verdict(
                claim=f"{what.figure.replace('fig0', 'Figure ')}, {init}: peaks of layers 1 to {len(rows)}",
                verdict=outcome(near.mean()),
                measured=" / ".join(map(_height, rows["ours"])) + f" (n = {rows['n'].min()} seeds)",
                paper=" / ".join(map(_height, rows["paper"])),
                why=f"{near.sum()} of {len(rows)} within {what.tolerance:.0%} and the error of reading; "
                f"farthest: layer {worst}, {off.to_dict()[worst]:+.0%}",
            )
        )
    return verdicts


def _height(value: float) -> str:
    return f"{value:.{decimals(value)}f}"


@style.themed
def draw(runs: Runs, what: Density) -> Figure:
    """A panel for each initialization: ours as lines, the paper's as dots, one colour per layer.

    The paper's normalized panel is drawn twice, beside either reading of it and on the same axes.
    """
    rows = table(runs, what)
    figure = style.new_figure(3.0)
    panels = figure.subplots(1, 3)
    for axes, init in zip(panels, INITS, strict=True):
        _panel(axes, rows[rows["init"] == init])
        axes.set_title(inits.title(init, runs))
    panels[0].set_ylabel("Density")
    panels[1].set_xlabel(what.label)
    shared = [max(limits) for limits in zip(*(_limits(axes) for axes in panels[1:]), strict=True)]
    for axes in panels[1:]:
        axes.set(xlim=(-shared[0], shared[0]), ylim=(0, shared[1]))
    style.layer_legend(figure)
    return figure


def _limits(axes: Axes) -> tuple[float, float]:
    return axes.get_xlim()[1], axes.get_ylim()[1]


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    for layer, curve in rows.groupby("layer"):
        colour = style.layer_colour(int(str(layer)))
        ours, theirs = (curve[curve["source"] == source] for source in ("ours", "paper"))
        axes.plot(ours["x"], ours["density"], color=colour, linewidth=1.1)
        axes.plot(theirs["x"], theirs["density"], color=colour, **style.DOTS)
    reach = max(_reach(curve) for _, curve in rows.groupby(["layer", "source"]))
    axes.set(xlim=(-reach, reach), ylim=(0, None))
    axes.locator_params(axis="x", nbins=5)


def _reach(curve: pd.DataFrame) -> float:
    """Where a curve has fallen to 1 % of its peak."""
    return float(curve.loc[curve["density"] > 0.01 * curve["density"].max(), "x"].abs().max())
