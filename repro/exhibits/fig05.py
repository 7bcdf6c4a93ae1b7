"""Figure 5: two costs over two weights

The cost of a small network over two of its weights, W1 in the first layer and W2 in the second (output)
layer, for random input and target: log-likelihood (cross-entropy) above, quadratic below. Where a surface is
flat, gradient descent hardly moves. The quadratic cost is flat over wide parts of the corners, too, where it
is highest; cross-entropy goes on falling there. The maps have contours of each surface, ten from bottom to
top, with the flat parts filled. Below right, what that means for a network: one of the paper's, trained on
Shapeset with either cost.

Implementation details
- The paper gives neither network nor signals. This construction fits every height that can be read off its
  figure (dots) to the error of reading: output o = tanh(W2 tanh(W1 x)), input x and target t random, +1 or
  -1, P(t = 1) = (1 + o)/2. Cross-entropy is -log P(t), the quadratic cost is (o - t)²/2, drawn 1/2 lower so
  that it is 0 where o = 0, as in the paper. Both then depend on the sample only through the mean of x t,
  which is fitted. A sigmoid output with W2 tanh(W1 x) as its argument would end at half the height, and
  inputs near 0 (uniform or normal ones) would leave the corners of cross-entropy too low.
- Plateau: where the gradient, divided by the height of the surface, is below a threshold. The maps use
  0.03 per unit of weight; the share is given for others too, since any threshold is a choice. Above 0.27 the
  order turns: most of cross-entropy is a ramp just as steep as that. Without the division, with one threshold
  for both, the quadratic cost's share is larger still.
- The quadratic cost of the trained networks is the sum of (P - target)² over the classes of a softmax. Its
  gradients are smaller than cross-entropy's; at a fixed learning rate, as at quick, part of the difference
  comes from that. With a grid of rates (scale lab and above, or lr=grid) each cost has its best.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from repro import paper
from repro.drawing import style
from repro.evidence.models import error_curve
from repro.evidence.selection import Runs, diverged, select
from repro.evidence.statistics import mcnemar
from repro.evidence.verdict import Verdict, outcome

Array = NDArray[np.float64]

COSTS = {"cross-entropy": "#3f3f3f", "quadratic": "#c8442c"}  # black above red, as in the paper
RUNS = {"cross-entropy": "nll", "quadratic": "quadratic"}
REACH, CELLS = 4.0, 320  # the grid: W1 and W2 from -REACH to REACH
PLATEAU = 0.03
"""A plateau is where the gradient is below this share of the surface's height, per unit of weight."""
THRESHOLDS = np.geomspace(0.003, 0.3, 41).round(5)


class Heights(NamedTuple):
    """The paper's heights at some places, and ours there."""

    places: pd.DataFrame  # cost, w1, w2, paper, ours, error
    agreement: float  # mean of x t


def surface(cost: str, w1: Array, w2: Array, agreement: float) -> Array:
    """The cost at weights W1 and W2 when the mean of x t over the sample is `agreement` (-1 to 1).

    With x and t in {-1, 1}, o t = tanh(a) x t with a = W2 tanh(W1), so that both costs are linear in the
    mean of x t. Cross-entropy in nats; the quadratic one less its 1/2 at o = 0.
    """
    a = w2 * np.tanh(w1)
    if cost == "cross-entropy":  # mean of log(1 + exp(-2 a x t))
        return np.logaddexp(a, -a) - agreement * a
    o = np.tanh(a)
    return o**2 / 2 - agreement * o


def heights() -> Heights:
    """The construction beside the paper, with the mean of x t fitted by least squares."""
    rows = paper.curve("fig05").rename(columns={"series": "cost", "y": "paper"})
    rows[["w1", "w2"]] = rows["x"].str.extract(r"W1=(.+);W2=(.+)").astype(float)
    rows["error"] = paper.numbers()["fig05"]["error"]
    at = [_at(rows, agreement) for agreement in (0.0, 1.0)]
    slope = at[1] - at[0]
    # Sums, no scalar products: the last digit of those depends on where in memory the numbers lie.
    agreement = float((slope * (rows["paper"].to_numpy() - at[0])).sum() / (slope * slope).sum())
    rows["ours"] = _at(rows, agreement)
    return Heights(rows[["cost", "w1", "w2", "paper", "ours", "error"]], agreement)


def _at(rows: pd.DataFrame, agreement: float) -> Array:
    values = [
        surface(cost, np.array(w1), np.array(w2), agreement)
        for cost, w1, w2 in zip(rows["cost"], rows["w1"], rows["w2"], strict=True)
    ]
    return np.array(values, dtype=float)


def steepness(cost: str) -> tuple[Array, Array]:
    """The values of either weight [n]; the norm of the gradient [W2, W1] over the height of the surface."""
    w = np.linspace(-REACH, REACH, CELLS + 1)
    z = surface(cost, *np.meshgrid(w, w), heights().agreement)
    by_w2, by_w1 = np.gradient(z, w, w)
    return w, np.hypot(by_w1, by_w2) / np.ptp(z)


def plateau_share(cost: str, threshold: float = PLATEAU) -> float:
    """Share of the surface, 0 to 1, on which the relative gradient is below the threshold."""
    return float((steepness(cost)[1] < threshold).mean())


def table(runs: Runs) -> pd.DataFrame:
    """Heights, plateau shares (%), test errors (%): what, cost, source, where (four columns) and value."""
    found = heights().places
    tables = [
        found[["cost", "w1", "w2"]].assign(what="height", source=source, value=found[column])
        for source, column in (("ours", "ours"), ("paper", "paper"))
    ]
    for cost, name in RUNS.items():
        shares = [100 * plateau_share(cost, threshold) for threshold in THRESHOLDS]
        share = pd.DataFrame({"threshold": THRESHOLDS, "value": shares})
        tables.append(share.assign(what="plateau share", cost=cost, source="ours"))
        errors = error_curve(_networks(runs, name)).rename(columns={"mean": "value"})
        tables.append(errors[["examples", "value"]].assign(what="test error", cost=cost, source="ours"))
    columns = ["what", "cost", "source", "w1", "w2", "threshold", "examples", "value"]
    return pd.concat(tables, ignore_index=True)[columns]


def summary(runs: Runs) -> pd.DataFrame:
    """Heights at the corners, then plateau shares and the trained networks' errors."""
    rows = []
    for cost, places in heights().places.groupby("cost"):
        for place in places.to_dict("records"):
            rows.append(
                {
                    "what": f"{cost} at W1 = {place['w1']:g}, W2 = {place['w2']:g}",
                    "ours": f"{place['ours'] + 0:.2f}",
                    "paper": f"{place['paper']:.2f} ± {place['error']:g}",
                }
            )
    for threshold in (0.01, 0.03, 0.1):
        shares = ", ".join(f"{cost} {plateau_share(cost, threshold):.0%}" for cost in COSTS)
        rows.append({"what": f"share flatter than {threshold:g}", "ours": shares, "paper": ""})
    for cost, name in RUNS.items():
        end = error_curve(_networks(runs, name)).iloc[-1]
        what = f"tanh network, {cost}: test error % after {end['examples']:,.0f} examples"
        rows.append({"what": what, "ours": f"{end['mean']:.1f}", "paper": ""})
    return pd.DataFrame(rows)


def verdicts(runs: Runs) -> list[Verdict]:
    return [_plateaus(runs), _fit()]


def _plateaus(runs: Runs) -> Verdict:
    """C11: the surface, and two networks that differ in the cost only."""
    share = {cost: plateau_share(cost) for cost in COSTS}
    nll, quadratic = (_networks(runs, name) for name in RUNS.values())
    ends = [error_curve(own)["mean"].iloc[-1] for own in (nll, quadratic)]
    pairs = zip(nll, quadratic, strict=False)  # a p for each seed, the largest counts
    p = max(mcnemar(np.not_equal(*a.predictions), np.not_equal(*b.predictions)) for a, b in pairs)
    level = paper.numbers()["setting"]["significance"]
    agree = [share["quadratic"] > share["cross-entropy"], ends[1] > ends[0] and p < level]
    seen = error_curve(nll)["examples"].iloc[-1]
    rates = {own[0].experiment.lr for own in (nll, quadratic)}
    return Verdict(
        claim="C11",
        verdict=outcome(float(np.mean(agree)), complete=seen >= paper.numbers()["fig11"]["last_examples"]),
        measured=f"plateau {share['quadratic']:.0%} of the quadratic surface, "
        f"{share['cross-entropy']:.0%} of cross-entropy's; tanh network {ends[1]:.1f} % and {ends[0]:.1f} % "
        f"test error (p = {p:.1g}, n = {len(nll)})",
        paper=paper.claims()["C11"].expected,
        why=f"{sum(agree)} of 2: the share flatter than {PLATEAU:g}; the error after {seen:,} examples at "
        f"ε {' and '.join(f'{rate:g}' for rate in sorted(rates))}",
    )


def _fit() -> Verdict:
    found, agreement = heights()
    off = (found["ours"] - found["paper"]).abs()
    near = off <= found["error"]
    return Verdict(
        claim="Figure 5: heights at corners, edges and centre",
        verdict=outcome(near.mean()),
        measured=f"{near.sum()} of {len(near)} within the error of reading; farthest {off.max():.3f}",
        paper="corners " + ", ".join(f"{_span(found, cost)} ({cost})" for cost in COSTS),
        why=f"one number is fitted, the mean of x t: {agreement:+.3f}",
    )


def _span(rows: pd.DataFrame, cost: str) -> str:
    corners = rows[(rows["cost"] == cost) & (rows["w1"] * rows["w2"] != 0)]["paper"]
    return f"{corners.min():.2f} to {corners.max():.2f}"


def _networks(runs: Runs, cost: str) -> list[Any]:
    return select(runs, activation="tanh", init="standard", cost=cost)


@style.themed
def draw(runs: Runs) -> Figure:
    """Left: both surfaces, as in the paper. Right: where they are flat, how much of them, what follows."""
    figure = style.new_figure(4.3)
    panels = figure.add_gridspec(2, 3, width_ratios=(1.7, 1, 1))
    figure.add_subplot(panels[:, 0]).set_axis_off()  # keeps the place: in it a 3-D axis would be small
    _surfaces(figure.add_axes((-0.045, 0.05, 0.46, 0.93), projection="3d"))
    for column, cost in enumerate(COSTS, start=1):
        axes = figure.add_subplot(panels[0, column])
        _map(axes, cost)
        axes.set_ylabel("W2" if column == 1 else "")
    _shares(figure.add_subplot(panels[1, 1]))
    _training(figure.add_subplot(panels[1, 2]), runs)
    return figure


def _surfaces(axes: Any) -> None:
    found, agreement = heights()
    w = np.linspace(-REACH, REACH, 33)
    w1, w2 = np.meshgrid(w, w)
    axes.computed_zorder = False
    for cost, colour in reversed(COSTS.items()):
        z = surface(cost, w1, w2, agreement)
        axes.plot_surface(w1, w2, z, color=colour, alpha=0.25, linewidth=0, rcount=33, ccount=33)
        axes.plot_wireframe(w1, w2, z, color=colour, linewidth=0.35, rcount=33, ccount=33)
        dots = found[found["cost"] == cost]
        axes.plot(dots["w1"], dots["w2"], dots["paper"], "o", color=colour, markersize=3.5, zorder=5)
    for cost, height in (("cross-entropy", 0.955), ("quadratic", 0.915)):
        axes.text2D(0.16, height, cost, color=COSTS[cost], transform=axes.transAxes)
    axes.text2D(0.45, 0.935, "dots: the paper", color=style.GREY, transform=axes.transAxes)
    axes.set(xlabel="W1", ylabel="W2", zlim=(0, 4.2), zticks=range(5), xticks=(-4, 0, 4), yticks=(-4, 0, 4))
    axes.set_zlabel("Cost", labelpad=-6)
    axes.view_init(elev=16, azim=-62)
    axes.set_box_aspect((1, 1, 1.25), zoom=1.0)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.pane.set_alpha(0)
        axis.set_tick_params(pad=-2)
    axes.xaxis.labelpad = axes.yaxis.labelpad = -6


def _map(axes: Axes, cost: str) -> None:
    """Contours of a surface, with its plateau filled."""
    w, slope = steepness(cost)
    z = surface(cost, *np.meshgrid(w, w), heights().agreement)
    axes.contourf(w, w, slope, levels=[0, PLATEAU], colors=[COSTS[cost]], alpha=0.4)
    axes.contour(w, w, z, levels=np.linspace(z.min(), z.max(), 11), colors=COSTS[cost], linewidths=0.6)
    axes.set(xlabel="W1", aspect="equal", xticks=(-4, 0, 4), yticks=(-4, 0, 4))
    axes.set_title(f"{cost.capitalize()}:\n{plateau_share(cost):.0%} is flat", color=COSTS[cost])


def _shares(axes: Axes) -> None:
    for cost, colour in COSTS.items():
        axes.plot(THRESHOLDS, [100 * plateau_share(cost, t) for t in THRESHOLDS], color=colour)
    axes.axvline(PLATEAU, color=style.GREY, linestyle=":", linewidth=0.8)
    axes.set(xscale="log", ylim=(0, None), ylabel="Share flatter (%)", xlabel="Gradient / height of surface")


def _training(axes: Axes, runs: Runs) -> None:
    for cost, name in RUNS.items():
        own = _networks(runs, name)
        curve = error_curve(own)
        end = "x" if any(diverged(run) for run in own) else ""
        axes.plot(curve["examples"] / 1e6, curve["mean"], color=COSTS[cost], marker="o", markersize=2.5)
        axes.plot(
            curve["examples"].iloc[-1] / 1e6, curve["mean"].iloc[-1], end, color=COSTS[cost], markersize=7
        )
    axes.set(xlabel="Examples (millions)", ylabel="Test error (%)", xlim=(0, None))
    axes.set_title("Tanh network, 5 layers")
