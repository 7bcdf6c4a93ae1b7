"""Figure 11: test error during training on Shapeset

Test error of each kind of network against the number of training examples it has seen; every example is
new. Lower is better, and a curve that falls sooner learns faster. The dotted line is the error of always
answering the most frequent class: a network on it has not used its input at all. "N" (dashed) is the
normalized initialization.

Implementation details
- Strong lines are ours, faint ones are the paper's, digitised; on the left only as far as we trained, on
  the right over the paper's whole range.
- Bands are 95 % intervals: over seeds where there are several, otherwise of a share measured on so many
  test examples (Wilson). The paper's curves come without any.
- The learning rate is not stated in the paper, which searched it for every model; "Learning rates" below says
  what was done here. Nor is the range of inputs: here all models see the same, whereas the paper's softsign
  seems to have seen another than its tanh (see the page `input_range`).
- Models are compared with exact McNemar tests on the same test examples, every seed by itself, with Holm's
  correction over all pairs and seeds. The paper doesn't name its test.
- Pre-training (denoising auto-encoders) is the paper's curve only.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro import paper
from repro.data.shapeset.facts import CLASS_PRIOR
from repro.drawing import style
from repro.evidence import curves
from repro.evidence.models import FAST, MODELS, Model, compared
from repro.evidence.selection import Runs
from repro.evidence.verdict import Verdict, not_tested, outcome

CONSTANT = float(100 * (1 - max(CLASS_PRIOR)))
"""Error of always answering a most frequent class, %."""
PRETRAINED = "Pre-training"
TOLERANCE = 2.0
"""Largest difference from the paper's curve that counts as agreement, percentage points: its own jitter."""
SLOW = ("Sigmoid depth 5", "Sigmoid depth 4", "Tanh")


def table(runs: Runs) -> pd.DataFrame:
    """The plotted points: model, source, examples, error (%), low, high (95 % interval), n (seeds)."""
    tables = [curves.points(m, runs).assign(model=name, source="ours") for name, m in MODELS.items()]
    printed = paper.curve("fig11").rename(columns={"series": "model", "x": "examples", "y": "error"})
    tables.append(printed[["model", "examples", "error"]].assign(source="paper"))
    return pd.concat(tables, ignore_index=True)[["model", "source", "examples", "error", "low", "high", "n"]]


def last_points(runs: Runs) -> pd.DataFrame:
    """Ours at the last point that all models have: model, examples, error, low, high, n, paper."""
    return curves.last_points(table(runs))


def summary(runs: Runs) -> pd.DataFrame:
    rows = [
        {
            "model": point["model"],
            "examples seen": f"{point['examples']:,}",
            "ε": f"{MODELS[point['model']].runs(runs)[0].experiment.lr:g}",
            "test error %, ours": f"{point['error']:.1f}",
            "95 % interval": f"{point['low']:.1f} to {point['high']:.1f}",
            "seeds": f"{point['n']:.0f}",
            "paper, as far": f"{point['paper']:.1f}".replace("nan", ""),
            "difference": f"{point['error'] - point['paper']:+.1f}".replace("+nan", ""),
        }
        for point in last_points(runs).to_dict("records")
    ]
    return pd.DataFrame(rows)


def verdicts(runs: Runs) -> list[Verdict]:
    rows = last_points(runs).set_index("model")
    return [_plateau(rows), _order(runs, rows), _normalization(runs, rows), _levels(rows)]


def _plateau(rows: pd.DataFrame) -> Verdict:
    last, error = rows["examples"].iloc[0], rows["error"].to_dict()["Sigmoid depth 5"]
    escape = paper.numbers()["fig11"]["escape_examples"]
    verdict = Verdict(
        claim="C4",
        verdict=outcome(abs(error - CONSTANT) <= TOLERANCE, _complete(rows)),
        measured=f"{error:.1f} % after {last:,.0f} examples; constant answer {CONSTANT:.1f} %",
        paper=paper.claims()["C4"].expected,
        why=f"{error - CONSTANT:+.1f} points from the constant answer; {TOLERANCE:g} count as staying there",
    )
    if last < escape:
        return not_tested([verdict], f"even depth 4 escapes only after {escape:,} examples in the paper")[0]
    return verdict


def _order(runs: Runs, rows: pd.DataFrame) -> Verdict:
    tests = compared(runs, [(slow, fast) for slow in SLOW for fast in FAST])
    level = paper.numbers()["setting"]["significance"]
    right = (tests["gap"] > 0) & (tests["p"] < level)
    return Verdict(
        claim="C20",
        verdict=outcome(right.mean(), _complete(rows)),
        measured=_listed(rows["error"].sort_values(ascending=False), " > "),
        paper=_listed(rows["paper"].sort_values(ascending=False), " > "),
        why=f"{right.sum()} of {len(tests)} comparisons of sigmoid and tanh with the others, seed by seed, "
        f"have the paper's sign and p < {level:g} (McNemar, Holm){_length(rows)}",
    )


def _normalization(runs: Runs, rows: pd.DataFrame) -> Verdict:
    tests = compared(runs, [("Tanh", "Tanh N")])
    level = paper.numbers()["setting"]["significance"]
    right = (tests["gap"] > 0) & (tests["p"] < level)
    return Verdict(
        claim="C22",
        verdict=outcome(right.mean(), _complete(rows)),
        measured=f"{_listed(rows.loc[['Tanh', 'Tanh N'], 'error'], ', ')} "
        f"(n = {rows['n'].min():.0f}; p ≤ {tests['p'].max():.1g})",
        paper=_listed(rows.loc[["Tanh", "Tanh N"], "paper"], ", "),
        why=f"{right.sum()} of {len(tests)} seeds with p < {level:g}{_length(rows)}",
    )


def _levels(rows: pd.DataFrame) -> Verdict:
    gap = (rows["error"] - rows["paper"]).abs().dropna()
    near = gap <= TOLERANCE
    verdict = Verdict(
        claim=f"Figure 11: test errors after {rows['examples'].iloc[0]:,} examples",
        verdict=outcome(near.mean()),
        measured=_listed(rows["error"], ", "),
        paper=_listed(rows["paper"], ", "),
        why=f"{near.sum()} of {len(gap)} within {TOLERANCE:g} points"
        + (f"; farthest: {gap.idxmax()}" if len(gap) else ""),
    )
    return verdict if len(gap) else not_tested([verdict], "the paper has no point so early")[0]


def _listed(errors: pd.Series, separator: str) -> str:
    known = errors.dropna().to_dict()
    return separator.join(f"{name} {error:.1f}" for name, error in known.items()) or "no point so early"


def _complete(rows: pd.DataFrame) -> bool:
    return bool(rows["examples"].iloc[0] >= paper.numbers()["fig11"]["last_examples"])


def _length(rows: pd.DataFrame) -> str:
    share = rows["examples"].iloc[0] / paper.numbers()["fig11"]["last_examples"]
    return "" if _complete(rows) else f"; {share:.1%} of the paper's training"


@style.themed
def draw(runs: Runs) -> Figure:
    """As far as we trained, with labels; beside it the paper's whole range, if that is much longer."""
    rows = table(runs)
    reach = rows.loc[rows["source"] == "ours", "examples"].max() / 1e6
    whole = rows["examples"].max() / 1e6
    figure = style.new_figure(3.6)
    short = reach < whole / 2
    axes = figure.subplots(1, 2, width_ratios=(1.25, 1)) if short else [figure.subplots()]
    near = rows[rows["examples"] <= 1.02e6 * reach]
    for panel, points in zip(axes, (near, rows), strict=False):
        _curves(panel, points, markers=short and points is near)
        panel.axhline(CONSTANT, color=style.GREY, linestyle=":", linewidth=1)
        panel.set(xlabel="Examples seen (millions)", ylabel="Test error (%)", xlim=(0, whole))
    axes[0].set(title="This reproduction (strong) on the paper (faint)", xlim=(0, min(1.02 * reach, whole)))
    _label(axes[0], runs, near)
    if short:
        axes[1].set(title="The paper's whole range")
        axes[1].axvspan(0, reach, color=style.GREY, alpha=0.2, linewidth=0)
    return figure


def _curves(axes: Axes, rows: pd.DataFrame, markers: bool) -> None:
    for name in (*MODELS, PRETRAINED):
        model = MODELS.get(name, Model(PRETRAINED, "", "standard", 5, style.GREY))
        curves.draw_curve(axes, rows[rows["model"] == name], model, markers)


def _label(axes: Axes, runs: Runs, rows: pd.DataFrame) -> None:
    """Names at the right end of our curves, with the error there; a cross where a run diverged."""
    labels = [(CONSTANT, "always one class", style.GREY), *curves.mark_ends(axes, MODELS.items(), runs)]
    pretrained = rows[rows["model"] == PRETRAINED]
    if len(pretrained):
        labels.append((pretrained["error"].iloc[-1], f"{PRETRAINED} (paper)", style.GREY))
    style.place_labels(axes, labels)
