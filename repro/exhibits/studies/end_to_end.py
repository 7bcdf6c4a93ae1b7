"""From input to output: what becomes of a small change on its way through an untrained network

The singular values of ∂z^5/∂x, the product of all layers' Jacobians, are the factors by which small changes
of the input arrive at the top. Their root mean square says whether signals survive on average; how far they
lie apart, whether some directions vanish while others grow. Random weights multiply spreads, orthogonal ones
don't: only with these can all directions come through alike (dynamical isometry).

Implementation details
- At the first 3 test images, one column per seed. Bars: middle half; lines: 5th to 95th percentile; dots:
  root mean square; crosses: the same predicted by mean-field theory, √(Π χ), at these images' mean squares.
- Orthogonal weights have gain 1, so that n Var[W] = 1 in the hidden layers, as with eq. 16.
- Condition number: largest over smallest singular value; of ∂s/∂x, from the input to the 9 outputs, too.
- Rules, written before the numbers were looked at: the root mean square is within 5 % of the predicted one;
  the 95th over the 5th percentile is smaller with orthogonal weights than with eq. 16, in every seed; a
  network is near dynamical isometry if the 95th percentile is at most twice the 5th.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.drawing import style
from repro.evidence import EvidenceError, predictions
from repro.evidence.selection import Runs, having
from repro.evidence.verdict import Measure, Verdict, finding
from repro.runs.folder import Run
from repro.theory import mean_field, spectrum

if TYPE_CHECKING:
    from repro.exhibits import Tables

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden,orthogonal seed=0,1,2 updates=0 width=1000"
    " depth=5 monitor.mechanisms=true n_valid=300 n_test=300",
)
NETWORKS = {
    "standard": ("Standard (eq. 1)", style.INITS["standard"]),
    "normalized": ("Normalized (eq. 16)", style.INITS["normalized"]),
    "normalized_hidden": ("n Var[W] = 1.3", style.INITS["normalized_hidden"]),
    "orthogonal": ("Orthogonal", "#5b8ff9"),
}
STATISTICS = ("p5", "p25", "p50", "p75", "p95", "rms", "min", "max")
TOLERANCE = 0.05
ALIKE = 2.0
"""Largest ratio of the 95th to the 5th percentile at which all directions count as alike."""


def tables(runs: Runs) -> Tables:
    """points: init, of (hidden: ∂z^d/∂x, outputs: ∂s/∂x), seed, STATISTICS, condition, reach (p95 / p5),
    predicted (rms), predicted_spread (Var[σ²] / mean²; both of hidden only)."""
    rows = []
    for init in NETWORKS:
        own = having(runs, activation="tanh", init=init)
        if not own:
            raise EvidenceError(f"no run with init={init} among the {len(runs)} given")
        for run in sorted(own, key=lambda run: run.experiment.seed):
            rows += _of(run)
    return {"points": pd.DataFrame(rows)}


def _of(run: Run) -> list[dict[str, object]]:
    depth, monitor = run.experiment.depth, run.monitor.query("update == 0")
    wide = monitor.pivot(index="layer", columns="quantity", values="value")
    names = [f"end_to_end_{name}" for name in STATISTICS]
    if missing := set(names) - set(wide.columns):
        raise EvidenceError(f"{run.path.name} has no {min(missing)}: set monitor.mechanisms=true")
    rms, spread = _predicted(run)
    found = []
    for layer, of in ((depth, "hidden"), (depth + 1, "outputs")):
        values = dict(zip(STATISTICS, wide.loc[layer, names], strict=True))
        theory = {"predicted": rms, "predicted_spread": spread} if of == "hidden" else {}
        found.append(
            {
                "init": run.experiment.init.name,
                "of": of,
                "seed": run.experiment.seed,
                **values,
                "condition": values["max"] / values["min"] if values["min"] else np.inf,
                "reach": values["p95"] / values["p5"] if values["p5"] else np.inf,
                **theory,
            }
        )
    return found


def _predicted(run: Run) -> tuple[float, float]:
    """Root mean square of the singular values of ∂z^d/∂x, and Var[σ²] / mean², averaged over the images."""
    layers = predictions.layers(run.experiment)
    orthogonal = run.experiment.init.name == "orthogonal"
    q = mean_field.variances(layers, predictions.brightness(run.experiment))
    found = np.array([spectrum.squared_moments(layers, list(image), orthogonal) for image in q.T])
    return float(np.sqrt(found[:, 0].mean())), float(found[:, 1].mean())


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    hidden = tables["points"].query("of == 'hidden'").groupby("init")
    rms, reach = hidden["rms"].mean(), hidden["reach"].mean()
    return (
        f"From input to the fifth layer a small change keeps {rms['standard']:.3f} of its size with eq. 1, "
        f"{rms['normalized']:.2f} with eq. 16 and {rms['orthogonal']:.2f} with orthogonal weights; "
        "the strongest and the "
        f"weakest directions (95th and 5th percentile) differ by a factor of {reach['normalized']:,.0f} with "
        f"eq. 16 and of {reach['orthogonal']:.1f} with orthogonal weights."
    )


def summary(tables: Tables) -> pd.DataFrame:
    rows = []
    for (init, of), own in tables["points"].groupby(["init", "of"], sort=False):
        mean = own.drop(columns=["init", "of", "seed"]).mean()
        rows.append(
            {
                "initialization": NETWORKS[str(init)][0],
                "Jacobian": {"hidden": "∂z^5/∂x", "outputs": "∂s/∂x"}[str(of)],
                "root mean square": f"{mean['rms']:.4g}",
                "mean field": f"{mean['predicted']:.4g}" if of == "hidden" else "",
                "5th to 95th percentile": f"{mean['p5']:.3g} to {mean['p95']:.3g}",
                "condition number": f"{own['condition'].median():.3g}",
                "Var[σ²] / mean², mean field": f"{mean['predicted_spread']:.2f}" if of == "hidden" else "",
            }
        )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> list[Verdict]:
    rows = tables["points"].query("of == 'hidden'")
    means = rows.groupby("init", sort=False).agg(
        rms=("rms", "mean"), predicted=("predicted", "mean"), n=("rms", "size"), reach=("reach", "max")
    )
    known = means.to_dict("index")
    sizes = tuple(
        Measure({"init": str(i)}, r["rms"] / r["predicted"], n=r["n"],
                holds=bool(abs(r["rms"] / r["predicted"] - 1) <= TOLERANCE))
        for i, r in known.items()
    )  # fmt: skip
    alike = tuple(
        Measure({"init": str(i)}, r["reach"], n=r["n"], holds=bool(r["reach"] <= ALIKE))
        for i, r in known.items()
    )
    reach = rows.pivot(index="seed", columns="init", values="reach")
    nearer = tuple(
        Measure(
            {"seed": int(str(seed))},
            row["normalized"] / row["orthogonal"],
            holds=bool(row["normalized"] > row["orthogonal"]),
        )
        for seed, row in reach.iterrows()
    )
    return [
        finding(f"end_to_end.{key}", quantity, rule, measures, statement, "looks at one layer at a time")
        for key, quantity, rule, measures, statement in (
            ("size", "measured / predicted root mean square", f"within {TOLERANCE:.0%}", sizes,
             "mean-field theory predicts the size of ∂z^5/∂x"),
            ("orthogonal", "95th over 5th percentile, eq. 16 / orthogonal", "above 1 in every seed", nearer,
             "orthogonal weights keep directions more alike than eq. 16"),
            ("isometry", "95th over 5th percentile", f"at most {ALIKE:g}", alike,
             "tanh networks can start near dynamical isometry"),
        )
    ]  # fmt: skip


@style.themed
def draw(tables: Tables) -> Figure:
    """Percentiles of both Jacobians' singular values, a column for each initialization."""
    figure = style.new_figure(3.2)
    titles = {"hidden": "To the fifth layer, ∂z$^5$/∂x", "outputs": "To the outputs, ∂s/∂x"}
    for axes, (of, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        own = tables["points"][tables["points"]["of"] == of]
        for place, (init, (_, colour)) in enumerate(NETWORKS.items()):
            _column(axes, own[own["init"] == init], place, colour)
        axes.set(title=title, yscale="log", ylabel="Singular value", xlim=(-0.6, len(NETWORKS) - 0.4))
        names = [name.replace(" (", "\n(").replace("] =", "]\n=") for name, _ in NETWORKS.values()]
        axes.set_xticks(range(len(NETWORKS)), names, fontsize=style.LABEL_SIZE)
    return figure


def _column(axes: Axes, rows: pd.DataFrame, place: int, colour: str) -> None:
    for shift, row in zip(np.linspace(-0.2, 0.2, len(rows)), rows.to_dict("records"), strict=True):
        x = place + shift
        axes.vlines(x, row["p5"], row["p95"], color=colour, linewidth=0.9)
        axes.vlines(x, row["p25"], row["p75"], color=colour, linewidth=6, alpha=0.35)
        axes.plot(x, row["rms"], "o", color=colour, markersize=4)
    if rows["predicted"].notna().all():
        axes.plot(place, rows["predicted"].mean(), "x", color="black", markersize=6, zorder=5)
