"""Figure 11: test error during training on Shapeset

Test error of each kind of network against the number of training examples it has seen; every example is
new. Lower is better, and a curve that falls sooner learns faster. The dotted line is the error of always
answering the most frequent class: a network on it has not used its input at all. "N" (dashed) is the
normalized initialization.

Implementation details
- Strong lines are ours, faint ones are the paper's, digitised; on the left only as far as we trained, on
  the right over the paper's whole range.
- Thin lines are single seeds, the strong one their mean. With one seed the band is the 95 % interval of a
  share measured on so many test examples (Wilson). The paper's curves come without any.
- Networks whose error is within 5 points of the dotted line answer one class, whatever they see: sigmoid
  networks of depth 4 and 5 coincide as long as both do.
- The learning rate is not stated in the paper, which searched it for every model; "Learning rates" below says
  what was done here. Nor is the range of inputs: here all models see the same, whereas the paper's softsign
  seems to have seen another than its tanh (see the page `input_range`).
- A cross marks where a run diverged. From there on it errs on everything, for all comparisons, and its model
  has no mean.
- Pre-training (denoising auto-encoders) is the paper's curve only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.drawing import labels, style
from repro.drawing.curves import draw_curve, mark_ends, paper_ends
from repro.drawing.models import PRETRAINED
from repro.evidence import along as whole
from repro.evidence import curves, models
from repro.evidence.models import MODELS
from repro.evidence.plateau import CONSTANT, ESCAPED
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict, judged, not_tested

if TYPE_CHECKING:
    from repro.exhibits import Tables

# Learning rates: conf/grid.yaml; seed=0,1,2 adds an interval over seeds
RUNS = (
    "activation=sigmoid init=standard depth=5,4",
    "activation=tanh,softsign init=standard,normalized depth=5",
)
TOLERANCE = curves.TOLERANCES["shapeset"]


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: model, source, examples, error (%), low, high (95 % interval), n (seeds).

    runs: how each ended (`models.endings`). ends: the last point in common (`curves.last_points`).
    seeds: of every run, and dataset (`models.seed_curves`).
    """
    networks = models.networks(runs)
    points = pd.concat([curves.ours(networks), curves.papers("fig11")], ignore_index=True)
    known = models.endings(networks)
    return {
        "points": points,
        "runs": known,
        "ends": curves.last_points(points, known),
        "seeds": models.seed_curves(networks).assign(dataset="shapeset"),
    }


def summary(tables: Tables) -> pd.DataFrame:
    rows = [
        {
            **labels.ending(end, 1),
            "difference": labels.number(end["error"] - end["paper"], "+.1f"),
        }
        for end in tables["ends"].to_dict("records")
    ]
    return pd.DataFrame(rows)


def along(tables: Tables) -> pd.DataFrame:
    return whole.shown(tables["points"], whole.errors("model", reading=0.1))


def verdicts(tables: Tables) -> list[Verdict]:
    ends = tables["ends"]
    return [_levels(ends)]


def _levels(ends: pd.DataFrame) -> Verdict:
    """Our errors beside the paper's, where it has a point."""
    verdict = Verdict(
        claim="fig11.levels",
        outcome="not tested",
        quantity="test error",
        unit="%",
        rule=f"within {TOLERANCE:g} points of the paper's curve",
        measures=curves.agreement(ends, TOLERANCE),
        statement=f"Figure 11: test errors after {ends['examples'].iloc[0]:,} examples",
    )
    known = ends["paper"].notna().any()
    whole = bool(ends["examples"].iloc[0] >= paper.numbers()["fig11"]["last_examples"])
    return judged(verdict, whole) if known else not_tested(verdict, "the paper has no point so early")


@style.themed
def draw(tables: Tables) -> Figure:
    """As far as we trained, with labels; beside it the paper's whole range, if that is much longer."""
    rows, seeds = tables["points"], tables["seeds"]
    reach = rows.loc[rows["source"] == "ours", "examples"].max() / 1e6
    whole = rows["examples"].max() / 1e6
    figure = style.new_figure(3.9)
    short = reach < whole / 2
    axes = figure.subplots(1, 2, width_ratios=(1.1, 1)) if short else [figure.subplots()]
    near = rows[rows["examples"] <= 1.02e6 * reach]
    for panel, points in zip(axes, (near, rows), strict=False):
        for name in (*MODELS, PRETRAINED):
            draw_curve(panel, points, seeds, name)
        panel.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
        panel.set(xlabel="Examples seen (millions)", ylabel="Test error (%)", xlim=(0, whole))
    axes[0].set(title="This reproduction (strong) on the paper (faint)", xlim=(0, min(1.02 * reach, whole)))
    _label(axes[0], near, tables["runs"])
    if short:
        axes[1].set(title="The paper's whole range", ylabel="")
        axes[1].axvspan(0, reach, color=style.GREY, alpha=0.2, linewidth=0)
        style.place_labels(axes[1], paper_ends(rows))
    return figure


def _label(axes: Axes, rows: pd.DataFrame, runs: pd.DataFrame) -> None:
    """Names at the right end of our curves, with the error there; a cross where a run diverged.

    Those that still answer one class whatever they see, and so coincide, say so.
    """
    ends = mark_ends(axes, rows, runs)
    same = [bool(height >= CONSTANT - ESCAPED) for height, _, _ in ends]
    found = [(CONSTANT, "dotted: always one class", style.GREY)]
    found += [
        (height, text + " (as dotted)" * stuck, colour)
        for (height, text, colour), stuck in zip(ends, same, strict=True)
    ]
    pretrained = rows[rows["model"] == PRETRAINED]
    if len(pretrained):
        found.append((pretrained["error"].iloc[-1], f"{PRETRAINED} (paper)", style.GREY))
    style.place_labels(axes, found)
