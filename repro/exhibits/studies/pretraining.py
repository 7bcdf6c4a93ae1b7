"""Pre-training: Figure 11's sixth curve, and sigmoid networks that don't saturate

Left: test error on Shapeset of a tanh network that was pre-trained without labels, layer by layer, by
denoising auto-encoders, beside networks that start from random weights; strong lines are ours, faint ones the
paper's. Right: the mean of the top hidden layer of sigmoid networks, pre-trained or not. From random weights
it is driven to 0 (Figure 2), and the paper says that with pre-training it isn't.

Implementation details
- Each layer learns to reconstruct its input from a copy in which a quarter of the entries is 0: tied weights,
  a decoder with the encoder's activation, cross-entropy summed over the entries, ε = 0.001, mini-batches of
  10. The paper gives no settings; these are those of the author's later code, which pre-trains each layer
  for 300,000 updates. Ours have 0.12 times as many as the training that follows: 300,000 of 2.5 million.
- Pre-training sees examples of the same stream, without labels. They don't count on the axis of examples
  seen, neither here nor in the paper.
- The tanh network starts from eq. 16 before pre-training, as in that code, the sigmoid ones from eq. 1, as
  those without: only pre-training differs. The output layer is not pre-trained.
- What the auto-encoders have learned is shown on the page `autoencoders`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import labels, style
from repro.drawing.models import PRETRAINED, Look
from repro.drawing.studies import error_curves
from repro.evidence import curves, studies, timeline
from repro.evidence.plateau import CONSTANT
from repro.evidence.selection import Runs, select
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized depth=5",
    "activation=tanh init=normalized depth=5 pretraining=denoising",
    "activation=sigmoid init=standard depth=4,5",
    "activation=sigmoid init=standard depth=4,5 pretraining=denoising",
)
DEPTHS = (4, 5)
"""Of the sigmoid networks."""
TANH = style.ACTIVATIONS["tanh"]
LOOKS = {
    "Tanh": Look(TANH, "-"),
    "Tanh N": Look(TANH, "--"),
    PRETRAINED: Look("#111111", "-"),
    "Sigmoid pre-trained": Look(style.ACTIVATIONS["sigmoid"], "-"),
}
COLOURS = {4: style.SECOND_SIGMOID, 5: style.ACTIVATIONS["sigmoid"]}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """curves, points, runs: as `evidence.studies`, of LOOKS (sigmoid: depth 5).

    courses: depth, pretrained and the columns of `evidence.timeline`: means of each layer of the sigmoid
    networks. printed: the paper's curves of Figure 11, model, examples, error.
    """
    plain = [run for run in runs if run.experiment.pretraining.name == "none"]
    trained = [run for run in runs if run.experiment.pretraining.name != "none"]
    networks = {
        "Tanh": select(plain, activation="tanh", init="standard"),
        "Tanh N": select(plain, activation="tanh", init="normalized"),
        PRETRAINED: select(trained, activation="tanh"),
        "Sigmoid pre-trained": select(trained, activation="sigmoid", depth=5),
    }
    printed = curves.papers("fig11").drop(columns="source")
    parts = [
        timeline.ours(select(own, activation="sigmoid", depth=depth), {"z_mean": "mean"}).assign(
            depth=depth, pretrained=own is trained
        )
        for own in (plain, trained)
        for depth in DEPTHS
    ]
    found = studies.tables(networks, pd.DataFrame({"network": list(networks)}))
    return {
        **found,
        "courses": pd.concat(parts, ignore_index=True),
        "printed": printed[printed["model"].isin(networks)].reset_index(drop=True),
    }


def summary(tables: Tables) -> pd.DataFrame:
    """Where the errors are, with the paper's there; then the lowest mean of each sigmoid top layer."""
    rows = []
    for end in studies.ends(tables).to_dict("records"):
        theirs = tables["printed"][tables["printed"]["model"] == end["network"]].sort_values("examples")
        near = theirs[(theirs["examples"] - end["examples"]).abs() <= 5000]["error"]
        printed = f"{near.iloc[0]:.1f}" if len(near) else ""
        rows.append({"network": end["network"], **labels.study_cells(end), "paper there": printed})
    for (depth, pretrained), own in tables["courses"].groupby(["depth", "pretrained"]):
        top = own[own["layer"] == depth]
        kind = "pre-trained" if pretrained else "not pre-trained"
        network = f"Sigmoid depth {depth}, {kind}: lowest mean of the top layer {top['value'].min():.3f}"
        rows.append({"network": network, "seeds": f"{top['n'].min()}"})
    return pd.DataFrame(rows).fillna("")


def verdicts(tables: Tables) -> list[Verdict]:
    return []


@style.themed
def draw(tables: Tables) -> Figure:
    """Errors beside the paper's as far as ours go, and the sigmoid networks' top layers."""
    figure = style.new_figure(3.2)
    left, right = figure.subplots(1, 2, width_ratios=(1, 0.85))
    printed = tables["printed"]
    for model, own in printed[printed["examples"] <= tables["points"]["examples"].max()].groupby("model"):
        look = LOOKS[str(model)]
        left.plot(own["examples"] / 1e6, own["error"], look.line, color=look.colour, alpha=0.35, linewidth=1)
    left.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
    named = error_curves(left, tables["points"], tables["runs"], LOOKS)
    style.place_labels(left, named)
    left.set(title="This reproduction (strong) on the paper (faint)", ylabel="Test error (%)")
    _tops(right, tables["courses"])
    return figure


def _tops(axes: Axes, courses: pd.DataFrame) -> None:
    found = []
    for (depth, pretrained), own in courses.groupby(["depth", "pretrained"]):
        top = own[own["layer"] == depth].sort_values("update")
        line, colour = ("-" if pretrained else ":"), COLOURS[int(str(depth))]
        axes.plot(top["update"].clip(lower=0.5), top["value"], line, color=colour)
        text = f"depth {depth}{', pre-trained' if pretrained else ''}"
        found.append((float(top["value"].iloc[-1]), text, colour))
    axes.set(
        title="Sigmoid, top hidden layer", xlabel="Updates", ylabel="Mean of z", xscale="log", ylim=(0, 1)
    )
    style.place_labels(axes, found)
