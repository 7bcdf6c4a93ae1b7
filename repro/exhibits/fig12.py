"""Figure 12: test error during training on MNIST and CIFAR-10

Test error of each kind of network with five hidden layers against the number of training examples it has
seen, on digits (MNIST) and on small colour photographs (CIFAR-10). Unlike Shapeset these are finite sets,
seen again and again. The dotted line is the error of always answering one class. "N" (dashed) is the
normalized initialization. In the paper all networks but sigmoid end close together on MNIST.

Implementation details
- Strong lines are ours, faint ones are the paper's, digitised. Until ours are half as long as the paper's the
  axis of examples is logarithmic, and that of MNIST's errors too; then they are the paper's. What the paper's
  axes cut off is left out; its first points on MNIST are entangled, so that only tips of spikes are known.
- Where CIFAR-10's official test batch is missing, 10,000 images held out of the training images are the test
  set and 30,000 are left for training (the paper: 40,000). Titles and the line below the picture say so, and
  no verdict on them can be better than "partly".
- Bands are 95 % intervals: over seeds where there are several, otherwise of a share measured on so many test
  examples (Wilson). The paper's curves come without any.
- A cross marks where a run diverged, unless that is before the first point of a logarithmic axis. Its seed
  counts up to there in the curve, and as wrong on all test images in the tests.
- Pixels are divided by 255; the paper doesn't state it. Every epoch has its own order.
- Models are compared with exact McNemar tests on the same test images, every seed by itself, with Holm's
  correction over all comparisons on a data set.
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
from repro.drawing.curves import draw_curve, mark_ends
from repro.drawing.models import look
from repro.evidence import EvidenceError, curves, models
from repro.evidence.models import FAST, FIVE_LAYERS, SLOW
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
PAIRS = [(slow, fast) for slow in SLOW for fast in FAST]


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: dataset, model, source, examples, error (%), low, high (95 % interval), n (seeds).

    There ours are named as in the configuration (cifar10_holdout); the other tables have the paper's data
    sets as `dataset`. datasets: dataset, tested_on (ours, or the same without runs), title, held_out,
    present, constant (error of always one class, %). runs, ends, tests: as in Figure 11. printed: the end
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
    """What there is of ours on one data set: points, runs, ends, tests."""
    networks = models.networks(runs, FIVE_LAYERS)
    ours, known = curves.ours(networks), models.endings(networks)
    ends = curves.last_points(pd.concat([ours, curves.papers(f"fig12_{dataset}")]), known)
    tests = models.compared(networks, PAIRS)
    own = {
        name: rows.assign(dataset=dataset)
        for name, rows in (("runs", known), ("ends", ends), ("tests", tests))
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


def verdicts(tables: Tables) -> list[Verdict]:
    sets = tables["datasets"]
    present = sets[sets["present"]].to_dict("records")
    return [_order(tables, data) for data in present] + [_levels(tables, data) for data in present]


def _order(tables: Tables, data: Mapping[Any, Any]) -> Verdict:
    """C20 on one data set, a row of `datasets`; the paper's at the end of its training."""
    tests, ends, printed = (_on(tables[name], data) for name in ("tests", "ends", "printed"))
    verdict = Verdict(
        claim="C20",
        outcome="not tested",
        quantity=f"test error of sigmoid and standard tanh less that of each of the others, {_seen(ends)}",
        unit="points",
        rule=models.rule(tests),
        measures=models.measures(tests, printed.set_index("model")["error"]),
        subject={"dataset": data["title"]},
        paper="at the end",
    )
    whole = ends["examples"].iloc[0] >= paper.numbers()["fig12"]["last_examples"]
    return judged(verdict, bool(whole and not data["held_out"]))


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
    """MNIST and CIFAR-10 side by side; a data set without runs has the paper's curves only."""
    rows = tables["points"]
    reach = rows.loc[rows["source"] == "ours", "examples"].max()
    short = reach < paper.numbers()["fig12"]["last_examples"] / 2
    figure = style.new_figure(3.6)
    for axes, data in zip(figure.subplots(1, 2), tables["datasets"].to_dict("records"), strict=True):
        own = rows[rows["dataset"].isin((data["dataset"], data["tested_on"]))]
        for name in FIVE_LAYERS:
            draw_curve(axes, own, name, markers=short)
        axes.set(xlabel="Examples seen (millions)", ylabel="Test error (%)")
        axes.set_title(data["title"].replace(", ", ",\n"))
        _limits(axes, own, data["dataset"], short)
        found = _labels(axes, own, tables, data)
        low, high = axes.get_ylim()
        style.place_labels(axes, [label for label in found if low <= label[0] <= high])
    handles = [
        Line2D([], [], color=style.GREY, label="this reproduction"),
        Line2D([], [], color=style.GREY, alpha=0.35, linewidth=1, label="paper"),
        Line2D([], [], color=style.GREY, linestyle="--", label="N: normalized"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _limits(axes: Axes, rows: pd.DataFrame, dataset: str, short: bool) -> None:
    """The paper's axes, or logarithmic ones as long as our curves are `short`."""
    printed = rows[rows["source"] == "paper"]["error"]
    if not short:
        axes.set(xlim=(0, None), ylim=(printed.min() - 0.1, printed.max()))
        return
    axes.set(xscale="log", xlim=(0.8 * rows["examples"].min() / 1e6, 26))
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    if dataset == "mnist":
        axes.set_yscale("log")
        axes.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
        axes.minorticks_off()


def _labels(
    axes: Axes, rows: pd.DataFrame, tables: Tables, data: Mapping[Any, Any]
) -> list[tuple[float, str, str]]:
    """Names at the right end of our curves, with crosses; of the paper's if there are none."""
    if not data["present"]:
        ends = _on(tables["printed"], data).set_index("model")["error"].to_dict()
        return [(ends[name], f"{name} (paper)", look(name).colour) for name in FIVE_LAYERS]
    axes.axhline(data["constant"], color=style.GREY, linestyle=":", linewidth=1)
    found = mark_ends(axes, rows, _on(tables["runs"], data))
    return [(data["constant"], "always one class", style.GREY), *found]
