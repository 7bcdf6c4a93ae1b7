"""Figure 12: test error during training on MNIST and CIFAR-10

Test error of each kind of network with five hidden layers against the number of training examples it has
seen, on digits (MNIST) and on small colour photographs (CIFAR-10). Unlike Shapeset these are finite sets,
seen again and again. The dotted line is the error of always answering one class. "N" (dashed) is the
normalized initialization.

Implementation details
- Strong lines are ours, faint ones are the paper's, digitised. Until ours are half as long as the paper's the
  axis of examples is logarithmic. The axis of errors is broken: above are networks that answer one class.
  What the paper's axes cut off is left out; its first points on MNIST are entangled, so that only tips of
  spikes are known.
- Where CIFAR-10's official test batch is missing, 10,000 images held out of the training images are the test
  set and 30,000 are left for training (the paper: 40,000). Titles and the line below the picture say so, and
  no verdict on them can be better than "partly".
- Thin lines are single seeds, the strong one their mean. With one seed the band is the 95 % interval of a
  share measured on so many test examples (Wilson). The paper's curves come without any.
- A cross marks where a run diverged, unless that is before the first point of a logarithmic axis. From there
  on it errs on everything, for all comparisons, and its model has no mean.
- Pixels are divided by 255; the paper doesn't state it. Every epoch has its own order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import labels, style
from repro.drawing.curves import draw_curve, mark_ends, paper_ends
from repro.evidence import EvidenceError, curves, models
from repro.evidence import along as whole
from repro.evidence.models import FIVE_LAYERS
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict, judged, not_tested
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

# Without CIFAR-10's test batch dataset=cifar10_holdout takes its place
RUNS = (
    "dataset=mnist activation=sigmoid init=standard depth=5",
    "dataset=mnist activation=tanh,softsign init=standard,normalized depth=5",
    "dataset=cifar10 activation=sigmoid init=standard depth=5",
    "dataset=cifar10 activation=tanh,softsign init=standard,normalized depth=5",
)
DATASETS = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
BREAK = 72.0
"""Error (%) where the axes are broken: what learns is below, what answers one class above."""


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: dataset, model, source, examples, error (%), low, high (95 % interval), n (seeds).

    There ours are named as in the configuration (cifar10_holdout); the other tables have the paper's data
    sets as `dataset`. datasets: dataset, tested_on (ours, or the same without runs), title, held_out,
    present, constant (error of always one class, %). runs, ends, seeds: as in Figure 11. printed: the end
    of the paper's curves, dataset, model, error. Raises EvidenceError if there are no runs at all.
    """
    own = {dataset: found for dataset in DATASETS if (found := models.on(dataset, runs))}
    if not own:
        raise EvidenceError(f"no run on {' or '.join(DATASETS)} among the {len(runs)} given")
    parts = [_of_one(dataset, found) for dataset, found in own.items()]
    ours = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    printed = [curves.papers(f"fig12_{dataset}").assign(dataset=dataset) for dataset in DATASETS]
    points = pd.concat([ours.pop("points"), *printed], ignore_index=True)[["dataset", *curves.COLUMNS]]
    sets = pd.DataFrame([_dataset(dataset, own.get(dataset, [])) for dataset in DATASETS])
    return {"points": points, "datasets": sets, "printed": _printed(), **ours}


def _of_one(dataset: str, runs: list[Run]) -> dict[str, pd.DataFrame]:
    """What there is of ours on one data set: points, runs, ends, seeds."""
    networks = models.networks(runs, FIVE_LAYERS)
    ours, known = curves.ours(networks), models.endings(networks)
    ends = curves.last_points(pd.concat([ours, curves.papers(f"fig12_{dataset}")]), known)
    seeds = models.seed_curves(networks)
    own = {
        name: rows.assign(dataset=dataset)
        for name, rows in (("runs", known), ("ends", ends), ("seeds", seeds))
    }
    return {"points": ours.assign(dataset=runs[0].experiment.dataset.name), **own}


def _dataset(dataset: str, runs: list[Run]) -> dict[str, Any]:
    """A row of the table `datasets`."""
    tested_on = runs[0].experiment.dataset.name if runs else dataset
    held_out = models.held_out(tested_on)
    return {
        "dataset": dataset,
        "tested_on": tested_on,
        "title": DATASETS[dataset] + (", test set held out of the training images" if held_out else ""),
        "held_out": held_out,
        "present": bool(runs),
        "constant": constant_error(runs[0]) if runs else np.nan,
    }


def constant_error(run: Run) -> float:
    """Test error, %, of always answering the most frequent class."""
    _, known = run.predictions
    return float(100 * (1 - np.bincount(known).max() / len(known)))


def _printed() -> pd.DataFrame:
    """Where the paper's curves end: dataset, model, error (%)."""
    rows = [paper.curve(f"fig12_{dataset}").assign(dataset=dataset) for dataset in DATASETS]
    ends = pd.concat(rows).sort_values("x").groupby(["dataset", "series"])["y"].last().reset_index()
    return ends.rename(columns={"series": "model", "y": "error"})


def summary(tables: Tables) -> pd.DataFrame:
    printed = tables["printed"].rename(columns={"error": "printed"})
    ends = tables["ends"].merge(tables["datasets"], on="dataset").merge(printed, on=["dataset", "model"])
    rows = [
        {
            "data": end["title"],
            **labels.ending(end, 2),
            "paper, at the end": f"{end['printed']:.2f}",
        }
        for end in ends.to_dict("records")
    ]
    return pd.DataFrame(rows)


def along(tables: Tables) -> pd.DataFrame:
    names = tables["datasets"].set_index("tested_on")["dataset"]
    points = tables["points"].assign(dataset=lambda rows: rows["dataset"].replace(names.to_dict()))
    return whole.shown(points, whole.errors("dataset", "model", reading=0.1))


def verdicts(tables: Tables) -> list[Verdict]:
    sets = tables["datasets"]
    present = sets[sets["present"]].to_dict("records")
    return [_levels(tables, data) for data in present]


def _levels(tables: Tables, data: Mapping[Any, Any]) -> Verdict:
    """Our errors on one data set beside the paper's, where it has a point."""
    ends, tolerance = _on(tables["ends"], data), curves.TOLERANCES[data["dataset"]]
    verdict = Verdict(
        claim="fig12.levels",
        outcome="not tested",
        quantity="test error",
        unit="%",
        rule=f"within {tolerance:g} points of the paper's curve",
        measures=curves.agreement(ends, tolerance),
        statement=f"Figure 12: test errors {_seen(ends)}",
        subject={"dataset": data["title"]},
    )
    if ends["paper"].isna().all():
        return not_tested(verdict, "the paper's axes cut off its curves so early")
    return judged(verdict, not data["held_out"])


def _on(rows: pd.DataFrame, data: Mapping[Any, Any]) -> pd.DataFrame:
    return rows[rows["dataset"] == data["dataset"]]


def _seen(ends: pd.DataFrame) -> str:
    return f"after {ends['examples'].iloc[0]:,} examples"


@style.themed
def draw(tables: Tables) -> Figure:
    """MNIST and CIFAR-10 side by side; a data set without runs has the paper's curves only.

    Short runs reach far above the paper's axes: a small panel on top shows the rest.
    """
    rows = tables["points"]
    reach = rows.loc[rows["source"] == "ours", "examples"].max()
    short = reach < paper.numbers()["fig12"]["last_examples"] / 2
    figure = style.new_figure(4.2 if short else 3.6)
    grid = figure.subplots(
        1 + short, 2, height_ratios=(1, 3.2) if short else (1,), squeeze=False, sharex="col"
    )
    for i, data in enumerate(tables["datasets"].to_dict("records")):
        own = rows[rows["dataset"].isin((data["dataset"], data["tested_on"]))]
        seeds = _on(tables["seeds"], data)
        found = _labels(grid[0, i], own, tables, data)
        for axes in grid[:, i]:
            for name in FIVE_LAYERS:
                draw_curve(axes, own, seeds, name)
        grid[-1, i].set(xlabel="Examples seen (millions)", ylabel="Test error (%)" if not i else "")
        grid[0, i].set_title(data["title"].replace(", ", ",\n"))
        if short:
            _broken(grid[1, i], grid[0, i], own)
        else:
            printed = own[own["source"] == "paper"]["error"]
            grid[0, i].set(xlim=(0, None), ylim=(printed.min() - 0.1, printed.max()))
        for axes in grid[:, i]:
            low, high = axes.get_ylim()
            style.place_labels(axes, [label for label in found if low <= label[0] <= high])
    handles = [
        Line2D([], [], color=style.GREY, label="this reproduction"),
        Line2D([], [], color=style.GREY, alpha=0.35, linewidth=1, label="paper"),
        Line2D([], [], color=style.GREY, linestyle="--", label="N: normalized"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _broken(main: Axes, above: Axes, rows: pd.DataFrame) -> None:
    """Below, all that learns; above, what answers one class; a logarithmic axis of examples for both."""
    ours, theirs = (rows[rows["source"] == source]["error"] for source in ("ours", "paper"))
    learning = pd.concat([ours[ours < BREAK], theirs])
    low, high = learning.min(), learning.max()
    main.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    above.set(ylim=(BREAK, 95), yticks=[80, 90])
    above.spines["bottom"].set_visible(False)
    above.tick_params(axis="x", which="both", length=0)
    stroke: dict[str, Any] = {
        "marker": [(-1, -0.6), (1, 0.6)],
        "markersize": 7,
        "linestyle": "",
        "color": "k",
    }
    for axes, height in ((main, 1), (above, 0)):
        axes.plot([0], [height], transform=axes.transAxes, clip_on=False, markeredgewidth=0.8, **stroke)
    main.set(xscale="log", xlim=(0.8 * rows["examples"].min() / 1e6, 26))
    main.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    main.minorticks_off()


def _labels(
    axes: Axes, rows: pd.DataFrame, tables: Tables, data: Mapping[Any, Any]
) -> list[tuple[float, str, str]]:
    """Names at the right end of our curves, with crosses; of the paper's if there are none."""
    if not data["present"]:
        return [(height, f"{name} (paper)", colour) for height, name, colour in paper_ends(rows)]
    axes.axhline(data["constant"], color=style.GREY, linestyle=":", linewidth=1)
    found = mark_ends(axes, rows, _on(tables["runs"], data))
    return [(data["constant"], "always one class", style.GREY), *found]
