"""Figure 5: two costs over two weights

The cost of a small network over two of its weights, W1 in the first layer and W2 in the second (output)
layer, for random input and target: log-likelihood (cross-entropy) above, quadratic below. Where a surface is
flat, gradient descent hardly moves. The maps have contours of each surface, ten from bottom to top, with the
flat parts filled: where these are matters, too, as a flat corner at the top can't be left. Below right, one
of the paper's networks, trained on Shapeset with either cost.

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
  for both, the quadratic cost's share is larger still. Claim C11 also asks which cost trains better, each at
  its own best rate: the study `two_costs` has these runs, and the report its verdict.
- The quadratic cost of the trained networks is the sum of (P - target)² over the classes of a softmax. Its
  gradients are smaller than cross-entropy's; at a fixed learning rate, as at quick, part of the difference
  comes from that. With a grid of rates (scale lab and above, or lr=grid) each cost has its best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import cost_surfaces as drawing
from repro.drawing import style
from repro.drawing.cost_surfaces import COLOURS
from repro.evidence import cost_surfaces
from repro.evidence.cost_surfaces import COSTS
from repro.evidence.models import error_curve
from repro.evidence.selection import Runs, diverged, select
from repro.evidence.verdict import Measure, Verdict, judged
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = ("activation=tanh init=standard depth=5 cost=nll,quadratic",)
"""The surfaces need no run; these two networks differ in nothing but the cost."""

NAMES = {"cross-entropy": "nll", "quadratic": "quadratic"}
"""The costs as an experiment has them."""
PLATEAU = 0.03
"""A plateau is where the gradient is below this share of the surface's height, per unit of weight."""
THRESHOLDS = np.geomspace(0.003, 0.3, 41).round(5)
LISTED = (0.01, PLATEAU, 0.1)
"""The thresholds of the page."""


def tables(runs: Runs) -> Tables:
    """All numbers, errors and shares in %.

    points: the CSV. heights: as in `cost_surfaces.Heights`. fit: agreement (mean of x t), one row. surfaces:
    `cost_surfaces.surfaces`. shares: cost, threshold, share, for LISTED. errors: cost, examples, error, of
    the trained networks. ends: `_ends`.
    """
    places, agreement = cost_surfaces.heights()
    grid = cost_surfaces.surfaces(agreement)
    networks = {cost: select(runs, activation="tanh", init="standard", cost=NAMES[cost]) for cost in COSTS}
    curves = [error_curve(own).assign(cost=cost) for cost, own in networks.items()]
    errors = pd.concat(curves, ignore_index=True).rename(columns={"mean": "error"})
    return {
        "points": _points(places, cost_surfaces.plateau_shares(grid, THRESHOLDS), errors),
        "heights": places,
        "fit": pd.DataFrame({"agreement": [agreement]}),
        "surfaces": grid,
        "shares": cost_surfaces.plateau_shares(grid, LISTED),
        "errors": errors[["cost", "examples", "error"]],
        "ends": pd.concat([_ends(cost, own) for cost, own in networks.items()], ignore_index=True),
    }


def _points(places: pd.DataFrame, shares: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """Heights, plateau shares (%), test errors (%): what, cost, source, where (four columns) and value."""
    tables = [
        places[["cost", "w1", "w2"]].assign(what="height", source=source, value=places[source])
        for source in ("ours", "paper")
    ]
    for cost in COSTS:
        own = shares[shares["cost"] == cost].rename(columns={"share": "value"})
        tables.append(own.assign(what="plateau share", source="ours"))
        own = errors.loc[errors["cost"] == cost, ["cost", "examples", "error"]]
        tables.append(own.rename(columns={"error": "value"}).assign(what="test error", source="ours"))
    columns = ["what", "cost", "source", "w1", "w2", "threshold", "examples", "value"]
    return pd.concat(tables, ignore_index=True)[columns]


def _ends(cost: str, runs: list[Run]) -> pd.DataFrame:
    """How each network ended: cost, seed, lr, diverged, examples, error, final.

    examples, error (%): its last test, update 0 included. final (%): the same, or 100 if it diverged, which
    leaves no answer that could be right.
    """
    rows = []
    for run in runs:
        last = run.curve.query("split == 'test'").iloc[-1]
        rows.append(
            {
                "cost": cost,
                "seed": run.experiment.seed,
                "lr": run.experiment.lr,
                "diverged": diverged(run),
                "examples": int(last["update"]) * run.experiment.batch_size,
                "error": 100 * last["error"],
                "final": 100.0 if diverged(run) else 100 * last["error"],
            }
        )
    return pd.DataFrame(rows)


def summary(tables: Tables) -> pd.DataFrame:
    """Heights at the corners, then plateau shares and the trained networks' errors."""
    rows = []
    for cost, places in tables["heights"].groupby("cost"):
        for place in places.to_dict("records"):
            rows.append(
                {
                    "what": f"{cost} at W1 = {place['w1']:g}, W2 = {place['w2']:g}",
                    "ours": f"{place['ours'] + 0:.2f}",
                    "paper": f"{place['paper']:.2f} ± {place['error']:g}",
                }
            )
    for threshold, shares in tables["shares"].groupby("threshold"):
        text = ", ".join(f"{share['cost']} {share['share']:.0f}%" for share in shares.to_dict("records"))
        rows.append({"what": f"share flatter than {threshold:g}", "ours": text, "paper": ""})
    for cost, own in tables["errors"].groupby("cost"):
        end = own.iloc[-1]
        what = f"tanh network, {cost}: test error % after {end['examples']:,.0f} examples"
        rows.append({"what": what, "ours": f"{end['error']:.1f}", "paper": ""})
    return pd.DataFrame(rows + _lost(tables["ends"]))


def _lost(ends: pd.DataFrame) -> list[dict[str, str]]:
    """A row for each network that diverged."""
    return [
        {
            "what": f"tanh network, {end['cost']}, seed {end['seed']}: diverged after its last test",
            "ours": f"{end['error']:.1f} at {end['examples']:,} examples",
            "paper": "",
        }
        for end in ends[ends["diverged"]].to_dict("records")
    ]


def verdicts(tables: Tables) -> list[Verdict]:
    return [_fit(tables)]


def _fit(tables: Tables) -> Verdict:
    measures = [
        Measure(
            of={"cost": place["cost"], "w1": place["w1"], "w2": place["w2"]},
            value=place["ours"] + 0.0,
            paper=place["paper"],
            n=0,
            holds=bool(abs(place["ours"] - place["paper"]) <= place["error"]),
        )
        for place in tables["heights"].sort_values(["cost", "w1", "w2"]).to_dict("records")
    ]
    agreement = tables["fit"]["agreement"].item()
    verdict = Verdict(
        claim="fig05.heights",
        outcome="not tested",
        quantity="height",
        unit="",
        rule=f"within the error of reading; one number is fitted, the mean of x t: {agreement:+.3f}",
        measures=tuple(measures),
        statement="Figure 5: heights at corners, edges and centre",
        kind="fit",
    )
    return judged(verdict)


@style.themed
def draw(tables: Tables) -> Figure:
    """Left: both surfaces, as in the paper. Right: where they are flat, how much of them, what follows."""
    figure = style.new_figure(4.3)
    panels = figure.add_gridspec(2, 3, width_ratios=(1.7, 1, 1))
    figure.add_subplot(panels[:, 0]).set_axis_off()  # keeps the place: in it a 3-D axis would be small
    in_space = figure.add_axes((-0.045, 0.05, 0.46, 0.93), projection="3d")
    drawing.surfaces(in_space, tables["surfaces"], tables["heights"])
    for column, cost in enumerate(COSTS, start=1):
        axes = figure.add_subplot(panels[0, column])
        flat = tables["shares"].query("cost == @cost and threshold == @PLATEAU")["share"].item()
        drawing.contours(axes, tables["surfaces"], cost, PLATEAU)
        axes.set_title(f"{cost.capitalize()}:\n{flat:.0f}% is flat", color=COLOURS[cost])
        axes.set_ylabel("W2" if column == 1 else "")
    _shares(figure.add_subplot(panels[1, 1]), tables)
    _training(figure.add_subplot(panels[1, 2]), tables)
    return figure


def _shares(axes: Axes, tables: Tables) -> None:
    for cost, rows in tables["points"].query("what == 'plateau share'").groupby("cost"):
        axes.plot(rows["threshold"], rows["value"], color=COLOURS[str(cost)])
    axes.axvline(PLATEAU, color=style.GREY, linestyle=":", linewidth=0.8)
    axes.set(xscale="log", ylim=(0, None), ylabel="Share flatter (%)")
    axes.set_xlabel("Gradient / height,\nper unit of weight")


def _training(axes: Axes, tables: Tables) -> None:
    ends = tables["ends"]
    for cost, colour in COLOURS.items():
        curve = tables["errors"][tables["errors"]["cost"] == cost]
        axes.plot(curve["examples"] / 1e6, curve["error"], color=colour, marker="o", markersize=2.5)
        lost = ends[(ends["cost"] == cost) & ends["diverged"]]
        axes.plot(lost["examples"] / 1e6, lost["error"], "x", color=colour, markersize=7)
    axes.set(xlabel="Examples (millions)", ylabel="Test error (%)", xlim=(0, None))
    axes.set_title("Tanh network, 5 layers" + (", diverged at ×" if ends["diverged"].any() else ""))
