"""Figure 2: activations of a sigmoid network during training

Mean and standard deviation of the activations of each hidden layer, over all units and 300 test images,
while a sigmoid network with four hidden layers learns. A sigmoid unit at 0.5 is in the middle of its range;
at 0 it is switched off and passes on hardly any gradient. As long as the top layer is at 0 the output can't
depend on the image: below, the test error and the test cost, with dotted lines where always answering one
class and answering with the frequencies of the classes would be. The questions to the picture are whether
the top layer falls to 0, what the other layers do then, and whether it comes back when the error falls.

Implementation details
- Lines are ours (with a 95 % band where there are several seeds), dots are the paper's, digitised. The time
  axis is logarithmic and holds 0 until runs are long enough for the paper's linear one.
- The paper's Figures 2 and 11 place the escape from the plateau at different times: near epoch 100 (20
  million examples) and after 7 million.
- Escape: the test error is more than 5 points below that of the best constant answer.
- Claim C6: a network that answers by its output biases alone needs b = log P(class), up to a constant. The
  table of verdicts gives how much of that has been learned when the top layer has lost half of its mean, and
  when the cost has come down to that of the classes' frequencies. The same answer can also come from the part
  of W h that is the same for all images; runs don't record how W h splits into that part and the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import style
from repro.drawing import timeline as drawing
from repro.evidence import along as whole
from repro.evidence import biases as output
from repro.evidence import plateau, timeline
from repro.evidence.plateau import PRIOR_ENTROPY
from repro.evidence.selection import Runs, having, over_seeds, select
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = ("activation=sigmoid init=standard depth=5,4",)
"""Drawn is depth 4; claim C1 is about both."""
AT = {"paper": ("activation=sigmoid init=standard depth=4 lr=0.01",)}
"""The rate at which the network leaves its plateau about when the paper's Figure 2 does."""
ALSO = {"paper": ("activation=sigmoid init=standard depth=5 lr=0.01",)}
QUANTITIES = {"mean": "Mean of z", "std": "Standard deviation of z"}
TITLES = {"mean": "Where the layers are", "std": "How far they spread"}
ANSWERS = {
    "error": ("Test error (%)", "Error (dotted: always one class)"),
    "excess": ("Test cost (nats)", "Cost above that of the class frequencies"),
}
"""What is drawn below, from the table errors: label and title."""
DRAWN, OTHER = 4, 5
"""Depths."""
TOLERANCE = 0.02
"""Largest difference of a mean activation that counts as agreement."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """courses: as in `evidence.timeline`, with depth; the paper's is 4. points: the CSV, depth 4. errors:
    epoch, error (%), excess (nats above the entropy of the classes) on test examples, means over seeds, depth
    4. biases: as `evidence.biases.learned`, depth 4. states, test_errors: as `evidence.plateau`, both depths.

    Depth 5 may be missing.
    """
    drawn = select(runs, activation="sigmoid", depth=DRAWN)
    other = select(runs, activation="sigmoid", depth=OTHER) if having(runs, depth=OTHER) else []
    parts = [_ours(drawn).assign(depth=DRAWN), timeline.papers("fig02", QUANTITIES).assign(depth=DRAWN)]
    parts += [_ours(other).assign(depth=OTHER)] if other else []
    courses = pd.concat(parts, ignore_index=True)
    named = {f"Sigmoid depth {DRAWN}": drawn} | ({f"Sigmoid depth {OTHER}": other} if other else {})
    columns = ["layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return {
        "points": courses.loc[courses["depth"] == DRAWN, columns],
        "courses": courses,
        "errors": _errors(drawn),
        "biases": output.learned(drawn),
        "states": pd.concat([plateau.states(runs, name) for name, runs in named.items()], ignore_index=True),
        "test_errors": pd.concat([plateau.errors(runs, name) for name, runs in named.items()]),
    }


def _ours(runs: Runs) -> pd.DataFrame:
    return timeline.ours(runs, {"z_mean": "mean", "z_std": "std"})


def _errors(runs: Runs) -> pd.DataFrame:
    curves = pd.concat([run.curve.query("split == 'test' and update > 0") for run in runs])
    error, cost = (over_seeds(curves, "update", value=value)["mean"] for value in ("error", "cost"))
    epochs = sorted(curves["update"].unique() / timeline.epoch_length())
    return pd.DataFrame({"epoch": epochs, "error": 100 * error, "excess": cost - PRIOR_ENTROPY})


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


def along(tables: Tables) -> pd.DataFrame:
    return whole.shown(tables["points"], whole.courses(reading=0.002))


def verdicts(tables: Tables) -> list[Verdict]:
    return [levels(_drawn(tables))]


def _drawn(tables: Tables) -> pd.DataFrame:
    """The courses of the depth that is drawn."""
    rows = tables["courses"]
    return rows[rows["depth"] == DRAWN]


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
    return judged(verdict, complete=at >= paper.numbers()["fig02"]["last_epoch"])


def _shared_epoch(rows: pd.DataFrame) -> float:
    """The paper's last epoch that lies within our training and that all its layers have."""
    theirs = rows[(rows["source"] == "paper") & (rows["epoch"] <= timeline.last_epoch(rows))]
    return float(theirs.groupby("layer")["epoch"].max().min()) if theirs["layer"].nunique() == 4 else 1.0


@style.themed
def draw(tables: Tables) -> Figure:
    """Above, mean and standard deviation of each layer, depth 4; below, error and cost of its answers."""
    rows, errors = _drawn(tables), tables["errors"]
    long = timeline.last_epoch(rows) >= drawing.LINEAR
    figure = style.new_figure(4.9)
    above, below = figure.subplots(2, 2, sharex=True, height_ratios=(1.5, 1))
    for axes, (quantity, label) in zip(above, QUANTITIES.items(), strict=True):
        drawing.panel(axes, rows[rows["quantity"] == quantity], long)
        axes.set(title=drawing.heading(TITLES[quantity], rows), ylabel=label)
        axes.set_ylim(0, 1 if quantity == "mean" else None)
    time = errors["epoch"] * (1 if long else timeline.epoch_length())
    for axes, column, level in zip(below, ANSWERS, (plateau.CONSTANT, 0.0), strict=True):
        axes.plot(time, errors[column], color=style.ACTIVATIONS["sigmoid"], linewidth=1.3)
        axes.axhline(level, color=style.GREY, linestyle=":", linewidth=0.9)
        axes.set(ylabel=ANSWERS[column][0], title=ANSWERS[column][1])
        if len(errors):  # its first points, of a network that knows nothing, may leave the axis
            low, high = min(errors[column].min(), level), max(errors[column].quantile(0.98), level)
            axes.set_ylim(low - 0.1 * (high - low), high + 0.1 * (high - low))
    drawing.time_axis(below, long, rows)
    style.layer_legend(figure, layers=4)
    return figure
