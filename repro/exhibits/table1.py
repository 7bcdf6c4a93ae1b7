"""Table 1: final test error of five kinds of networks on four data sets

Test error in % at the end of training, of networks with five hidden layers: ours (filled) beside the paper's
(open), one panel for each data set. Lower is better. Bold in the table, and a black ring in the picture,
marks the models that cannot be told from the best of their column.

Implementation details
- The networks are those of Figures 11 and 12, at the end of their training, so the table is only as final as
  their length, which is given below the picture. The paper chose learning rates after 5 million updates; its
  Shapeset column equals the last points of Figure 11, at 2.5 million.
- Standard errors (±): over seeds where there are several; for one seed √(p (1 - p)/n), that of a share p of n
  test examples.
- A run that diverged errs on all test examples; its model has a cross instead of a dot.
- Bold: the model with the lowest error, and those that an exact McNemar test on the same test examples does
  not tell from it at p = 0.005, which is .05 over the ten pairs of five models. The paper doesn't name its
  test. With several seeds each has its own pattern, and bold is what is bold in at least half of them.
- Two other tests at the same p, in the table: u marks what isn't told from the best when the two error rates
  are taken as if of different examples, s what isn't told by the scatter of training, over seeds (with fewer
  than three, of checkpoints). They ask different things: McNemar compares two networks, the last two methods.
- The first of these gives exactly the paper's bold from its printed errors, with 10,000 test examples in all
  columns. Of two models that aren't the best it tells less: tanh (bold) and sigmoid (not) on MNIST are
  p = .02 apart.
- Without CIFAR-10's test batch, a test set held out of its training images takes its place and its column
  says so. Small-ImageNet was never published; it is rebuilt from a copy of ImageNet where there is one.
- An axis is logarithmic where errors differ by more than a factor of ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro import paper
from repro.drawing import labels, style
from repro.drawing.models import look
from repro.evidence import EvidenceError, final_errors, models
from repro.evidence.final_errors import MODELS
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict

if TYPE_CHECKING:
    from repro.exhibits import Tables

# The networks of Figures 11 and 12, and Small-ImageNet where it is there; five hidden layers each
RUNS = (
    "activation=sigmoid init=standard depth=5",
    "activation=tanh,softsign init=standard,normalized depth=5",
    "dataset=mnist activation=sigmoid init=standard depth=5",
    "dataset=mnist activation=tanh,softsign init=standard,normalized depth=5",
    "dataset=cifar10 activation=sigmoid init=standard depth=5",
    "dataset=cifar10 activation=tanh,softsign init=standard,normalized depth=5",
    "dataset=small_imagenet activation=sigmoid init=standard depth=5",
    "dataset=small_imagenet activation=tanh,softsign init=standard,normalized depth=5",
)
DATASETS = {
    "shapeset": "Shapeset",
    "mnist": "MNIST",
    "cifar10": "CIFAR-10",
    "small_imagenet": "Small-ImageNet",
}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """points: model, dataset, paper (%), paper_bold, then ours, empty where there are no runs on a data set:

    tested_on (the data set in the configuration), error (%), se, n_seeds, n_test, lr, updates, bold.
    datasets: dataset, tested_on, title, held_out, of those with runs. runs, seeds, patterns, tests: as in
    `final_errors`, with `dataset`. Raises EvidenceError if there are no runs at all.
    """
    own = {dataset: found for dataset in DATASETS if (found := models.on(dataset, runs))}
    if not own:
        raise EvidenceError(f"no run on {', '.join(DATASETS)} among the {len(runs)} given")
    parts = [final_errors.on_one(dataset, found) for dataset, found in own.items()]
    ours = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    printed = paper.table1().rename(columns={"error": "paper", "bold": "paper_bold"})
    points = printed.merge(ours.pop("cells"), how="left", on=["dataset", "model"])
    sets = pd.DataFrame([_dataset(dataset, found) for dataset, found in own.items()])
    return {"points": points, "datasets": sets, **ours}


def _dataset(dataset: str, runs: Runs) -> dict[str, Any]:
    """A row of the table `datasets`; a stand-in says in its title that it is one."""
    tested_on = runs[0].experiment.dataset.name
    held_out = models.held_out(tested_on)
    title = DATASETS[dataset] + (" (held-out test set)" if held_out else "")
    return {"dataset": dataset, "tested_on": tested_on, "title": title, "held_out": held_out}


def summary(tables: Tables) -> pd.DataFrame:
    """The table: a row per model, and for each data set ours ± standard error beside the paper's.

    u, s: not told from the best by the unpaired test, by the scatter of training (in half of the seeds).
    """
    cells = tables["points"].set_index(["dataset", "model"])
    titles = tables["datasets"].set_index("dataset")["title"].to_dict()
    marks = _marks(tables["patterns"])
    result = pd.DataFrame({"model": MODELS})
    for dataset, name in DATASETS.items():
        rows = cells.loc[dataset].loc[list(MODELS)]
        if dataset in titles:
            lost = _lost(tables["runs"], dataset)
            result[f"{titles[dataset]}: ours"] = [
                _bold(f"{row['error']:.2f}", bool(row["bold"]))
                + f" ± {row['se']:.2f}{marks[dataset, model]}"
                + (f" ({lost[model]})" if lost[model] else "")
                for model, row in rows.iterrows()
            ]
        result[f"{name}: paper"] = [
            _bold(f"{row['paper']:.2f}", row["paper_bold"]) for _, row in rows.iterrows()
        ]
    return result


def _marks(patterns: pd.DataFrame) -> dict[Any, str]:
    """The letters of `summary`, by data set and model."""
    shares = patterns.groupby(["dataset", "model"])[["unpaired", "by_seeds"]].mean()
    return {
        key: " u" * bool(row["unpaired"] >= 0.5) + " s" * bool(row["by_seeds"] >= 0.5)
        for key, row in shares.iterrows()
    }


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold else text


def _lost(runs: pd.DataFrame, dataset: str) -> dict[Any, str]:
    """How many runs of each model diverged on a data set, in words; empty if none."""
    own = runs[runs["dataset"] == dataset]
    return {model: labels.lost(flags) for model, flags in own.groupby("model")["diverged"]}


def verdicts(tables: Tables) -> list[Verdict]:
    """None of its own: claims C22 and C28 rest on it."""
    return []


def _titles(tables: Tables) -> dict[str, str]:
    """The data sets of which we have results, in the table's order, and what their columns are called."""
    return dict(zip(tables["datasets"]["dataset"], tables["datasets"]["title"], strict=True))


@style.themed
def draw(tables: Tables) -> Figure:
    """One panel per data set, one row per model: ours filled with its standard error, the paper's open."""
    cells, titles = tables["points"], _titles(tables)
    figure = style.new_figure(2.9)
    panels = figure.subplots(1, len(DATASETS), sharey=True)
    for axes, (dataset, name) in zip(panels, DATASETS.items(), strict=True):
        own = cells[cells["dataset"] == dataset].set_index("model").loc[list(reversed(MODELS))]
        _panel(axes, own, _lost(tables["runs"], dataset))
        axes.set_title(titles.get(dataset, name).replace(" (", "\n("))
    panels[0].set_ylim(-0.6, len(MODELS) - 0.4)
    figure.legend(handles=_handles(tables), loc="outside upper center", ncols=4)
    return figure


def _handles(tables: Tables) -> list[Line2D]:
    share = tables["points"]["updates"].min() / paper.numbers()["table1"]["updates"]
    length = "" if share >= 1 else f", after {100 * share:.2g} % of the paper's training"
    look: dict[str, Any] = {"linestyle": "", "color": style.GREY}
    handles = [
        Line2D([], [], marker="o", label=f"ours ± standard error{length}", **look),
        Line2D([], [], marker="D", label="paper", markerfacecolor="none", **look),
        Line2D([], [], marker="o", linestyle="", color="black", markerfacecolor="none", markersize=9,
               label="not told from the best (ours)"),
    ]  # fmt: skip
    lost = Line2D([], [], marker="x", label="ours, diverged", **look)
    return [*handles, lost] if tables["runs"]["diverged"].any() else handles


def _panel(axes: Axes, cells: pd.DataFrame, lost: dict[Any, str]) -> None:
    """`lost`: what `_lost` gives for this data set; a model in which a run diverged has a cross for a dot."""
    known = cells["error"].notna().all()
    for height, (model, cell) in enumerate(cells.iterrows()):
        colour = look(str(model)).colour
        axes.axhline(height, color=style.GREY, linewidth=0.4, alpha=0.4, zorder=0)
        axes.plot(cell["paper"], height, "D", color=colour, markerfacecolor="none", markersize=5)
        if known:
            marker = "x" if lost[model] else "o"
            axes.errorbar(cell["error"], height, xerr=cell["se"], fmt=marker, color=colour, markersize=4.5)
        if known and cell["bold"]:
            axes.plot(cell["error"], height, "o", color="black", markerfacecolor="none", markersize=9)
    axes.set(xlabel="Test error (%)", yticks=range(len(cells)), yticklabels=list(cells.index))
    axes.margins(x=0.12)
    shown = cells[["error", "paper"]].stack()
    if shown.max() > 10 * shown.min():
        axes.set_xscale("log")
        axes.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
        axes.minorticks_off()
    if not known:
        axes.text(0.5, 1.0, "paper only", transform=axes.transAxes, ha="center", va="top", color=style.GREY,
                  fontsize=style.LABEL_SIZE)  # fmt: skip
