"""Which initialization do the paper's normalized panels show?

Not in the paper. Suppose that its normalized panels (Figures 6 to 10) show networks with the standard
initialization in the first and the output layer and n Var[W] = c in the hidden layers. Each row says which c
fits one figure, and which fits all of them: were eq. 16 used in these layers, c would be 1. A uniform
distribution over ±2/√n would be c = 4/3. A fit is no test of the supposition: only whether the rows agree is.

Implementation details
- Networks are measured before training at several c, with several seeds and the same weights up to the
  factor. Between these c the logarithm of what is measured is interpolated by a parabola in log c.
- For each seed, c is where the sum over layers of squared log ratios to the paper's values is least. Used
  are peaks of Figures 6, 7 and 8 and the standard deviations at epoch 0 of Figures 9 and 10, in the layers
  that c has an influence on; layer 1 of Figure 8, which contradicts Figure 9, is left out. In the last row
  every figure counts the same.
- The interval (95 %) is for the paper's network as one more random draw: Student's t over seeds, times
  √(1 + 1/n), and the error of reading the paper's picture, added in quadrature. Its images are not ours.
- Thin lines: 1.25, 1.3 and 4/3. The interval of the last row holds for this construction only; what other
  construction might fit is not known.
- The paper doesn't state the range of its inputs, on which the first layer's variance depends. Open circles
  are with [-1, 1] instead of [0, 1]: what lies between the two is an error that no interval includes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from repro import paper
from repro.drawing import style
from repro.evidence import EvidenceError, inits
from repro.evidence.densities import Density, peak
from repro.evidence.selection import Runs, by_inputs, init_scale, inputs, monitored
from repro.evidence.statistics import CONFIDENCE
from repro.evidence.verdict import Verdict
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

_RUNS = (
    "activation=tanh init=normalized_hidden init.scale=1.1,1.3,1.5 seed=0,1,2,3,4 updates=0 n_valid=300 "
    "n_test=300"
)
RUNS = (_RUNS, f"{_RUNS} dataset.low=-1.0")
"""Before training, at three values of n Var[W]."""

PEAKS: dict[str, tuple[Density, tuple[int, ...]]] = {
    "Figure 6": (Density("fig06", "z"), (2, 3, 4, 5)),
    "Figure 7": (Density("fig07", "ds"), (1, 2, 3, 4)),
    "Figure 8": (Density("fig08", "dW"), (2, 3, 4, 5)),
}
STDS: dict[str, tuple[str, str, str, tuple[int, ...]]] = {
    "Figure 9": ("fig09_normalized", "fig09", "dW_std", (1, 2, 3, 4, 5)),
    "Figure 10": ("fig10", "fig10", "z_std", (2, 3, 4, 5)),
}
CANDIDATES = {"1.25": 1.25, "1.3": 1.3, "4/3": 4 / 3}
EQ16 = 1.0
"""n Var[W] of eq. 16 between layers of equal width."""
ALL = "All"
GRID = np.exp(np.linspace(np.log(0.8), np.log(1.8), 2001))


def tables(runs: Runs) -> Tables:
    """points, per figure and for all together: inputs (their range), figure, c, half (95 %), seeds (half's
    part), reading, n."""
    parts = []
    for own in by_inputs(runs) or [list(runs)]:
        curves = {seed: _interpolated(by_scale) for seed, by_scale in _by_seed(own).items()}
        parts.append(fitted(papers(), curves).assign(inputs=inputs(own[0])))
    points = pd.concat(parts, ignore_index=True)
    return {"points": points[["inputs", "figure", "c", "half", "seeds", "reading", "n"]]}


def papers() -> pd.DataFrame:
    """What is fitted: figure, layer, value, error (1 sigma of reading)."""
    rows = []
    for figure, (what, layers) in PEAKS.items():
        curve = paper.curve(f"{what.figure}_normalized").query("quality != 'hidden'")
        errors = paper.numbers()[what.figure]["normalized"]
        heights = curve.groupby("layer")["y"].max().to_dict()
        rows += [(figure, layer, heights[layer], errors[layer]) for layer in layers]
    for figure, (name, key, _, layers) in STDS.items():
        start = paper.curve(name).query("x == 0 and quantity == 'std'").set_index("layer")["y"].to_dict()
        rows += [(figure, layer, start[layer], paper.numbers()[key]["std_error"]) for layer in layers]
    return pd.DataFrame(rows, columns=["figure", "layer", "value", "error"])


def measured(run: Run) -> list[float]:
    """The same quantities in one of our networks, in the order of `papers`."""
    values = []
    for what, layers in PEAKS.values():
        values += [peak(run, what, "normalized", i) for i in layers]
    for _, _, quantity, layers in STDS.values():
        rows = monitored([run], quantity).query("update == 0").set_index("layer")["value"].to_dict()
        values += [rows[i] for i in layers]
    return [float(value) for value in values]


def fitted(theirs: pd.DataFrame, curves: Mapping[int, np.ndarray]) -> pd.DataFrame:
    """As points; `curves`: for each seed log of `measured` at each c of GRID, [GRID, quantities]."""
    n = len(curves)
    if n < 2:
        raise EvidenceError("the estimate of n Var[W] needs at least two seeds")
    rows = []
    for figure in [*theirs["figure"].unique(), ALL]:
        weights = _weights(theirs, figure)
        found = [_best(curve, theirs["value"].to_numpy(), weights) for curve in curves.values()]
        spread = float(np.std(found, ddof=1)) * np.sqrt(1 + 1 / n)
        seeds = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * spread
        reading = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * _reading(theirs, curves, weights)
        rows.append((figure, float(np.mean(found)), float(np.hypot(seeds, reading)), seeds, reading, n))
    return pd.DataFrame(rows, columns=["figure", "c", "half", "seeds", "reading", "n"])


def _by_seed(runs: Runs) -> dict[int, dict[float, Run]]:
    """Runs by seed and c; only seeds that have every c. Raises EvidenceError with fewer than three c."""
    scales = sorted(set(map(init_scale, runs)))
    if len(scales) < 3:
        raise EvidenceError(f"the estimate of n Var[W] needs three values of init.scale, got {scales}")
    found: dict[int, dict[float, Run]] = {}
    for scale in scales:
        for run in inits.networks([run for run in runs if init_scale(run) == scale], "normalized_hidden"):
            found.setdefault(run.experiment.seed, {})[scale] = run
    return {seed: mine for seed, mine in found.items() if len(mine) == len(scales)}


def _interpolated(by_scale: Mapping[float, Run]) -> np.ndarray:
    """Log of each quantity at each c of GRID: a parabola in log c."""
    logs = np.log([measured(run) for run in by_scale.values()])
    coefficients = np.polyfit(np.log(list(by_scale)), logs, 2)  # [3, quantities]
    return np.stack([np.polyval(column, np.log(GRID)) for column in coefficients.T], axis=1)


def _weights(theirs: pd.DataFrame, figure: str) -> np.ndarray:
    counts = theirs.groupby("figure")["layer"].transform("count")
    mine = (theirs["figure"] == figure) | (figure == ALL)
    return np.asarray(mine / counts, dtype=float)


def _best(curve: np.ndarray, values: np.ndarray, weights: np.ndarray) -> float:
    """The c of GRID at which the squared log ratios are least."""
    return float(GRID[(((curve - np.log(values)) ** 2) @ weights).argmin()])


def _reading(theirs: pd.DataFrame, curves: Mapping[int, np.ndarray], weights: np.ndarray) -> float:
    """Standard error of c from reading the paper's pictures: each value shifted by its own error."""
    curve, values = np.mean(list(curves.values()), axis=0), theirs["value"].to_numpy()
    centre = _best(curve, values, weights)
    shifts = []
    for k in np.flatnonzero(weights):
        moved = values.astype(float).copy()
        moved[k] += theirs["error"].iloc[k]
        shifts.append(_best(curve, moved, weights) - centre)
    return float(np.sqrt(np.sum(np.square(shifts))))


def summary(tables: Tables) -> pd.DataFrame:
    """c with its interval, what the interval is made of, and which candidates lie in it."""
    rows = [
        {
            "inputs": row["inputs"],
            "fitted": row["figure"],
            "n Var[W]": f"{row['c']:.3f} ± {row['half']:.3f}",
            "from seeds": f"± {row['seeds']:.3f}",
            "from reading": f"± {row['reading']:.3f}",
            "in the interval": ", ".join(_inside(row["c"], row["half"])) or "none",
        }
        for row in tables["points"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def _inside(c: float, half: float) -> list[str]:
    return [name for name, value in CANDIDATES.items() if abs(value - c) <= half]


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """A row for each figure: the c that fits, with its interval; one mark for each range of inputs."""
    rows = tables["points"]
    ranges, names = list(rows["inputs"].unique()), list(rows["figure"].unique())
    figure = style.new_figure(1.2 + 0.25 * len(rows))
    axes = figure.subplots()
    for row in rows.to_dict("records"):
        wide = ranges.index(row["inputs"])
        place = len(names) - names.index(row["figure"]) - 1 + (0.16 - 0.32 * wide) * (len(ranges) > 1)
        colour = style.INITS["normalized_hidden"] if row["figure"] == ALL else style.GREY
        look: Any = {"markerfacecolor": "white" if wide else colour, "color": colour}
        axes.errorbar(row["c"], place, xerr=row["half"], fmt="o", markersize=4.5, capsize=2, **look)
        label = f"{row['inputs']}  {row['c']:.3f} ± {row['half']:.3f}"
        axes.text(1.01, place, label, transform=axes.get_yaxis_transform(), va="center", color=colour)
    labels = ["all five figures" if name == ALL else name for name in reversed(names)]
    axes.set_yticks(range(len(names)), labels)
    for name, value in CANDIDATES.items():
        axes.axvline(value, color=style.GREY, linewidth=0.7, linestyle=":", zorder=0)
        axes.annotate(name, (value, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    axes.axvline(EQ16, color=style.INITS["normalized"], linewidth=1, zorder=0)
    axes.annotate("eq. 16", (EQ16, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    axes.set(
        xlabel="n Var[W] of the hidden layers that fits the paper's picture", ylim=(-0.6, len(names) - 0.4)
    )
    return figure
