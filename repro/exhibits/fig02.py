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

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from repro import paper
from repro.data.shapeset.facts import CLASS_PRIOR
from repro.drawing import style
from repro.evidence import timeline
from repro.evidence.selection import Runs, over_seeds, select
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Verdict, not_tested, outcome
from repro.runs.folder import Run

QUANTITIES = {"mean": "Mean of z", "std": "Standard deviation of z"}
DEPTHS = (4, 5)
ESCAPED = 5.0
"""Points below the error of the best constant answer from which a network has left the plateau."""
TOLERANCE = 0.02
"""Largest difference of a mean activation that counts as agreement."""
COINCIDE = 0.1
"""Largest relative difference between two moments that counts as the same moment (C32)."""


def table(runs: Runs) -> pd.DataFrame:
    """Plotted points, depth 4: layer, quantity, source, update, epoch, value, half (95 %), n."""
    rows = [_ours(runs, depth=4), timeline.papers("fig02", QUANTITIES)]
    columns = ["layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
    return pd.concat(rows, ignore_index=True)[columns]


def summary(runs: Runs) -> pd.DataFrame:
    """Per layer: mean and std at our end, and the paper's mean at the last epoch it shares with us."""
    rows = table(runs)
    at = _shared_epoch(rows)
    result = []
    for layer, mine in rows.groupby("layer"):
        ours = mine[mine["source"] == "ours"].groupby("quantity").last().to_dict("index")
        row = {"layer": layer, "epoch": f"{ours['mean']['epoch']:g}"}
        for name in QUANTITIES:
            end = ours[name]
            row[f"{name}, ours"] = Interval(end["value"], end["half"], end["n"]).text(4)
        theirs = mine[(mine["source"] == "paper") & (mine["epoch"] == at)].set_index("quantity")["value"]
        result.append(row | {f"{name}, paper, epoch {at:g}": f"{theirs[name]:.3f}" for name in QUANTITIES})
    return pd.DataFrame(result)


def verdicts(runs: Runs) -> list[Verdict]:
    rows = table(runs)
    top = {depth: _top_mean(_ours(runs, depth), depth) for depth in DEPTHS}
    deep = select(runs, activation="sigmoid", depth=4)
    escape = _escape(deep)
    claims = [collapse(top), order(rows), comeback(rows, escape), biases(deep), coincidence(rows, escape)]
    return [*claims, levels(rows)]


def _ours(runs: Runs, depth: int) -> pd.DataFrame:
    chosen = select(runs, activation="sigmoid", depth=depth)
    return timeline.ours(chosen, {"z_mean": "mean", "z_std": "std"})


def _top_mean(rows: pd.DataFrame, layer: int, source: str = "ours") -> pd.Series:
    """Mean activation of a layer by epoch."""
    chosen = (rows["layer"] == layer) & (rows["quantity"] == "mean") & (rows["source"] == source)
    return rows[chosen].sort_values("epoch").set_index("epoch")["value"]


def collapse(top: dict[int, pd.Series]) -> Verdict:
    """C1, from the mean of the top layer by epoch, for each depth."""
    early = paper.numbers()["fig02"]["collapse_epoch"]
    end = min(float(means.index.max()) for means in top.values())
    then = {depth: float(means[means.index <= early].iloc[-1]) for depth, means in top.items()}
    fallen = [then[depth] < means.iloc[0] / 2 for depth, means in top.items()]
    theirs = _top_mean(timeline.papers("fig02", ["mean"]), 4, "paper")
    return Verdict(
        claim="C1",
        verdict=outcome(float(np.mean(fallen)), complete=end >= early),
        measured=", ".join(f"depth {d}: {top[d].iloc[0]:.2f} to {then[d]:.3f}" for d in top)
        + f" by epoch {min(end, early):g}; at the end {', '.join(f'{m.iloc[-1]:.3f}' for m in top.values())}",
        paper=f"depth 4: {theirs.iloc[0]:.2f} to {theirs[early]:.3f} by epoch {early}",
        why=f"{sum(fallen)} of {len(top)} networks lose more than half of the top layer's mean by then"
        + _shortfall(end),
    )


def order(rows: pd.DataFrame) -> Verdict:
    """C2: layers 1 to 3 lie above .5, and the higher the layer the more."""
    end, early = timeline.last_epoch(rows), paper.numbers()["fig02"]["collapse_epoch"]
    last = [float(_top_mean(rows, layer).iloc[-1]) for layer in (1, 2, 3)]
    holds = [*(mean > 0.5 for mean in last), last[0] < last[1] < last[2]]
    at = _shared_epoch(rows)
    theirs = [float(_top_mean(rows, layer, "paper").get(max(at, 1))) for layer in (1, 2, 3)]  # type: ignore[arg-type]
    return Verdict(
        claim="C2",
        verdict=outcome(float(np.mean(holds)), complete=end >= early),
        measured=f"layers 1 to 3: {' < '.join(f'{mean:.3f}' for mean in last)} at epoch {end:g}",
        paper=f"{' < '.join(f'{mean:.3f}' for mean in theirs)} at epoch {max(at, 1):g}; "
        + paper.claims()["C2"].expected,
        why=f"{sum(holds[:3])} of 3 above .5, {'in' if holds[3] else 'not in'} the paper's order"
        + _shortfall(end),
    )


def _shortfall(end: float) -> str:
    """What to add where we end before the top layer of the paper's network has come down."""
    early = paper.numbers()["fig02"]["collapse_epoch"]
    return "" if end >= early else f"; trained for {timeline.span(end)}, the top layer falls for {early}"


def comeback(rows: pd.DataFrame, escape: float) -> Verdict:
    """C3: it escapes (epoch, nan for not yet), and layer 1 spreads out."""
    std = rows[(rows["layer"] == 1) & (rows["quantity"] == "std") & (rows["source"] == "ours")]
    growth = std["value"].iloc[-1] / std["value"].iloc[0]
    verdict = Verdict(
        claim="C3",
        verdict=outcome(float(np.mean([not math.isnan(escape), growth > 2]))),
        measured=f"escape {timeline.moment(escape)}; std of layer 1 {growth:.2f} times its start",
        paper=paper.claims()["C3"].expected,
        why="escape, and a std of layer 1 that at least doubles",
    )
    return _unless_escaped(verdict, rows, escape)


def coincidence(rows: pd.DataFrame, escape: float) -> Verdict:
    """C32: the top layer leaves its lowest mean (doubles it) when the error falls."""
    mean = _top_mean(rows, 4)
    after = mean[mean.index >= mean.idxmin()]
    back = float(after[after > 2 * mean.min()].index.min())
    verdict = Verdict(
        claim="C32",
        verdict=outcome(float(abs(back - escape) <= COINCIDE * escape)),
        measured=f"top layer doubles its lowest mean {timeline.moment(back)}, "
        f"the error falls {timeline.moment(escape)}",
        paper=paper.claims()["C32"].expected,
        why=f"{COINCIDE:.0%} apart count as the same moment",
    )
    return _unless_escaped(verdict, rows, escape)


def levels(rows: pd.DataFrame) -> Verdict:
    """Means beside the paper's, at the last epoch that both have."""
    at = _shared_epoch(rows)
    means = rows[(rows["quantity"] == "mean") & np.isclose(rows["epoch"], at)]
    both = means.pivot(index="layer", columns="source", values="value").reindex(columns=["ours", "paper"])
    if both["ours"].isna().any():
        first = Verdict(f"Figure 2: means at epoch {at:g}", "not tested", "no value", "see the table", "")
        return not_tested([first], f"trained for {timeline.span(timeline.last_epoch(rows))}")[0]
    near = (both["ours"] - both["paper"]).abs() <= TOLERANCE
    return Verdict(
        claim=f"Figure 2: means at epoch {at:g}",
        verdict=outcome(near.mean()),
        measured=" / ".join(f"{value:.3f}" for value in both["ours"]) + f" (layers 1 to {len(both)})",
        paper=" / ".join(f"{value:.3f}" for value in both["paper"]),
        why=f"{near.sum()} of {len(near)} within {TOLERANCE:g}",
    )


def _unless_escaped(verdict: Verdict, rows: pd.DataFrame, escape: float) -> Verdict:
    if not math.isnan(escape):
        return verdict
    examples = paper.numbers()["fig11"]["escape_examples"]
    why = f"still on the plateau at epoch {timeline.last_epoch(rows):g}; the paper's escapes after "
    return not_tested([verdict], why + f"{examples:,} examples (Figure 11) at the earliest")[0]


def biases(runs: Runs) -> Verdict:
    """C6: how much of the bias-only answer has been learned when the top layer's mean has halved."""
    log_prior = np.log([float(share) for share in CLASS_PRIOR])
    needed = float(np.linalg.norm(log_prior - log_prior.mean()))
    rows = pd.concat([_halved(run).to_frame().T for run in runs])
    moment, share = (float(rows[name].astype(float).mean()) for name in ("update", "b_norm"))
    halved = not math.isnan(moment)
    verdict = Verdict(
        claim="C6",
        verdict=outcome(float(share / needed > 0.5)),
        measured=f"top mean halved at update {moment:,.0f}: ‖b‖ of the output layer is {share / needed:.0%} "
        f"of the bias-only answer's {needed:.2f} (n = {len(runs)})"
        if halved
        else f"the bias-only answer needs ‖b‖ = {needed:.2f}",
        paper=paper.claims()["C6"].expected,
        why="more than half of the biases learned by then counts as biases first",
    )
    return verdict if halved else not_tested([verdict], "the top layer has not lost half of its mean yet")[0]


def _halved(run: Run) -> pd.Series:
    """Update and output-bias norm when the top layer's mean has halved; nan before that."""
    depth, rows = run.experiment.depth, run.monitor  # noqa: F841  (depth: used in the queries)
    wide = pd.DataFrame(
        {
            "mean": rows.query("layer == @depth and quantity == 'z_mean'").set_index("update")["value"],
            "b_norm": rows.query("layer == @depth + 1 and quantity == 'b_norm'").set_index("update")["value"],
        }
    )
    below = wide[wide["mean"] < wide["mean"].iloc[0] / 2].reset_index()
    return below.iloc[0] if len(below) else pd.Series({"update": math.nan, "b_norm": math.nan})


def _escape(runs: Runs) -> float:
    """Epoch at which the mean test error has left the plateau; nan if it has not."""
    constant = float(1 - max(CLASS_PRIOR))
    curves = pd.concat([run.curve.query("split == 'test' and update > 0") for run in runs])
    error = over_seeds(curves, "update", value="error") if len(curves) else pd.DataFrame({"mean": []})
    left = error[error["mean"] < constant - ESCAPED / 100]
    return float(left["update"].iloc[0]) / timeline.epoch_length() if len(left) else math.nan


def _shared_epoch(rows: pd.DataFrame) -> float:
    """The paper's last epoch that lies within our training and that all its layers have."""
    theirs = rows[(rows["source"] == "paper") & (rows["epoch"] <= timeline.last_epoch(rows))]
    return float(theirs.groupby("layer")["epoch"].max().min()) if theirs["layer"].nunique() == 4 else 1.0


@style.themed
def draw(runs: Runs) -> Figure:
    """Mean and standard deviation of each layer, depth 4: ours are lines, the paper's dots."""
    rows = table(runs)
    long = timeline.last_epoch(rows) >= paper.numbers()["fig02"]["last_epoch"] / 2
    chosen = select(runs, activation="sigmoid", depth=4)
    figure = style.new_figure(3.3)
    panels = figure.subplots(1, 2)
    for axes, (quantity, label) in zip(panels, QUANTITIES.items(), strict=True):
        timeline.panel(axes, rows[rows["quantity"] == quantity], chosen, long)
        axes.set(title=timeline.heading("sigmoid, four hidden layers", chosen), ylabel=label)
        axes.set_ylim(0, 1 if quantity == "mean" else None)
    timeline.time_axis(panels, long)
    style.layer_legend(figure, layers=4)
    return figure
