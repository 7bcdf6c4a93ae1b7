"""Figures 6, 7 and 8: a density per layer before training, beside the paper's, and how high each peaks.

A peak is the highest cell of a density. It depends on the width of the cells, so ours are put into the
paper's before they are compared.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from repro import paper
from repro.evidence import EvidenceError, inits
from repro.evidence.inits import INITS, PANEL
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.statistics import Interval, decimals
from repro.evidence.verdict import Measure, Verdict, judged
from repro.runs.folder import Run

Tables = Mapping[str, pd.DataFrame]
Networks = Mapping[str, list[Run]]
"""The runs with each initialization, by seed."""


class Density(NamedTuple):
    """What one of the three figures shows."""

    figure: str  # such as fig06
    quantity: str  # as in a run's histograms; its standard deviations are <quantity>_std in the monitor

    @property
    def title(self) -> str:
        return self.figure.replace("fig0", "Figure ")


def tables(runs: Runs, what: Density) -> dict[str, pd.DataFrame]:
    """All that such a figure needs. Raises EvidenceError.

    points, peaks, variances, panels: what `points`, `peaks`, `variances` and `inits.panels` return.
    """
    networks = inits.of_papers_depth(runs)
    rows = curves(networks, what)
    return {
        "points": points(rows),
        "peaks": peaks(rows, what),
        "variances": variances(networks, f"{what.quantity}_std"),
        "panels": inits.panels(networks),
    }


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


def histogram(run: Run, quantity: str, layer: int) -> NDArray[np.float64]:
    """That of one layer before training: [2, bins], centres and density. Raises EvidenceError without it."""
    key = f"{quantity}/0/{layer}"
    if key not in run.histograms:
        raise EvidenceError(f"{run.path.name} has no histogram {key}: remove its folder, to make it again")
    return run.histograms[key]


def peak(run: Run, what: Density, panel: str, layer: int) -> float:
    """Height of one layer's density before training, in the cells of this panel of the paper's."""
    printed = np.sort(paper.curve(f"{what.figure}_{panel}")["x"].unique())
    cells = np.asarray(np.median(np.diff(printed)) * np.arange(-20.0, 21.0), dtype=np.float64)
    return float(rebin(histogram(run, what.quantity, layer), cells).max())


def curves(networks: Networks, what: Density) -> pd.DataFrame:
    """Ours per run and the paper's, in the paper's cells: init, layer, source, run, x, density, visible."""
    tables = []
    for init, runs in networks.items():
        printed = paper.curve(f"{what.figure}_{PANEL[init]}")
        cell = printed["x"].sort_values().drop_duplicates().diff().median()
        reach = round(printed["x"].abs().max() / cell)
        grid = cell * np.arange(-reach, reach + 1)
        for number, run in enumerate(runs):
            for layer in range(1, run.experiment.depth + 1):
                density = rebin(histogram(run, what.quantity, layer), grid)
                table = pd.DataFrame({"x": grid, "density": density, "layer": layer, "visible": True})
                tables.append(table.assign(init=init, source="ours", run=number))
        visible = printed["quality"] != "hidden"
        table = printed[["x", "layer"]].assign(density=printed["y"], visible=visible, init=init)
        tables.append(table.assign(source="paper", run=0))
    return pd.concat(tables, ignore_index=True)


def points(curves: pd.DataFrame) -> pd.DataFrame:
    """The plotted densities: init, layer, source, x, density (mean over seeds), half (95 %), n."""
    rows = over_seeds(curves, "init", "layer", "source", "x", value="density")
    return _sorted(rows.rename(columns={"mean": "density"}))


def peaks(curves: pd.DataFrame, what: Density) -> pd.DataFrame:
    """Height of each density: init, layer, ours, half, n, paper, error (of reading it), ratio."""
    heights = curves[curves["visible"]].groupby(["source", "init", "layer", "run"])["density"].max()
    ours = over_seeds(heights["ours"].reset_index(), "init", "layer", value="density")
    theirs = heights["paper"].rename("paper").reset_index()
    table = ours.rename(columns={"mean": "ours"}).merge(theirs[["init", "layer", "paper"]])
    errors = paper.numbers()[what.figure]
    table["error"] = [
        errors[PANEL[init]][layer] for init, layer in zip(table["init"], table["layer"], strict=True)
    ]
    table["ratio"] = table["ours"] / table["paper"]
    return _sorted(table)


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows.assign(place=rows["init"].map(INITS.index)).sort_values(["place", "layer"], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)


def variances(networks: Networks, std: str) -> pd.DataFrame:
    """Variances before training of each network, by layer: init, run (a number), layer, value.

    std: the monitored standard deviation, such as "ds_std".
    """
    tables = []
    for init, runs in networks.items():
        rows = monitored(runs, std).query("update == 0")
        tables.append(rows.assign(init=init, value=rows["value"] ** 2)[["init", "run", "layer", "value"]])
    return pd.concat(tables, ignore_index=True)


def papers_spread(figure: str, init: str) -> pd.Series:
    """Variance of the paper's digitised densities, by layer; `figure` as in Density, `init` of one panel."""
    curve = paper.curve(f"{figure}_{init}").assign(square=lambda c: c["y"] * c["x"] ** 2)
    sums = curve.groupby("layer")[["square", "y"]].sum()
    return sums["square"] / sums["y"]


def summary(tables: Tables) -> pd.DataFrame:
    """The peaks, formatted for the page."""
    rows = [
        {
            "initialization": peak["init"],
            "layer": peak["layer"],
            "peak, ours": Interval(peak["ours"], peak["half"], peak["n"]).text(decimals(peak["ours"])),
            "peak, paper": f"{peak['paper']:.{decimals(peak['paper'])}f} ± {peak['error']:g}",
            "difference": f"{round(peak['ratio'] - 1, 2) + 0:+.0%}",
        }
        for peak in tables["peaks"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def peak_verdicts(tables: Tables, what: Density, tolerance: float) -> list[Verdict]:
    """One verdict for each initialization: how many layers' peaks agree with the paper's.

    tolerance: the largest relative difference that counts as agreement, besides the error of reading.
    """
    verdicts = []
    for init, rows in tables["peaks"].groupby("init", sort=False):
        verdict = Verdict(
            claim=f"{what.figure}.peaks",
            outcome="not tested",
            quantity="peak",
            unit="",
            rule=f"within {tolerance:.0%} and the error of reading",
            measures=tuple(_peak_measure(peak, tolerance) for peak in rows.to_dict("records")),
            statement=f"{what.title}: peaks of layers 1 to {len(rows)}",
            subject={"init": str(init)},
            kind=inits.kind(str(init)),
        )
        verdicts.append(judged(verdict))
    return verdicts


def _peak_measure(peak: Mapping[Any, Any], tolerance: float) -> Measure:
    ours, half, theirs = peak["ours"], peak["half"], peak["paper"]
    return Measure(
        of={"layer": peak["layer"]},
        value=ours,
        paper=theirs,
        low=ours - half,
        high=ours + half,
        n=peak["n"],
        holds=bool(abs(ours - theirs) <= tolerance * theirs + peak["error"]),
    )
