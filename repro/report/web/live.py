"""The live panel: mean-field theory as tables that a browser can follow from layer to layer.

Everything that the theory needs of an activation are functions of one number, q = E[s²] of a layer: E[f²] and
Var[f] of what it hands on, E[f'²] of the gradients, and the mean of the singular values over their root mean
square. They are tabulated here, over log q, and joined by sliders there (`live.js`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import densities
from repro.evidence.inits import PANEL
from repro.evidence.selection import init_scale, usual
from repro.experiment.components import Activation
from repro.report.web.numbers import short, shorts
from repro.runs.folder import Run
from repro.theory import mean_field, spectrum

TEXT = (
    "Wide networks follow from two numbers per layer, n Var[W] and E[s²] (mean-field theory; eqs. 5, 6 and "
    "15 are its limit for f'(s) = 1, dotted). Lines are predictions, which start from the inputs as measured "
    "in our first layers; filled dots are our networks before training, rings the paper's. Only where a "
    "network's gain is near the slider's do its dots stand out."
)
ACTIVATIONS = ("tanh", "softsign", "sigmoid", "relu", "gelu")
GRID = np.geomspace(1e-8, 1e5, 105)
"""Values of q = E[s²] of the tables; beyond, a browser goes on with the slope at the end."""
COARSE = np.geomspace(1e-3, 1e4, 18)
"""Values of q for the singular values, which take longer; they change between these by 10 % at most."""


def payload(runs: Sequence[Run]) -> dict[str, Any] | None:
    """JSON: tables by activation, E[x²], dots of ours ("measured") and the paper's; None without our tanh."""
    measured = [_measured(own) for own in _networks(runs)]
    first = next((m for m in measured if m["activation"] == "tanh" and m["init"] == "standard"), None)
    if first is None:
        return None
    return {
        "tables": {name: table(name) for name in ACTIVATIONS},
        "x_square": short(_x_square(first["z"][0] ** 2, first["gains"][0])),
        "measured": measured,
        "paper": [printed(init) for init in ("standard", "normalized")],
    }


def table(name: str) -> dict[str, Any]:
    """What theory needs of an activation, over log10 q: E[f²], Var[f], E[f'²], and the spectra's ratio."""
    activation = Activation(name)
    return {
        "q": shorts(np.log10(GRID), 7),
        "square": shorts(mean_field.second_moment(activation, GRID), 6),
        "variance": shorts(mean_field.activation_variance(activation, GRID), 6),
        "slope": shorts(mean_field.slope_moment(activation, GRID), 6),
        "ratio": shorts(np.interp(np.log10(GRID), np.log10(COARSE), spectra(name)), 5),
    }


@cache
def spectra(name: str) -> tuple[float, ...]:
    """Mean over root mean square of a wide layer's singular values, at COARSE: .849 for equal slopes."""
    layer = mean_field.Layer(Activation(name), 1.0)
    means = [spectrum.layer_spectrum(layer, float(q)).mean() for q in COARSE]
    return tuple(np.array(means) / np.sqrt(layer.chi(COARSE)))


def _networks(runs: Sequence[Run]) -> list[list[Run]]:
    """Plain networks on Shapeset with inputs in [0, 1]: a list per kind, of its seeds."""
    kinds: dict[tuple[Any, ...], dict[int, Run]] = {}
    for run in runs:
        e = run.experiment
        plain = usual(e) and e.plain
        if not (e.dataset.name == "shapeset" and e.dataset.low == 0 and plain and len(set(e.widths)) == 1):
            continue
        if e.activation.name in ACTIVATIONS and e.widths[0] >= 500:
            kinds.setdefault((e.activation, e.init, e.depth), {}).setdefault(e.seed, run)
    return [
        [own[seed] for seed in sorted(own)] for _, own in sorted(kinds.items(), key=lambda kind: str(kind[0]))
    ]


def _measured(runs: Sequence[Run]) -> dict[str, Any]:
    """Means over seeds before training: gains (n Var[W]), std of z, gradients, singular values by layer."""
    experiment = runs[0].experiment
    rows = pd.concat([run.monitor.query("update == 0") for run in runs])
    rows = rows[rows["layer"].between(1, experiment.depth)]
    grouped = rows.groupby(["quantity", "layer"])["value"].mean()
    means = {str(name): own.to_numpy() for name, own in grouped.groupby(level="quantity")}
    gains = means["W_norm"] ** 2 / experiment.widths[0]
    init = experiment.init.name
    scale = f" {init_scale(runs[0]):g}" if init == "normalized_hidden" else ""
    return {
        "name": f"{experiment.activation}, {init}{scale}, {len(runs)} seed{'s' if len(runs) > 1 else ''}",
        "activation": experiment.activation.name,
        "init": init,
        "gains": shorts(gains),
        "z": shorts(means["z_std"]),
        "ds": shorts(means["ds_std"] / means["ds_std"][-1]),
        "J": shorts(means.get("jacobian_mean", [])),
    }


def printed(init: str) -> dict[str, Any]:
    """The paper's tanh networks: std of z and of gradients by layer, and the mean singular value."""
    curve = {"standard": "fig03_tanh", "normalized": "fig10"}[init]
    rows = paper.curve(curve).query("quantity == 'std' and x == 0").sort_values("layer")
    gradients = np.sqrt(densities.papers_spread("fig07", init))
    means = paper.numbers()["jacobian"]
    return {
        "name": f"the paper's tanh, {PANEL[init]}",
        "activation": "tanh",
        "init": init,
        "gain": short(1 / paper.numbers()["eq15"]["factor"]) if init == "standard" else 1,
        "z": shorts(rows["y"]),
        "ds": shorts(gradients / gradients.iloc[-1]),
        "J": means[init],
    }


def _x_square(variance: float, gain: float) -> float:
    """E[x²] of the inputs, from Var[z] of a first tanh layer with this n Var[W]."""
    known = mean_field.activation_variance(Activation("tanh"), GRID)
    return float(10 ** np.interp(np.log10(variance), np.log10(known), np.log10(GRID))) / gain
