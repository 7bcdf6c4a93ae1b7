"""Why inputs in [-1, 1] make standard tanh networks wait: a symmetry

An image of Shapeset and its inverted contrast are almost equally likely and have the same class. With inputs
in [-1, 1] inversion is x → -x. A tanh or softsign network whose biases are 0 is odd: z(-x) = -z(x) in every
layer. What it says of an image and of its inversion is then opposite, what it should say is equal, so that
the gradients of such pairs cancel to first order: the network sits on a saddle point until something breaks
the symmetry. Inputs in [0, 1], biases, or dark backgrounds only do so from the start.

Left and middle: test error during training, a line per seed; dotted is the error of the best constant answer.
Right: how much of the output layer's gradient examples have in common before training (0: none).

Implementation details
- Dark backgrounds make another, perhaps easier task, in training and test; biases leave it as it is.
- Networks of 300 units in five layers, ε = 0.01, mini-batches of 10, 20,000 updates: about a minute each on
  one core. `make plateau-demo` does three conditions with 100 units in about a minute altogether.
- The plateau is left at the first update at which the test error is 5 points below that of the best constant
  answer. A network that doesn't leave it in its training counts as leaving it at the end.
- Common gradient: ‖mean g‖² over the mean of ‖g‖², g = ∂C/∂W of one example, over pairs of 300 test images
  (`gradient_signal` in the monitor), without bias: it may come out below 0.
- Rule (written before the runs were made): the symmetry holds the network back if, in every seed, the
  network with inputs in [-1, 1] leaves the plateau at least twice as late as with any one of: inputs in
  [0, 1], dark backgrounds, random biases (standard deviation 0.1 and 0.3). Eq. 16 is shown and not judged;
  softsign is judged apart, with its two ranges.
- Its cause is judged apart: before training the share of the output layer's gradient that examples have in
  common is, in every seed, at most half of that with each of these.
- Claim C32 (plateaus go with saturation) is contradicted by a network on the plateau in whose layers the 98th
  percentile of |z| is below 0.5, at the last measurement before it leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import style
from repro.evidence import EvidenceError
from repro.evidence.plateau import CONSTANT, left
from repro.evidence.selection import Runs
from repro.evidence.verdict import Measure, Verdict, finding
from repro.experiment.settings import Experiment
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

_SHARED = "depth=5 lr=0.01 valid_every=null monitor.mechanisms=true monitor.jacobian_examples=0"
_LONG = "updates=20000 n_valid=2000 n_test=2000 curve_every=500 monitor.every=1000"
_RUNS = f"{_SHARED} {_LONG} width=300 seed=0,1,2"
_DEMO = f"{_SHARED} width=100 updates=3000 n_valid=500 n_test=1000 curve_every=100 monitor.every=500 seed=0"
RUNS = (
    f"{_RUNS} activation=tanh,softsign dataset.low=-1,0",
    f"{_RUNS} activation=tanh dataset=shapeset_dark dataset.low=-1",
    f"{_RUNS} activation=tanh dataset.low=-1 bias_std=0.1,0.3",
    f"{_RUNS} activation=tanh init=normalized dataset.low=-1",
)
AT = {
    "smoke": (
        f"{_DEMO} activation=tanh dataset.low=-1",
        f"{_DEMO} activation=tanh dataset=shapeset_dark dataset.low=-1",
        f"{_DEMO} activation=tanh dataset.low=-1 bias_std=0.3",
    )
}
"""A demonstration for a lecture."""
LATER = 2.0
"""How many times as late counts as held back."""
SHARE = 0.5
"""Of another condition's common gradient: what counts as missing."""
UNSATURATED = 0.5
"""98th percentile of |z| below which no layer is near saturation."""


class Condition(NamedTuple):
    """One network: its name, colour and line, and which experiments are of it."""

    colour: str
    line: str
    fits: Callable[[Experiment], bool]


def _network(
    activation: str, low: float, bias_std: float = 0.0, dataset: str = "shapeset", init: str = "standard"
) -> Callable[[Experiment], bool]:
    wanted = (activation, low, bias_std, dataset, init)
    return lambda e: (e.activation.name, e.dataset.low, e.bias_std, e.dataset.name, e.init.name) == wanted


SYMMETRIC = "tanh, [-1, 1]"
SOFTSIGN = "softsign, [-1, 1]"
CONDITIONS = {
    SYMMETRIC: Condition("#222222", "-", _network("tanh", -1)),
    "tanh, [0, 1]": Condition("#0072b2", "-", _network("tanh", 0)),
    "tanh, [-1, 1], dark backgrounds": Condition(
        "#e4572e", "-", _network("tanh", -1, dataset="shapeset_dark")
    ),
    "tanh, [-1, 1], biases 0.1": Condition("#b5179e", "-", _network("tanh", -1, 0.1)),
    "tanh, [-1, 1], biases 0.3": Condition("#f2a100", "-", _network("tanh", -1, 0.3)),
    "tanh, [-1, 1], eq. 16": Condition("#8c6d1f", "--", _network("tanh", -1, init="normalized")),
    SOFTSIGN: Condition("#222222", "-", _network("softsign", -1)),
    "softsign, [0, 1]": Condition("#009e73", "-", _network("softsign", 0)),
}
BREAKING = tuple(
    name for name in CONDITIONS if name.startswith("tanh") and name != SYMMETRIC and "16" not in name
)
"""What breaks the symmetry of a standard tanh network."""


def tables(runs: Runs) -> Tables:
    """points: condition, seed, update, error (%).

    networks: condition, seed, width, left (update, nan if never),
    last (update), signal, p98 (of |z|, the largest layer's), saturated (share, the largest layer's), both at
    the last measurement on the plateau."""
    points, networks = [], []
    for name, condition in CONDITIONS.items():
        for run in sorted((r for r in runs if condition.fits(r.experiment)), key=lambda r: r.experiment.seed):
            curve = run.curve.query("split == 'test' and update > 0")
            rows = pd.DataFrame({"update": curve["update"], "error": 100 * curve["error"]})
            points.append(rows.assign(condition=name, seed=run.experiment.seed))
            networks.append({"condition": name, "seed": run.experiment.seed, **_of(run, rows)})
    found = pd.DataFrame(networks)
    if SYMMETRIC not in set(found.get("condition", ())):
        raise EvidenceError(
            f"no standard tanh network with inputs in [-1, 1] among the {len(runs)} runs given"
        )
    columns = ["condition", "seed", "update", "error"]
    return {"points": pd.concat(points, ignore_index=True)[columns], "networks": found}


def _of(run: Run, curve: pd.DataFrame) -> dict[str, float]:
    rows, depth = run.monitor, run.experiment.depth
    start = rows[
        (rows["update"] == 0) & (rows["quantity"] == "gradient_signal") & (rows["layer"] == depth + 1)
    ]
    if start.empty:
        raise EvidenceError(f"{run.path.name} has no gradient_signal: set monitor.mechanisms=true")
    gone = curve["update"][left(curve["error"])].min()
    on = rows[~(rows["update"] >= gone)]  # all, if it never goes
    on = on[on["update"] == on["update"].max()].pivot(index="layer", columns="quantity", values="value")
    return {
        "width": run.experiment.widths[0],
        "left": gone,
        "last": curve["update"].max(),
        "signal": start["value"].item(),
        "p98": max(on["z_p98"].max(), -on["z_p2"].min()),
        "saturated": on["z_saturated"].max(),
    }


def _times(tables: Tables) -> pd.DataFrame:
    """Update at which the plateau is left, or the last one: a row per seed, a column per condition."""
    rows = tables["networks"]
    return rows.assign(left=rows["left"].fillna(rows["last"])).pivot(
        index="seed", columns="condition", values="left"
    )


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    rows = tables["networks"]
    own, signal = rows.groupby("condition"), rows.groupby("condition")["signal"].mean()
    stay = rows[rows["condition"] == SYMMETRIC]
    times = [
        f"{_short(name)} {own.get_group(name)['left'].fillna(own.get_group(name)['last']).median():,.0f}"
        for name in BREAKING
        if name in own.groups
    ]
    shared = [100 * signal[name] for name in BREAKING if name in signal]
    return (
        f"A standard tanh network with inputs in [-1, 1] is still on the plateau after "
        f"{stay['last'].max():,} updates in {stay['left'].isna().sum()} of {len(stay)} seeds; what breaks "
        f"the symmetry lets it leave after (median) {', '.join(times)}. Before training its "
        f"examples' gradients have {100 * signal[SYMMETRIC]:.1f} % in common, the others' "
        f"{min(shared):.1f} to {max(shared):.1f} %; on the plateau at most "
        f"{100 * stay['saturated'].max():.1f} % of any layer's "
        "activations are saturated."
    )


def _short(name: str) -> str:
    return name.removeprefix("tanh, ").removeprefix("[-1, 1], ")


def summary(tables: Tables) -> pd.DataFrame:
    rows = []
    for name, own in tables["networks"].groupby("condition", sort=False):
        times = [
            f"{t:,.0f}" if np.isfinite(t) else f"> {end:,}"
            for t, end in zip(own["left"], own["last"], strict=True)
        ]
        rows.append(
            {
                "network": name,
                "leaves the plateau at update (each seed)": ", ".join(times),
                "common gradient before, %": ", ".join(f"{100 * s:.2f}" for s in own["signal"]),
                "98th percentile of |z| on it, largest layer": f"{own['p98'].max():.2f}",
                "saturated on it, largest layer": f"{own['saturated'].max():.1%}",
            }
        )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    times = _times(tables)
    signal = tables["networks"].pivot(index="seed", columns="condition", values="signal")
    known = [name for name in BREAKING if name in times]
    found = [
        _verdict("held", "how many times as late it leaves the plateau", f"at least {LATER:g}",
                 _ratios(times, SYMMETRIC, known, lambda v: v >= LATER),
                 "a symmetry holds standard tanh networks with inputs in [-1, 1] back"),
        _verdict("signal", "common gradient, with / without the symmetry", f"at most {SHARE:g}",
                 _ratios(signal, SYMMETRIC, known, lambda v: v <= SHARE),
                 "with the symmetry examples' gradients have nothing in common"),
    ]  # fmt: skip
    if {SOFTSIGN, "softsign, [0, 1]"} <= set(times):
        ratios = _ratios(times, SOFTSIGN, ["softsign, [0, 1]"], lambda v: v >= LATER)
        text = "the symmetry holds standard softsign networks back, too"
        found.append(_verdict("softsign", "how many times as late", f"at least {LATER:g}", ratios, text))
    return [*found, _unsaturated(tables)]


def _verdict(key: str, quantity: str, rule: str, measures: tuple[Measure, ...], statement: str) -> Verdict:
    return finding(
        f"plateau_symmetry.{key}", quantity, rule, measures, statement, "doesn't say what its inputs are"
    )


def _ratios(
    rows: pd.DataFrame, one: str, others: list[str], holds: Callable[[float], bool]
) -> tuple[Measure, ...]:
    pairs = [(name, rows[[one, name]].dropna()) for name in others]
    return tuple(
        Measure({"network": _short(name), "seed": int(seed)}, value, holds=bool(holds(value)))
        for name, both in pairs
        for seed, value in zip(both.index, both[one] / both[name], strict=True)
    )


def _unsaturated(tables: Tables) -> Verdict:
    """Against C32: any network that is on the plateau without being near saturation."""
    rows = tables["networks"][tables["networks"]["condition"].isin((SYMMETRIC, SOFTSIGN, "softsign, [0, 1]"))]
    least = rows["p98"].idxmin()
    measures = tuple(
        Measure(
            {"network": r["condition"], "seed": r["seed"]},
            r["p98"],
            holds=bool(r["p98"] < UNSATURATED) if place == least else None,
        )
        for place, r in zip(rows.index, rows.to_dict("records"), strict=True)
    )
    rule = f"one network whose layers are all below {UNSATURATED:g} is enough"
    text = "networks sit on plateaus without saturation, against C32"
    return _verdict(
        "saturation", "98th percentile of |z|, largest layer, on the plateau", rule, measures, text
    )


@style.themed
def draw(tables: Tables) -> Figure:
    """Learning curves of tanh and softsign, and the common gradient before training."""
    figure = style.new_figure(3.4)
    panels = figure.subplots(1, 3, width_ratios=(1.3, 0.8, 0.9))
    shown = dict(list(tables["points"].groupby("condition")))
    for axes, activation in zip(panels, ("tanh", "softsign"), strict=False):
        for name, condition in CONDITIONS.items():
            if name.startswith(activation) and name in shown:
                _curves(axes, shown[name], condition)
        axes.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=0.9)
        units = tables["networks"]["width"].max()
        axes.set(
            title=f"{activation}, {units} units", xlabel="Updates", ylabel="Test error (%)", ylim=(62, 92)
        )
        axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}k" if value else "0")
    _signals(panels[2], tables["networks"])
    return figure


def _curves(axes: Axes, rows: pd.DataFrame, condition: Condition) -> None:
    for _, own in rows.groupby("seed"):
        axes.plot(own["update"], own["error"], condition.line, color=condition.colour, linewidth=0.9)


def _signals(axes: Axes, rows: pd.DataFrame) -> None:
    names = [name for name in CONDITIONS if name in set(rows["condition"])]
    for place, name in enumerate(names):
        values = 100 * rows[rows["condition"] == name]["signal"]
        axes.plot(values, [place] * len(values), "o", color=CONDITIONS[name].colour, markersize=4, alpha=0.8)
    axes.axvline(0, color=style.GREY, linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(names)), [name.replace("[-1, 1], ", "[-1, 1],\n") for name in names],
                    fontsize=6.5)  # fmt: skip
    axes.invert_yaxis()
    axes.set(title="Common gradient (%)", xlabel="before training")
