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
- Pixels are divided by 255; the paper doesn't state it. Every epoch has its own order.
- Models are compared with exact McNemar tests on the same test images, every seed by itself, with Holm's
  correction over all comparisons on a data set.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import style
from repro.evidence import EvidenceError, curves
from repro.evidence.models import FAST, FIVE_LAYERS, SLOW, compared, held_out, on
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict, not_tested, outcome
from repro.runs.folder import Run

DATASETS = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
TOLERANCES = {"mnist": 0.3, "cifar10": 2.0}
"""Largest difference from the paper's curve that counts as agreement, percentage points: its own jitter."""


def table(runs: Runs) -> pd.DataFrame:
    """The plotted points: dataset, model, source, examples, error (%), low, high (95 % interval), n (seeds).

    Our data sets are named as they are in the configuration. Raises EvidenceError if there are no runs at all.
    """
    tables = []
    for dataset in DATASETS:
        own = on(dataset, runs)
        for name, model in FIVE_LAYERS.items() if own else ():
            rows = curves.points(model, own).assign(dataset=own[0].experiment.dataset.name)
            tables.append(rows.assign(model=name, source="ours"))
    if not tables:
        raise EvidenceError(f"no run on {' or '.join(DATASETS)} among the {len(runs)} given")
    for dataset in DATASETS:
        printed = paper.curve(f"fig12_{dataset}").query("quality != 'clipped_at_axis'")
        printed = printed.rename(columns={"series": "model", "x": "examples", "y": "error"})
        tables.append(printed[["model", "examples", "error"]].assign(dataset=dataset, source="paper"))
    columns = ["dataset", "model", "source", "examples", "error", "low", "high", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def _rows(runs: Runs, dataset: str) -> pd.DataFrame:
    """The points on one data set or its stand-in."""
    rows = table(runs)
    return rows[rows["dataset"].str.removesuffix("_holdout") == dataset]


def summary(runs: Runs) -> pd.DataFrame:
    result = []
    for dataset in DATASETS:
        for point in _last_points(runs, dataset).to_dict("records"):
            rate = FIVE_LAYERS[point["model"]].runs(on(dataset, runs))[0].experiment.lr
            result.append(
                {
                    "data": title(runs, dataset),
                    "model": point["model"],
                    "examples seen": f"{point['examples']:,.0f}",
                    "ε": f"{rate:g}",
                    "test error %, ours": f"{point['error']:.2f}",
                    "95 % interval": f"{point['low']:.2f} to {point['high']:.2f}",
                    "seeds": f"{point['n']:.0f}",
                    "paper, as far": f"{point['paper']:.2f}".replace("nan", ""),
                    "paper, at the end": f"{_end(dataset, point['model']):.2f}",
                }
            )
    return pd.DataFrame(result)


def _last_points(runs: Runs, dataset: str) -> pd.DataFrame:
    """Ours at the last common point of a data set, as `curves.last_points`; no row if there are no runs."""
    rows = _rows(runs, dataset)
    return curves.last_points(rows) if on(dataset, runs) else rows[:0].assign(paper=np.nan)


def _end(dataset: str, model: str) -> float:
    printed = paper.curve(f"fig12_{dataset}").query("series == @model")
    return float(printed.sort_values("x")["y"].iloc[-1])


def title(runs: Runs, dataset: str) -> str:
    """What a data set is called here; a stand-in says that it is one."""
    return DATASETS[dataset] + (
        ", test set held out of the training images" if held_out(on(dataset, runs)) else ""
    )


def verdicts(runs: Runs) -> list[Verdict]:
    present = [dataset for dataset in DATASETS if on(dataset, runs)]
    return [_order(runs, dataset) for dataset in present] + [_levels(runs, dataset) for dataset in present]


def _order(runs: Runs, dataset: str) -> Verdict:
    """C20 on one data set."""
    own, rows = on(dataset, runs), _last_points(runs, dataset).set_index("model")
    tests = compared(own, [(FIVE_LAYERS[a].name, FIVE_LAYERS[b].name) for a in SLOW for b in FAST])
    level = paper.numbers()["setting"]["significance"]
    right = (tests["gap"] > 0) & (tests["p"] < level)
    ends = pd.Series({name: _end(dataset, name) for name in rows.index})
    return Verdict(
        claim="C20",
        verdict=outcome(right.mean(), _complete(own, rows)),
        measured=f"{title(runs, dataset)}: {_listed(rows['error'])}",
        paper=f"{_listed(ends)} at the end",
        why=f"{right.sum()} of {len(tests)} comparisons of sigmoid and tanh with the others have the claim's "
        f"sign and p < {level:g}; {_share(rows):.1%} of the paper's training",
    )


def _levels(runs: Runs, dataset: str) -> Verdict:
    own, rows = on(dataset, runs), _last_points(runs, dataset).set_index("model")
    gap = (rows["error"] - rows["paper"]).abs().dropna()
    near = gap <= TOLERANCES[dataset]
    seen = rows["examples"].iloc[0]
    verdict = Verdict(
        claim=f"Figure 12, {title(runs, dataset)}: test errors after {seen:,.0f} examples",
        verdict=outcome(near.mean(), complete=not held_out(own)),
        measured=_listed(rows["error"]),
        paper=_listed(rows["paper"].dropna()) or "no value",
        why=f"{near.sum()} of {len(gap)} within {TOLERANCES[dataset]:g} points"
        + (f"; farthest: {gap.idxmax()}" if len(gap) else ""),
    )
    return verdict if len(gap) else not_tested([verdict], "the paper's axes cut off its curves so early")[0]


def _listed(errors: pd.Series) -> str:
    ordered = errors.sort_values(ascending=False).to_dict()
    return " > ".join(f"{name} {error:.2f}" for name, error in ordered.items())


def _share(rows: pd.DataFrame) -> float:
    """How much of the paper's training these are."""
    return float(rows["examples"].iloc[0] / paper.numbers()["fig12"]["last_examples"])


def _complete(runs: list[Run], rows: pd.DataFrame) -> bool:
    return _share(rows) >= 1 and not held_out(runs)


def constant_error(run: Run) -> float:
    """Test error, %, of always answering the most frequent class."""
    _, labels = run.predictions
    return float(100 * (1 - np.bincount(labels).max() / len(labels)))


@style.themed
def draw(runs: Runs) -> Figure:
    """MNIST and CIFAR-10 side by side; a data set without runs has the paper's curves only."""
    rows = table(runs)
    reach = rows.loc[rows["source"] == "ours", "examples"].max()
    short = reach < paper.numbers()["fig12"]["last_examples"] / 2
    figure = style.new_figure(3.6)
    for axes, dataset in zip(figure.subplots(1, 2), DATASETS, strict=True):
        _panel(axes, runs, dataset, short)
    handles = [
        Line2D([], [], color=style.GREY, label="this reproduction"),
        Line2D([], [], color=style.GREY, alpha=0.35, linewidth=1, label="paper"),
        Line2D([], [], color=style.GREY, linestyle="--", label="N: normalized"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _panel(axes: Axes, runs: Runs, dataset: str, short: bool) -> None:
    rows, own = _rows(runs, dataset), on(dataset, runs)
    for name, model in FIVE_LAYERS.items():
        curves.draw_curve(axes, rows[rows["model"] == name], model, markers=short)
    printed = rows[rows["source"] == "paper"]["error"]
    axes.set(xlabel="Examples seen (millions)", ylabel="Test error (%)")
    axes.set_title(title(runs, dataset).replace(", ", ",\n"))
    if short:
        axes.set(xscale="log", xlim=(0.8 * rows["examples"].min() / 1e6, 26))
        axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
        if dataset == "mnist":
            axes.set_yscale("log")
            axes.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
            axes.minorticks_off()
    else:
        axes.set(xlim=(0, None), ylim=(printed.min() - 0.1, printed.max()))
    labels = [(_end(dataset, name), f"{name} (paper)", m.colour) for name, m in FIVE_LAYERS.items()]
    if own:
        constant = constant_error(own[0])
        axes.axhline(constant, color=style.GREY, linestyle=":", linewidth=1)
        labels = [(constant, "always one class", style.GREY)]
        labels += curves.mark_ends(axes, FIVE_LAYERS.items(), own)
    style.place_labels(
        axes, [label for label in labels if axes.get_ylim()[0] <= label[0] <= axes.get_ylim()[1]]
    )
