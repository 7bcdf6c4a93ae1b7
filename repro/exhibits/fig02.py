"""Figure 2: activations of a sigmoid network during training

Mean and standard deviation of the activations of each hidden layer, over all units and 300 test images,
while a sigmoid network with four hidden layers learns. A sigmoid unit at 0.5 is in the middle of its range;
at 0 it is switched off and passes on no gradient. Within two of the paper's epochs the top layer falls
towards 0, so that the output can't depend on the image, and the test error stays at that of a constant
answer. In the paper the top layer comes back around epoch 100, and then layer 1 spreads out.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised. The time
  axis is logarithmic and holds 0 until runs are long enough for the paper's linear one.
- The paper's Figures 2 and 11 place the escape from the plateau at different times: near epoch 100 (20
  million examples) and after 7 million.
- Escape: the test error is more than 5 points below that of the best constant answer.
- Claim C6: a network that answers by its output biases alone needs b = log P(class), up to a constant. The
  table of verdicts gives how much of that has been learned when the top layer has lost half of its mean.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.drawing import timeline as drawing
from repro.evidence import biases as output
from repro.evidence import timeline
from repro.evidence.plateau import left
from repro.evidence.selection import Runs, over_seeds, select
from repro.evidence.statistics import Interval, interval
from repro.evidence.verdict import Measure, Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = ("activation=sigmoid init=standard depth=5,4",)
"""Drawn is depth 4; claim C1 is about both."""
QUANTITIES = {"mean": "Mean of z", "std": "Standard deviation of z"}
DRAWN, OTHER = 4, 5
"""Depths."""
TOLERANCE = 0.02
"""Largest difference of a mean activation that counts as agreement."""
COINCIDE = 0.1
"""Largest relative difference between two moments that counts as the same moment (C32)."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.timeline`, with depth; the paper's is 4. points: the CSV, depth 4. errors:
    epoch, error (test, %, mean over seeds), depth 4. biases: as `evidence.biases.learned`, depth 4."""
    drawn, other = (select(runs, activation="sigmoid", depth=depth) for depth in (DRAWN, OTHER))
    theirs = timeline.papers("fig02", QUANTITIES).assign(depth=DRAWN)
    ours = [_ours(drawn).assign(depth=DRAWN), _ours(other).assign(depth=OTHER)]
    courses = pd.concat([ours[0], theirs, ours[1]], ignore_index=True)
    columns = ["layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return {
        "points": courses.loc[courses["depth"] == DRAWN, columns],
        "courses": courses,
        "errors": _errors(drawn),
        "biases": output.learned(drawn),
    }


def _ours(runs: Runs) -> pd.DataFrame:
    return timeline.ours(runs, {"z_mean": "mean", "z_std": "std"})


def _errors(runs: Runs) -> pd.DataFrame:
    curves = pd.concat([run.curve.query("split == 'test' and update > 0") for run in runs])
    means = over_seeds(curves, "update", value="error")
    return pd.DataFrame({"epoch": means["update"] / timeline.epoch_length(), "error": 100 * means["mean"]})


def summary(tables: Tables) -> pd.DataFrame:
    """Per layer: mean and std at our end, and the paper's mean at the last epoch it shares with us."""
    rows = _drawn(tables)
    at = _shared_epoch(rows)
    result = []
    for layer, mine in rows.groupby("layer"):
        ours = mine[mine["source"] == "ours"].groupby("quantity").last().to_dict("index")
        row = {"layer": layer, "epoch": timeline.reached(mine)}
        for name in QUANTITIES:
            end = ours[name]
            row[f"{name}, ours"] = Interval(end["value"], end["half"], end["n"]).text(4)
        theirs = mine[(mine["source"] == "paper") & (mine["epoch"] == at)].set_index("quantity")["value"]
        result.append(row | {f"{name}, paper, epoch {at:g}": f"{theirs[name]:.3f}" for name in QUANTITIES})
    return pd.DataFrame(result)


def verdicts(tables: Tables) -> list[Verdict]:
    rows, escape = _drawn(tables), _escape(tables["errors"])
    return [
        comeback(rows, escape),
        biases(tables["biases"]),
        coincidence(rows, escape),
        levels(rows),
    ]


def _drawn(tables: Tables) -> pd.DataFrame:
    """The courses of the depth that is drawn."""
    rows = tables["courses"]
    return rows[rows["depth"] == DRAWN]


def _escape(errors: pd.DataFrame) -> float:
    """Epoch at which the test error has left the plateau; nan if it has not."""
    return float(errors.loc[left(errors["error"]), "epoch"].min())


def _mean(rows: pd.DataFrame, layer: int, source: str = "ours") -> pd.DataFrame:
    """Mean activation of a layer: a row for each epoch, in their order, with value, half and n."""
    chosen = (rows["layer"] == layer) & (rows["quantity"] == "mean") & (rows["source"] == source)
    return rows[chosen].sort_values("epoch").set_index("epoch")[["value", "half", "n"]]


def comeback(rows: pd.DataFrame, escape: float) -> Verdict:
    """C3: it escapes (epoch, nan for not yet), and layer 1 spreads out."""
    std = rows[(rows["layer"] == 1) & (rows["quantity"] == "std") & (rows["source"] == "ours")]
    growth, n = float(std["value"].iloc[-1] / std["value"].iloc[0]), int(std["n"].min())
    verdict = Verdict(
        claim="C3",
        outcome="not tested",
        quantity="depth 4",
        unit="",
        rule="an escape, and a std of layer 1 that at least doubles",
        measures=(
            Measure({"what": "epoch of the escape"}, escape, n=n, holds=not math.isnan(escape)),
            Measure({"what": "std of layer 1, times its start"}, growth, n=n, holds=growth > 2),
        ),
        paper=paper.claims()["C3"].expected,
    )
    return _if_escaped(verdict, rows, escape)


def coincidence(rows: pd.DataFrame, escape: float) -> Verdict:
    """C32: the top layer leaves its lowest mean (doubles it) when the error falls."""
    top = _mean(rows, DRAWN)
    mean, n = top["value"], int(top["n"].min())
    after = mean[mean.index >= mean.idxmin()]
    back = float(after[after > 2 * mean.min()].index.min())
    same = bool(abs(back - escape) <= COINCIDE * escape)
    verdict = Verdict(
        claim="C32",
        outcome="not tested",
        quantity="epoch",
        unit="",
        rule=f"{COINCIDE:.0%} apart count as the same moment",
        measures=(
            Measure({"when": "the error falls"}, escape, n=n),
            Measure({"when": "the top layer doubles its lowest mean"}, back, n=n, holds=same),
        ),
        paper=paper.claims()["C32"].expected,
    )
    return _if_escaped(verdict, rows, escape)


def _if_escaped(verdict: Verdict, rows: pd.DataFrame, escape: float) -> Verdict:
    if not math.isnan(escape):
        return judged(verdict)
    examples = paper.numbers()["fig11"]["escape_examples"]
    why = f"still on the plateau at epoch {timeline.last_epoch(rows):g}; the paper's escapes after "
    return not_tested(verdict, why + f"{examples:,} examples (Figure 11) at the earliest")


def levels(rows: pd.DataFrame) -> Verdict:
    """Means beside the paper's, at the last epoch that both have."""
    at = _shared_epoch(rows)
    means = rows[(rows["quantity"] == "mean") & np.isclose(rows["epoch"], at)].set_index("layer")
    ours, theirs = (means[means["source"] == source] for source in ("ours", "paper"))
    both = (
        theirs[["value"]]
        .rename(columns={"value": "paper"})
        .join(ours[["value", "half", "n"]])
        .fillna({"n": 0})
    )
    near = (both["value"] - both["paper"]).abs() <= TOLERANCE
    verdict = Verdict(
        claim="fig02.means",
        outcome="not tested",
        quantity=f"mean of z, layers 1 to {len(both)}",
        unit="",
        rule=f"within {TOLERANCE:g} of the paper's",
        measures=timeline.by_layer(both.sort_index(), near),
        statement="Figure 2: means beside the paper's",
        subject={"epoch": at},
    )
    if both["value"].isna().any():
        return not_tested(verdict, f"trained for {timeline.span(timeline.last_epoch(rows))}")
    return judged(verdict)


def biases(learned: pd.DataFrame) -> Verdict:
    """C6: how much of the bias-only answer has been learned when the top layer's mean has halved."""
    known = learned.dropna()
    verdict = Verdict(
        claim="C6",
        outcome="not tested",
        quantity=f"‖b‖ of the output layer, in % of the bias-only answer's {output.needed():.2f}",
        unit="%",
        rule="more than half of the biases learned when the top layer's mean has halved",
        measures=(),
        paper=paper.claims()["C6"].expected,
        figures=2,
    )
    if known.empty:
        return not_tested(verdict, "the top layer has not lost half of its mean yet")
    share, moment = interval(100 * known["share"]), {"update": round(known["update"].mean())}
    found = Measure(moment, share.mean, low=share.low, high=share.high, n=share.n, holds=share.mean > 50)
    return judged(replace(verdict, measures=(found,)))


def _shared_epoch(rows: pd.DataFrame) -> float:
    """The paper's last epoch that lies within our training and that all its layers have."""
    theirs = rows[(rows["source"] == "paper") & (rows["epoch"] <= timeline.last_epoch(rows))]
    return float(theirs.groupby("layer")["epoch"].max().min()) if theirs["layer"].nunique() == 4 else 1.0


@style.themed
def draw(tables: Tables) -> Figure:
    """Mean and standard deviation of each layer, depth 4: ours are lines, the paper's dots."""
    rows = _drawn(tables)
    long = timeline.last_epoch(rows) >= paper.numbers()["fig02"]["last_epoch"] / 2
    figure = style.new_figure(3.3)
    panels = figure.subplots(1, 2)
    for axes, (quantity, label) in zip(panels, QUANTITIES.items(), strict=True):
        drawing.panel(axes, rows[rows["quantity"] == quantity], long)
        axes.set(title=drawing.heading("sigmoid, four hidden layers", rows), ylabel=label)
        axes.set_ylim(0, 1 if quantity == "mean" else None)
    drawing.time_axis(panels, long)
    style.layer_legend(figure, layers=4)
    return figure
