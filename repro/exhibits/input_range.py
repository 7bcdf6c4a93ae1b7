"""Inputs from 0 to 1 or from -1 to 1: the paper seems to have used both

Test error on Shapeset of tanh and softsign networks, with inputs (grey levels) scaled to [0, 1] or to
[-1, 1]. The paper doesn't state the range, and one would expect it to matter little: before training it
hardly changes the activations (Figure 6). But its curves ask for both. Standard tanh networks follow the
paper's (dots) if they see [0, 1]; those that see [-1, 1] stay on the plateau of always answering one class
for many times as long. Softsign networks, past their first 50,000 updates, follow it with [-1, 1] and learn
far more slowly with [0, 1]. Normalized tanh networks learn with either, at ε = 0.01.

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
- Mean distance: the mean absolute difference between our curve and the paper's, over all our points.
- Where else the range shows: the layers' activations in Figure 3 (softsign) and Figure 10 (normalized tanh)
  and the weight gradients in Figure 9, whose pages have panels for both, and Figure 2 (sigmoid), all of which
  need `scale=lab`. If the paper's networks saw different inputs, then what sets their curves apart is not
  the activation or the initialization alone.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.data.shapeset.facts import CLASS_PRIOR
from repro.drawing import style
from repro.evidence import EvidenceError, curves, selection
from repro.evidence.models import MODELS
from repro.evidence.selection import Runs, over_seeds
from repro.evidence.verdict import Verdict, not_tested, outcome
from repro.exhibits.fig02 import ESCAPED
from repro.exhibits.fig11 import CONSTANT, TOLERANCE
from repro.runs.folder import Run

PRIOR_ENTROPY = float(-sum(p * math.log(p) for p in CLASS_PRIOR))
"""Cost, in nats, of answering with the frequencies of the classes."""
NETWORKS = ("Tanh", "Tanh N", "Softsign")
BELONGS = {"Tanh": "[0, 1]", "Softsign": "[-1, 1]"}
"""The range that the paper's curve of a network asks for."""
COLOURS = {"[0, 1]": "#222222", "[-1, 1]": "#3a9bd9"}
STYLES = ("-", "--", "-.", ":")
MARKED = 10
"""Points up to which a curve shows each of them."""
TOPS = (92.0, 0.2)
"""Where the axes of test error (%) and of cost above the prior's (nats) end at most."""
CLEAR = 2.0
"""How many times as far, or as long, with one range as with the other counts as a difference."""
ENOUGH = 1_000_000
"""Examples from which a smaller difference counts as well: until then learning rates matter more."""


class Variant(NamedTuple):
    """One network of the comparison, with its runs."""

    name: str
    inputs: str
    lr: float
    runs: list[Run]


def variants(runs: Runs) -> Iterator[Variant]:
    """Every combination that was trained. Raises EvidenceError if a network lacks one of the two ranges."""
    for name in NETWORKS:
        kind = MODELS[name].activation, MODELS[name].init
        own = [run for run in runs if (run.experiment.activation, run.experiment.init) == kind]
        for wanted in COLOURS:
            there = [run for run in own if selection.inputs(run) == wanted]
            if not there:
                raise EvidenceError(f"no {name} run with inputs in {wanted} among the {len(runs)} given")
            for lr in sorted({run.experiment.lr for run in there}):
                yield Variant(name, wanted, lr, [run for run in there if run.experiment.lr == lr])


def table(runs: Runs) -> pd.DataFrame:
    """Plotted points: network, inputs, lr, source, examples, error (%), low, high (95 %), n, excess (nats).

    excess: test cost less PRIOR_ENTROPY, mean over seeds. The paper's rows have an error only.
    """
    tables = []
    for v in variants(runs):
        rows = curves.points(MODELS[v.name], v.runs).merge(_excess(v.runs), on="examples")
        tables.append(rows.assign(network=v.name, inputs=v.inputs, lr=v.lr, source="ours"))
    printed = paper.curve("fig11").rename(columns={"series": "network", "x": "examples", "y": "error"})
    printed = printed[printed["network"].isin(NETWORKS)]
    tables.append(printed[["network", "examples", "error"]].assign(source="paper"))
    columns = ["network", "inputs", "lr", "source", "examples", "error", "low", "high", "n", "excess"]
    return pd.concat(tables, ignore_index=True)[columns]


def _excess(runs: list[Run]) -> pd.DataFrame:
    rows = pd.concat([run.curve.query("split == 'test' and update > 0") for run in runs])
    rows = rows.assign(examples=rows["update"] * runs[0].experiment.batch_size)
    means = over_seeds(rows, "examples", value="cost")
    return pd.DataFrame({"examples": means["examples"], "excess": means["mean"] - PRIOR_ENTROPY})


def last_points(runs: Runs) -> pd.DataFrame:
    """The last point of each variant, with the paper's error there, and its distance from the paper's curve.

    distance: mean absolute difference of the errors over all our points, the paper's taken between its own;
    nan before its first.
    """
    rows = table(runs)
    ours, theirs = (rows[rows["source"] == source] for source in ("ours", "paper"))
    curves_of = dict(list(theirs.sort_values("examples").groupby("network")))
    there = [
        np.interp(seen, curves_of[name]["examples"], curves_of[name]["error"], left=np.nan)
        for name, seen in zip(ours["network"], ours["examples"], strict=True)
    ]
    beside = ours.assign(paper=there, distance=(ours["error"] - there).abs())
    variant = beside.groupby(["network", "inputs", "lr"], sort=False)
    return variant.tail(1).assign(distance=variant["distance"].mean().to_numpy()).reset_index(drop=True)


def summary(runs: Runs) -> pd.DataFrame:
    rows = [
        {
            "network": end["network"],
            "inputs": end["inputs"],
            "ε": f"{end['lr']:g}",
            "examples seen": f"{end['examples']:,.0f}",
            "test error %": f"{end['error']:.1f} ({end['low']:.1f} to {end['high']:.1f})",
            "paper, as far": f"{end['paper']:.1f}".replace("nan", ""),
            "mean distance": f"{end['distance']:.1f}".replace("nan", ""),
            "cost above the prior's, nats": f"{end['excess']:+.3f}",
            "seeds": f"{end['n']:.0f}",
        }
        for end in last_points(runs).to_dict("records")
    ]
    return pd.DataFrame(rows)


def verdicts(runs: Runs) -> list[Verdict]:
    ends = last_points(runs)
    tanh, softsign = (belongs(ends, name, inputs) for name, inputs in BELONGS.items())
    return [_plateau(runs), tanh, softsign, _helps(ends)]


def escapes(runs: Runs, network: str) -> pd.DataFrame:
    """When each variant leaves the plateau: inputs, lr, n, examples (nan if it never does), last (examples).

    It has left when its mean error is ESCAPED points below that of always answering one class.
    """
    rows = table(runs)
    ours = rows[(rows["network"] == network) & (rows["source"] == "ours")]
    left = ours.assign(left=ours["examples"].where(ours["error"] < CONSTANT - ESCAPED))
    groups = left.groupby(["inputs", "lr"], sort=False)
    return groups.agg(n=("n", "min"), examples=("left", "min"), last=("examples", "max")).reset_index()


def _plateau(runs: Runs) -> Verdict:
    found = escapes(runs, "Tanh")
    zero, both = (found[found["inputs"] == inputs] for inputs in ("[0, 1]", "[-1, 1]"))
    first = zero["examples"].min()
    later = both["examples"].fillna(both["last"]) >= CLEAR * first
    verdict = Verdict(
        claim="Our finding: standard tanh with inputs in [-1, 1] stays on the plateau for longer",
        verdict=outcome(later.mean()),
        measured="leaves it after "
        + ", ".join(
            (f"{row['examples']:,.0f} examples" if row["examples"] > 0 else f"more than {row['last']:,.0f}")
            + f" with {row['inputs']} (ε {row['lr']:g})"
            for row in found.to_dict("records")
        )
        + f" (n = {found['n'].min():.0f})",
        paper="the range is not stated",
        why=f"{later.sum()} of {len(later)} at least {CLEAR:g} times as long as with [0, 1]; off the plateau "
        f"is an error {ESCAPED:g} points below always one class, {CONSTANT:.1f} %",
    )
    if pd.isna(first):
        return not_tested([verdict], f"no network has left it in {found['last'].max():,.0f} examples")[0]
    return verdict


def belongs(ends: pd.DataFrame, network: str, inputs: str) -> Verdict:
    """Whether the paper's curve is nearer with these inputs, each range at its nearest learning rate."""
    known = ends[ends["network"] == network].dropna(subset="distance").sort_values("distance")
    nearest = known.groupby("inputs").first()
    near = nearest["distance"].get(inputs, math.nan)
    far = nearest["distance"].drop(inputs, errors="ignore").min()
    verdict = Verdict(
        claim=f"Our finding: the paper's {network.lower()} in Figure 11 saw inputs in {inputs}",
        verdict="reproduced" if far >= CLEAR * near else outcome(0.5 * (far > near)),
        measured=", ".join(
            f"mean distance {row['distance']:.1f} points with {name} (ε {row['lr']:g})"
            for name, row in nearest.iterrows()
        )
        or "no curve so long",
        paper="the range is not stated",
        why=f"{far / near:.1f} times as far with the other range; {CLEAR:g} count as clear",
    )
    if not far >= CLEAR * near and not ends["examples"].min() >= ENOUGH:
        why = f"trained on {ends['examples'].min():,.0f} examples; the ranges come apart by {ENOUGH:,}"
        return not_tested([verdict], why)[0]
    return verdict


def _helps(ends: pd.DataFrame) -> Verdict:
    best = ends.groupby(["inputs", "network"])["error"].min().unstack()
    gap = best["Tanh"] - best["Tanh N"]
    return Verdict(
        claim="Our finding: what the normalized initialization gains depends on the range",
        verdict=outcome(float(gap["[-1, 1]"] > gap["[0, 1]"] + TOLERANCE)),
        measured=", ".join(f"{gain:+.1f} points with {inputs}" for inputs, gain in gap.to_dict().items()),
        paper="one range, not stated",
        why=f"error of Tanh less that of Tanh N, each at its better rate; {TOLERANCE:g} points apart or more",
    )


@style.themed
def draw(runs: Runs) -> Figure:
    """Rows: networks. Columns: test error, and cost above that of knowing the class frequencies."""
    rows = table(runs)
    reach = rows.loc[rows["source"] == "ours", "examples"].max()
    rows = rows[rows["examples"] <= 1.02 * reach]
    figure = style.new_figure(6.4)
    panels = figure.subplots(len(NETWORKS), 2, sharex=True, sharey="col", width_ratios=(1.15, 1))
    panels[0, 0].set_xlim(0, 1.02 * reach / 1e6)
    rates = sorted(rows["lr"].dropna().unique())
    for (left, right), name in zip(panels, NETWORKS, strict=True):
        own = rows[rows["network"] == name]
        _lines(right, own, rates, "excess")
        right.axhline(0, color=style.GREY, linestyle=":", linewidth=1)
        right.set_ylabel("Cost above the prior's (nats)")
        _errors(left, own, rates)
        left.set(ylabel="Test error (%)", title=f"{name}: {MODELS[name].init} initialization")
    for axes in panels[-1]:
        axes.set_xlabel("Examples seen (millions)")
    for axes, columns, top in zip(panels[0], (["error", "low", "high"], ["excess"]), TOPS, strict=True):
        low, high = rows[columns].min().min(), min(rows[columns].max().max(), top)
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    for axes, name in zip(panels[:, 0], NETWORKS, strict=True):  # when the shared limits are final
        style.place_labels(axes, _labels(rows[rows["network"] == name]))
    return figure


def _errors(axes: Axes, rows: pd.DataFrame, rates: list[float]) -> None:
    theirs = rows[rows["source"] == "paper"]
    axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
    for (inputs, _), curve in _curves(rows):
        low, high = curve["low"], curve["high"]
        axes.fill_between(curve["examples"] / 1e6, low, high, color=COLOURS[inputs], alpha=0.15, linewidth=0)
    _lines(axes, rows, rates, "error")
    axes.plot(theirs["examples"] / 1e6, theirs["error"], color=style.GREY, **style.DOTS)


def _lines(axes: Axes, rows: pd.DataFrame, rates: list[float], column: str) -> None:
    """A line for each variant: its colour for the range, its style for the rate."""
    for (inputs, lr), curve in _curves(rows):
        line = STYLES[rates.index(lr) % len(STYLES)]
        marker = "o" if len(curve) <= MARKED else ""
        axes.plot(
            curve["examples"] / 1e6, curve[column], line, color=COLOURS[inputs], marker=marker, markersize=2.5
        )


def _labels(rows: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Heights, texts and colours for the right end of the panel of errors."""
    theirs = rows.loc[rows["source"] == "paper", "error"]
    labels = [(CONSTANT, "always one class", style.GREY)]
    labels += [(theirs.iloc[-1], "paper", style.GREY)] if len(theirs) else []
    for (inputs, lr), curve in _curves(rows):
        labels.append((curve["error"].iloc[-1], f"{inputs}, ε {lr:g}", COLOURS[inputs]))
    return labels


def _curves(rows: pd.DataFrame) -> list[tuple[tuple[str, float], pd.DataFrame]]:
    """Our curves by input range and learning rate."""
    ours = rows[rows["source"] == "ours"]
    groups = ours.groupby(["inputs", "lr"], sort=False)
    return [((curve["inputs"].iloc[0], float(curve["lr"].iloc[0])), curve) for _, curve in groups]
