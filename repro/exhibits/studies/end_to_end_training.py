"""From input to output during training: what learning makes of the singular values of ∂z^d/∂x

Before training the initialization alone decides how a small change of the input arrives at the top layer;
then learning may stretch the directions that tell classes apart, and saturation flatten others. Top: the
median singular value, the factor by which half of all directions are at most scaled. Bottom: the 95th over
the 5th percentile, how unlike directions are. Left: initializations of tanh. Right: other networks of
Figure 11.

Implementation details
- Of ∂z^d/∂x, from the input to the top hidden layer, d = 5 (sigmoid: 4), at one test image, the same
  throughout; a line per seed. Before training and every 2,000 updates.
- Orthogonal weights have gain 1.
- Rules, written before these runs were made. lasting: at the end directions are still more alike with
  orthogonal weights than with eq. 16 (95th over 5th percentile). spreading: in every network directions are
  less alike at the end than before training. awakening: in every network that is off the plateau at the end
  the median is larger at the end than before training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from repro.drawing import style
from repro.evidence import EvidenceError
from repro.evidence.plateau import CONSTANT, ESCAPED
from repro.evidence.selection import Runs, select
from repro.evidence.verdict import Measure, Verdict, finding, not_tested
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

_SHARED = "monitor.mechanisms=true monitor.jacobian_examples=1 monitor.every=2000"
RUNS = (
    f"activation=tanh init=standard,normalized,orthogonal depth=5 {_SHARED}",
    f"activation=softsign init=standard,normalized depth=5 {_SHARED}",
    f"activation=sigmoid init=standard depth=4 {_SHARED}",
)
"""All but the orthogonal one are those of `layers_in_training`."""
STATISTICS = ("p5", "p50", "p95", "rms")


class Network(NamedTuple):
    """A network of the comparison and how it looks."""

    activation: str
    init: str
    depth: int
    colour: str
    line: str


EQ16, ORTHOGONAL = "Tanh N (eq. 16)", "Tanh, orthogonal"
NETWORKS = {
    "Tanh (eq. 1)": Network("tanh", "standard", 5, style.INITS["standard"], "-"),
    EQ16: Network("tanh", "normalized", 5, style.INITS["normalized"], "-"),
    ORTHOGONAL: Network("tanh", "orthogonal", 5, "#5b8ff9", "-"),
    "Softsign": Network("softsign", "standard", 5, style.ACTIVATIONS["softsign"], style.LINES["standard"]),
    "Softsign N": Network(
        "softsign", "normalized", 5, style.ACTIVATIONS["softsign"], style.LINES["normalized"]
    ),
    "Sigmoid depth 4": Network("sigmoid", "standard", 4, style.SECOND_SIGMOID, "-"),
}
PANELS = {"median": "Median singular value", "reach": "95th / 5th percentile"}


def tables(runs: Runs) -> Tables:
    """points: network, seed, update, STATISTICS, reach (p95 over p5).

    networks: network, seed, lr, updates, error (%, test, at the end).
    """
    points, networks = [], []
    for name, network in NETWORKS.items():
        own = select(runs, activation=network.activation, init=network.init, depth=network.depth)
        for run in own:
            points.append(_of(run).assign(network=name, seed=run.experiment.seed))
            error = float(100 * run.curve.query("split == 'test'")["error"].iloc[-1])
            e = run.experiment
            networks.append(
                {"network": name, "seed": e.seed, "lr": e.lr, "updates": e.updates, "error": error}
            )
    columns = ["network", "seed", "update", *STATISTICS, "reach"]
    return {"points": pd.concat(points, ignore_index=True)[columns], "networks": pd.DataFrame(networks)}


def _of(run: Run) -> pd.DataFrame:
    depth = run.experiment.depth  # noqa: F841  (used in the query)
    wide = run.monitor.query("layer == @depth").pivot(index="update", columns="quantity", values="value")
    names = {f"end_to_end_{name}": name for name in STATISTICS}
    if missing := set(names) - set(wide):
        raise EvidenceError(f"{run.path.name} has no {min(missing)}: set monitor.mechanisms=true")
    found = wide[list(names)].rename(columns=names).dropna().reset_index()
    return found.assign(reach=found["p95"] / found["p5"].where(found["p5"] > 0))


def _ends(tables: Tables) -> pd.DataFrame:
    """A row for each run: network, seed, error; p50, reach, rms, each with _start and _end."""
    rows = tables["points"].merge(tables["networks"], on=["network", "seed"])
    keys, values = ["network", "seed", "error"], ["p50", "reach", "rms"]
    start, end = (rows[rows["update"] == at][[*keys, *values]] for at in (0, rows["updates"]))
    return start.merge(end, on=keys, suffixes=("_start", "_end"))


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    means = _ends(tables).groupby("network", sort=False).mean()
    parts = [
        f"{name} {row['p50_start']:.2g} → {row['p50_end']:.2g} and {row['reach_start']:,.0f} → "
        f"{row['reach_end']:,.0f}"
        for name, row in means.iterrows()
    ]
    updates = tables["networks"]["updates"].min()
    return (
        f"Over {updates:,} updates the median singular value from input to top layer and the 95th over the "
        f"5th percentile go: {'; '.join(parts)}."
    )


def summary(tables: Tables) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "network": row["network"],
            "seed": row["seed"],
            "median, before → after": f"{row['p50_start']:.3g} → {row['p50_end']:.3g}",
            "95th / 5th percentile": f"{row['reach_start']:.3g} → {row['reach_end']:.3g}",
            "root mean square": f"{row['rms_start']:.3g} → {row['rms_end']:.3g}",
            "test error, %": f"{row['error']:.1f}",
        }
        for row in _ends(tables).to_dict("records")
    )


def verdicts(tables: Tables) -> list[Verdict]:
    ends = _ends(tables)
    rows = ends.to_dict("records")
    reach = ends.pivot(index="seed", columns="network", values="reach_end")
    lasting = [
        Measure({"seed": int(str(seed))}, ratio, holds=bool(ratio > 1))
        for seed, ratio in (reach[EQ16] / reach[ORTHOGONAL]).dropna().items()
    ]
    spreading = [_grown(row, "reach") for row in rows]
    awake = [_grown(row, "p50") for row in rows if row["error"] < CONSTANT - ESCAPED]
    return [
        _verdict("lasting", "95th over 5th percentile at the end, eq. 16 / orthogonal", lasting,
                 "orthogonal weights keep directions more alike than eq. 16 to the end"),
        _verdict("spreading", "95th over 5th percentile, at the end / before training", spreading,
                 "learning makes directions less alike"),
        _verdict("awakening", "median singular value, at the end / before training", awake,
                 "networks that learn let more of the input through"),
    ]  # fmt: skip


def _grown(row: Mapping[Any, Any], of: str) -> Measure:
    ratio = row[f"{of}_end"] / row[f"{of}_start"]
    known = bool(np.isfinite(ratio))
    return Measure(
        {"network": row["network"], "seed": row["seed"]}, ratio, holds=bool(ratio > 1) if known else None
    )


def _verdict(key: str, quantity: str, measures: list[Measure], text: str) -> Verdict:
    said = "looks at one layer at a time, before training"
    found = finding(f"end_to_end_training.{key}", quantity, "above 1", measures, text, said)
    if all(m.holds is None for m in measures):
        return not_tested(found, "no run says anything about it")
    return found


@style.themed
def draw(tables: Tables) -> Figure:
    """Median and reach over updates: initializations of tanh to the left, the other networks to the right."""
    figure = style.new_figure(4.2)
    panels = figure.subplots(2, 2, sharex=True, sharey="row")
    shown = dict(list(tables["points"].groupby("network")))
    for name, network in NETWORKS.items():
        column = panels[:, 0 if network.activation == "tanh" else 1]
        for axes, quantity in zip(column, ("p50", "reach"), strict=True):
            _curves(axes, shown[name], quantity, network, name)
    for line, label in zip(panels, PANELS.values(), strict=True):
        line[0].set(ylabel=label, yscale="log")
    for axes, title in zip(panels[0], ("Tanh, by initialization", "Softsign and sigmoid"), strict=True):
        axes.set_title(title)
        axes.legend(loc="best", fontsize=style.LABEL_SIZE)
    for axes in panels[1]:
        axes.set_xlabel("Updates")
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}k" if value else "0")
    panels[0, 0].set_xlim(0, None)
    return figure


def _curves(axes: Axes, rows: pd.DataFrame, quantity: str, network: Network, name: str) -> None:
    for number, (_, own) in enumerate(rows.groupby("seed")):
        looks: dict[str, Any] = {"color": network.colour, "linewidth": 1, "marker": "o", "markersize": 2.5}
        axes.plot(own["update"], own[quantity], network.line, **looks, label="" if number else name)
