"""Inputs from 0 to 1 or from -1 to 1?

Test error on Shapeset of tanh and softsign networks, with inputs (grey levels) scaled to [0, 1] or to
[-1, 1]. The paper doesn't state the range, and one would expect it to matter little: before training it
hardly changes the activations (Figure 6). The questions to the picture are which range brings each network
nearer to the paper's curve (dots), whether that is the same range for all of them, and how long each stays on
the plateau of always answering one class.

Implementation details
- A row for each network ("N": eq. 16), a colour for each range, and a line style for each learning rate ε.
  The rates are not searched here but shown side by side.
- On the left the test error. On the right the test cost less the entropy of the classes, the cost of knowing
  nothing but how frequent each class is: at 0 the network has learned just that, which the jitter of the
  error hides.
- Bands are 95 % intervals: over seeds where there are several (`seed=0,1,2`), otherwise of a share measured
  on so many test examples (Wilson).
- Curves that leave the axes at the top (cost: by 0.2 nats) are those of networks that answer the same class
  with ever more confidence. Tanh N does so with inputs in [0, 1] and ε = 0.1.
- A cross marks where a run diverged. Networks of which no run came to its end are left out of the verdicts.
- "n Var[W] = 1.3" is our reading of the paper's normalized panels (page `hidden_scale`): hidden layers with
  that, the first and the output layer with the standard initialization. Beside it is the paper's Tanh N.
- Mean distance: the mean absolute difference between our curve and the paper's, over all our points.
- Where else the range shows, and not always in the same sense as here: the layers' activations in Figure 3
  (softsign) and Figure 10 (normalized tanh) and the weight gradients in Figure 9, whose pages have panels for
  both, and Figure 2 (sigmoid). No one of these settles the range for the others. If the paper's networks saw
  different inputs, then what sets their curves apart is not the activation or the initialization alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import labels, style
from repro.drawing.curves import cross_out
from repro.evidence import curves, plateau, ranges
from repro.evidence.models import MODELS
from repro.evidence.plateau import CONSTANT, ESCAPED
from repro.evidence.ranges import CURVES, NETWORKS
from repro.evidence.selection import Runs
from repro.evidence.verdict import Measure, Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized depth=5 dataset.low=0.0,-1.0 lr=0.01",
    "activation=softsign init=standard depth=5 dataset.low=0.0,-1.0 lr=0.01,0.03",
    "activation=softsign init=normalized depth=5 dataset.low=0.0,-1.0 lr=0.01",
    "activation=tanh init=normalized_hidden depth=5 dataset.low=0.0,-1.0 lr=0.01",
    "activation=sigmoid init=standard depth=4 dataset.low=0.0,-1.0 lr=0.01",
)
STYLES = ("-", "--", "-.", ":")
MARKED = 10
"""Points up to which a curve shows each of them."""
TOPS = (92.0, 0.2)
"""Where the axes of test error (%) and of cost above the prior's (nats) end at most."""
TOLERANCE = curves.TOLERANCES["shapeset"]
ENOUGH = 1_000_000
"""Examples before which what normalization gains says little about the end."""
CLEAR = 2.0
"""How many times as far, or as long, with one range as with the other counts as a difference."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: network, inputs, lr, source, examples, error (%), low, high (95 %), n, excess (nats).

    excess: test cost less that of answering with the frequencies of the classes. runs, ends, escapes,
    before: as in `evidence.ranges`. states, test_errors: as in `evidence.plateau`.
    """
    points, ended = ranges.curves_of(runs)
    found = list(ranges.variants(runs))
    return {
        "before": pd.concat([ranges.before(v) for v in found], ignore_index=True),
        "states": pd.concat([plateau.states(v.runs, v.network) for v in found], ignore_index=True),
        "test_errors": pd.concat([plateau.errors(v.runs, v.network) for v in found], ignore_index=True),
        "points": points,
        "runs": ended,
        "ends": ranges.last_points(points, ended),
        "escapes": ranges.escapes(points, ended),
    }


def summary(tables: Tables) -> pd.DataFrame:
    number = labels.number
    rows = [
        {
            "network": end["network"],
            "inputs": end["inputs"],
            "ε": f"{end['lr']:g}",
            "examples seen": number(end["examples"], ",.0f"),
            "test error %": f"{end['error']:.1f} ({end['low']:.1f} to {end['high']:.1f})"
            if end["n"] > 0
            else "",
            "paper, as far": number(end["paper"], ".1f"),
            "mean distance": number(end["distance"], ".1f"),
            "cost above the prior's, nats": number(end["excess"], "+.3f"),
            "seeds": labels.seeds(end["runs"], end["diverged"]),
        }
        for end in tables["ends"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    return [_plateau(tables["escapes"]), _helps(tables["ends"])]


def _plateau(found: pd.DataFrame) -> Verdict:
    """From `escapes`: with inputs in [-1, 1] standard tanh needs far longer than with [0, 1]."""
    own = found[found["network"] == "Tanh"]
    first = own.loc[own["inputs"] == "[0, 1]", "examples"].min()
    both = own["inputs"] == "[-1, 1]"
    last = max(own["last"], default=0)
    later = (own["examples"].fillna(own["last"]) >= CLEAR * first).astype(object).where(both, None)
    verdict = Verdict(
        claim="input_range.plateau",
        outcome="not tested",
        quantity=f"seen when it leaves the plateau (∞: not within {last:,.0f})",
        unit="examples",
        rule=f"at least {CLEAR:g} times as long as with [0, 1]; off the plateau is an error {ESCAPED:g} "
        f"points below always one class, {CONSTANT:.1f} %",
        measures=tuple(
            Measure(
                of={"lr": row["lr"], "inputs": row["inputs"]},
                value=math.inf if pd.isna(row["examples"]) else row["examples"],
                n=int(row["n"]),
                holds=holds,
            )
            for row, holds in zip(own.to_dict("records"), later, strict=True)
        ),
        kind="ours",
        needs={"seeds": 3},
        statement="Our finding: standard tanh with inputs in [-1, 1] stays on the plateau for longer",
        paper="the range is not stated",
    )
    if own["inputs"].nunique() < 2:
        return not_tested(verdict, "all runs with one of the ranges diverged on it")
    if pd.isna(first):
        return not_tested(verdict, f"no network has left it in {last:,.0f} examples")
    return judged(verdict)


def _helps(ends: pd.DataFrame) -> Verdict:
    """What normalization gains with either range, each network at its better rate."""
    whole = ends[~ends["lost"]]
    best = whole.groupby(["inputs", "network"])["error"].min().unstack()
    best = best.reindex(index=list(style.INPUTS), columns=list(NETWORKS))
    gains = {str(inputs): gain for inputs, gain in (best["Tanh"] - best["Tanh N"]).items()}
    more = bool(gains["[-1, 1]"] > gains["[0, 1]"] + TOLERANCE)
    verdict = Verdict(
        claim="input_range.gain",
        outcome="not tested",
        quantity="error of Tanh less that of Tanh N, each at its better rate",
        unit="points",
        rule=f"at least {TOLERANCE:g} points more than with [0, 1]",
        measures=tuple(
            Measure(
                {"inputs": inputs}, gain, n=int(whole["n"].min()), holds=None if inputs == "[0, 1]" else more
            )
            for inputs, gain in gains.items()
        ),
        kind="ours",
        needs={"seeds": 3, "rate": True},
        statement="Our finding: what the normalized initialization gains depends on the range",
        paper="one range, not stated",
    )
    known = not any(map(math.isnan, gains.values()))
    long = bool(whole["examples"].min() >= ENOUGH)
    return judged(verdict, long) if known else not_tested(verdict, "all runs of one network diverged")


@style.themed
def draw(tables: Tables) -> Figure:
    """Rows: networks. Columns: test error, and cost above that of knowing the class frequencies."""
    rows, runs = tables["points"], tables["runs"]
    reach = rows.loc[rows["source"] == "ours", "examples"].max()
    rows = rows[rows["examples"] <= 1.02 * reach]
    names = list(dict.fromkeys(runs["network"]))
    figure = style.new_figure(0.4 + 2 * len(names))
    panels = figure.subplots(len(names), 2, sharex=True, sharey="col", width_ratios=(1.15, 1))
    panels[0, 0].set_xlim(0, 1.02 * reach / 1e6)
    rates = sorted(rows["lr"].dropna().unique())
    for (axes, right), name in zip(panels, names, strict=True):
        own = rows[rows["network"] == name]
        _lines(right, own, rates, "excess")
        right.axhline(0, color=style.GREY, linestyle=":", linewidth=1)
        right.set_ylabel("Cost above the prior's (nats)")
        _errors(axes, own, runs[runs["network"] == name], rates)
        axes.set(ylabel="Test error (%)", title=_title(name))
    for axes in panels[-1]:
        axes.set_xlabel("Examples seen (millions)")
    errors = [rows["error"], rows["low"], rows["high"], runs.loc[runs["diverged"], "error"]]
    for axes, shown, top in zip(panels[0], (pd.concat(errors), rows["excess"]), TOPS, strict=True):
        low, high = shown.min(), min(shown.max(), top)
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    for axes, name in zip(panels[:, 0], names, strict=True):  # when the shared limits are final
        own = runs[runs["network"] == name]
        style.place_labels(axes, _labels(rows[rows["network"] == name], own))
    return figure


def _title(name: str) -> str:
    """Of a row of panels; where the paper's dots are those of another network, that is said."""
    beside = f" (paper: {CURVES[name]})" if name in CURVES else f": {MODELS[name].init} initialization"
    return name + beside


def _errors(axes: Axes, rows: pd.DataFrame, runs: pd.DataFrame, rates: list[float]) -> None:
    theirs = rows[rows["source"] == "paper"]
    axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
    for (inputs, _), curve in _curves(rows):
        low, high = curve["low"], curve["high"]
        axes.fill_between(
            curve["examples"] / 1e6, low, high, color=style.INPUTS[inputs], alpha=0.15, linewidth=0
        )
    _lines(axes, rows, rates, "error")
    axes.plot(theirs["examples"] / 1e6, theirs["error"], color=style.GREY, **style.DOTS)
    for inputs, colour in style.INPUTS.items():
        cross_out(axes, runs[runs["inputs"] == inputs], colour)


def _lines(axes: Axes, rows: pd.DataFrame, rates: list[float], column: str) -> None:
    """A line for each variant: its colour for the range, its style for the rate."""
    for (inputs, lr), curve in _curves(rows):
        line = STYLES[rates.index(lr) % len(STYLES)]
        marker = "o" if len(curve) <= MARKED else ""
        axes.plot(
            curve["examples"] / 1e6,
            curve[column],
            line,
            color=style.INPUTS[inputs],
            marker=marker,
            markersize=2.5,
        )


def _labels(rows: pd.DataFrame, runs: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Heights, texts and colours for the right end of the panel of errors."""
    theirs = rows.loc[rows["source"] == "paper", "error"]
    found = [(CONSTANT, "always one class", style.GREY)]
    found += [(theirs.iloc[-1], "paper", style.GREY)] if len(theirs) else []
    ends = {variant: curve["error"].iloc[-1] for variant, curve in _curves(rows)}
    for _, own in runs.groupby(["inputs", "lr"], sort=False):
        inputs, lr, height = own["inputs"].iloc[0], float(own["lr"].iloc[0]), own["error"].iloc[-1]
        text = ", ".join(filter(None, (inputs, f"ε {lr:g}", labels.lost(own["diverged"]))))
        found.append((ends.get((inputs, lr), height), text, style.INPUTS[inputs]))
    return found


def _curves(rows: pd.DataFrame) -> list[tuple[tuple[str, float], pd.DataFrame]]:
    """Our curves by input range and learning rate."""
    ours = rows[rows["source"] == "ours"]
    groups = ours.groupby(["inputs", "lr"], sort=False)
    return [((curve["inputs"].iloc[0], float(curve["lr"].iloc[0])), curve) for _, curve in groups]
