"""Singular values of the Jacobian before training

The Jacobian ∂z^i/∂z^(i-1) (eq. 17) says how a small change of one layer's activations arrives in the next.
Its singular values are the factors by which changes in different directions are stretched or shrunk. If
their mean is well below 1, signals die out over a few layers, in both directions. The paper gives one
average for each initialization (section 4.2.2) and takes it to be the ratio of the layers' activation
variances, which is tested here too.

Implementation details
- J^i = diag(f'(s^i)) W^i, at a few of the monitored test examples (`monitor.jacobian_examples`), averaged
  over them; all singular values are computed, not only the largest.
- Layers 2 to 5, between hidden layers of equal size. Layer 1 (∂z^1/∂x) is in the table and not in the
  averages.
- Points are means over all singular values. The third network has the standard initialization in its first
  and its output layer and n Var[W] = 1.3 in between, and fits the paper's pictures (Figures 6 to 10); the
  number in its text fits eq. 16 in every layer.
- Boxes hold the middle half of the singular values, thin lines reach from the 5th to the 95th percentile;
  the extremes are in the table.
- Both ratios of claim C16 are given: of variances, as the paper has it, and of standard deviations. Where
  f' = 1, the ratio of standard deviations is the root mean square of the singular values; of a large random
  matrix with independent entries their mean is 8/(3π) = 0.85 of that, so that neither ratio can equal the
  mean exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import style
from repro.drawing.labels import init_title
from repro.evidence import inits
from repro.evidence.inits import PANEL, PAPERS
from repro.evidence.selection import Runs, monitored, over_seeds
from repro.evidence.statistics import Interval, interval
from repro.evidence.verdict import Measure, Verdict, judged

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden seed=0,1,2,3,4 updates=0 n_valid=300 "
    "n_test=300",
)
"""Figures 6, 7, 8, the Jacobian and the page on linear theory share these."""

STATISTICS = ("mean", "min", "p5", "p25", "p50", "p75", "p95", "max")
TOLERANCE = 0.10
"""Largest relative difference between a variance ratio and a mean singular value that counts as equal."""

_BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def tables(runs: Runs) -> Tables:
    """points: `_layers`. averages over layers 2 to 5: init, mean, half (95 %), n. panels: `inits.panels`."""
    networks = inits.of_papers_depth(runs)
    averages = [{"init": init, **_average(own)._asdict()} for init, own in networks.items()]
    return {
        "points": pd.concat([_layers(init, own) for init, own in networks.items()], ignore_index=True),
        "averages": pd.DataFrame(averages),
        "panels": inits.panels(networks),
    }


def _layers(init: str, runs: Runs) -> pd.DataFrame:
    """Means over seeds: layer, STATISTICS, half (95 %, of mean), n, std_ratio, variance_ratio, init, paper.

    Ratios are those of the activations of layer i over layer i - 1.
    """
    names = [f"jacobian_{name}" for name in STATISTICS]
    rows = over_seeds(monitored(runs, *names).query("update == 0"), "layer", "quantity")
    wide = rows.pivot(index="layer", columns="quantity", values="mean")[names]
    wide.columns = pd.Index(STATISTICS)
    mean = rows[rows["quantity"] == "jacobian_mean"].set_index("layer")
    std = monitored(runs, "z_std").query("update == 0").pivot(index="layer", columns="run", values="value")
    ratio = std / std.shift(1)
    wide = wide.assign(half=mean["half"], n=mean["n"], std_ratio=ratio.mean(axis=1))
    wide["variance_ratio"] = (ratio**2).mean(axis=1)
    return wide.reset_index().assign(init=init, paper=paper.numbers()["jacobian"][PANEL[init]])


def _average(runs: Runs) -> Interval:
    """Mean singular value over layers 2 to depth, and its interval over seeds."""
    rows = monitored(runs, "jacobian_mean")
    return interval(rows.query("update == 0 and layer > 1").groupby("run")["value"].mean())


def summary(tables: Tables) -> pd.DataFrame:
    rows = [
        {
            "initialization": layer["init"],
            "layer": layer["layer"],
            "mean singular value": Interval(layer["mean"], layer["half"], layer["n"]).text(3),
            "smallest to largest": f"{layer['min']:.2g} to {layer['max']:.2f}",
            "median": f"{layer['p50']:.2f}",
            "paper": f"≈ {layer['paper']:g}",
            "ratio of variances": f"{layer['variance_ratio']:.2f}".replace("nan", ""),
            "ratio of stds": f"{layer['std_ratio']:.2f}".replace("nan", ""),
        }
        for layer in tables["points"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return [_averages(tables), _ratios(tables)]


def _averages(tables: Tables) -> Verdict:
    """C15, at the one digit that the paper gives."""
    stated = paper.numbers()["jacobian"]
    measures = [
        Measure(
            of={"init": row["init"]},
            value=row["mean"],
            paper=stated.get(row["init"], float("nan")),
            low=row["mean"] - row["half"],
            high=row["mean"] + row["half"],
            n=row["n"],
            holds=round(row["mean"], 1) == stated[row["init"]] if row["init"] in PAPERS else None,
        )
        for row in tables["averages"].to_dict("records")
    ]
    verdict = Verdict(
        claim="C15",
        outcome="not tested",
        quantity="mean singular value of layers 2 to 5",
        unit="",
        rule="equal at the one digit that the paper gives",
        measures=tuple(measures),
    )
    return judged(verdict)


def _ratios(tables: Tables) -> Verdict:
    """C16: variance ratios are judged; the ratios of standard deviations are shown beside them."""
    rows = tables["points"].query("layer > 1 and init in @PAPERS")
    rows = rows.assign(near=(rows["variance_ratio"] / rows["mean"] - 1).abs() <= TOLERANCE)
    shown = {"variance ratio": "variance_ratio", "std ratio": "std_ratio", "mean singular value": "mean"}
    measures = [
        Measure(
            of={"init": row["init"], "what": what, "layer": row["layer"]},
            value=row[column],
            n=row["n"],
            holds=row["near"] if column == "variance_ratio" else None,
        )
        for init in PAPERS
        for what, column in shown.items()
        for row in rows[rows["init"] == init].to_dict("records")
    ]
    verdict = Verdict(
        claim="C16",
        outcome="not tested",
        quantity="layers 2 to 5",
        unit="",
        rule=f"variance ratios within {TOLERANCE:.0%} of the layer's mean singular value",
        measures=tuple(measures),
        paper=paper.claims()["C16"].expected,
        figures=2,
    )
    return judged(verdict)


@style.themed
def draw(tables: Tables) -> Figure:
    """Mean, middle half and central 90 % of the singular values of each layer, and the paper's averages."""
    rows = tables["points"].query("layer > 1")
    figure = style.new_figure(3.5)
    axes = figure.subplots()
    for panel, shift in zip(tables["panels"].to_dict("records"), (-0.28, 0.0, 0.28), strict=True):
        mine, title = rows[rows["init"] == panel["init"]], init_title(panel["init"], panel["scale"])
        _bars(axes, mine, shift, style.INITS[panel["init"]], title)
    for init in PAPERS:
        level = rows.loc[rows["init"] == init, "paper"].iloc[0]
        axes.axhline(level, color=style.INITS[init], linestyle=":", linewidth=1)
        style.place_labels(axes, [(level, f"paper ≈ {level:g}", style.INITS[init])], x=1.005)
    layers = sorted(rows["layer"].unique())
    axes.set_xticks(layers, [f"Layer {i}\n∂z$^{i}$/∂z$^{i - 1}$" for i in layers])
    axes.set(ylabel="Singular value", ylim=(0, None), xlim=(min(layers) - 0.5, max(layers) + 0.5))
    handles, _ = axes.get_legend_handles_labels()
    handles += [
        Line2D([], [], color=style.GREY, linewidth=7, alpha=0.35, label="middle half"),
        Line2D([], [], color=style.GREY, linewidth=0.9, label="5th to 95th percentile"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _bars(axes: Axes, rows: pd.DataFrame, shift: float, colour: str, label: str) -> None:
    x = rows["layer"] + shift
    axes.vlines(x, rows["p5"], rows["p95"], color=colour, linewidth=0.9)
    axes.vlines(x, rows["p25"], rows["p75"], color=colour, linewidth=7, alpha=0.35)
    axes.errorbar(x, rows["mean"], rows["half"], fmt="o", color=colour, markersize=4, label=label)
    text: dict[str, Any] = {
        "color": colour,
        "fontsize": style.LABEL_SIZE,
        "va": "center",
        "bbox": _BEHIND_TEXT,
    }
    for place, mean in zip(x, rows["mean"], strict=True):
        axes.annotate(f"{mean:.2f}", (place, mean), xytext=(7, 0), textcoords="offset points", **text)
