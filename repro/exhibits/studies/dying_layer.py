"""How the sigmoid's top layer dies, and how it comes back

Section 3.1 explains why a sigmoid network's top layer falls to 0: the output would first learn from its
biases b, and W h, which says nothing of the class yet, would be pushed away. But h is about 0.5, not 0: W h
has a constant part, W m with m the mean of h over images, which acts as b does and under plain gradient
descent learns Σ m² times as fast. So b + W m and W (h - m) are measured apart.

A column for each network. From above: the mean of each layer's activations; what b alone (dashed) and W m
alone (solid) have learned of log π, π the frequencies of the classes, until the error leaves the plateau; the
part of each layer's s that depends on the image; the gradient that comes back to each layer; how many units
are saturated. Vertical lines, of the first seed: the mean output has become π (dotted), the top layer is gone
(dashed), the error leaves the plateau (solid).

Implementation details
- On the 300 monitored test images. Learned: by projection on log π less its mean, since the start; 1 is all
  that there was to learn. Varying part: root mean square of W (z - m) over units and images.
- π: frequencies in the validation and test sets. Become π: the divergence of the mean output is below 0.01
  nats. Gone: the mean of the top layer is below 0.05. Off the plateau: 5 points below the constant answer.
- 1000 units, the paper's, leave the plateau after a million updates or more: the whole way is shown on
  networks with 50 units, three seeds (one line each), found by a search over ε that looked at test errors
  and at the means, norms and saturation of layers. `scale=lab` follows the paper's network, with ε = 0.06,
  over a million updates; `scale=paper` shows its whole training, without the parts of s.
- Saturated: f' is below a tenth of its maximum.
- Rules, written before these runs were made: see `repro/evidence/dying.py`. Of what the constant part has
  learned when the output has become π, more than two thirds are in b (the paper's story) or less than one
  third (W m does it). W m has learned Σ m² times as much as b by update 10, within a factor of 2. Once the
  layer is gone, b has more than two thirds, and the varying part of the outputs is at most half of its start.
  With ten times the examples in a mini-batch the layer's mean falls at most a third as far in 2,000 updates:
  then it is the noise of gradients that lets it fall. After the layer was gone, the varying part of layer 1
  doubles before that of the outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from repro.drawing import dying as drawing
from repro.evidence import EvidenceError, dying
from repro.evidence.selection import Runs, having
from repro.evidence.verdict import Measure, Verdict, finding, not_tested
from repro.runs.folder import Run

if TYPE_CHECKING:
    from repro.exhibits import Tables

_SIGMOID = "activation=sigmoid init=standard depth=4"
_SHARED = f"{_SIGMOID} monitor.mechanisms=true monitor.jacobian_examples=0"
_PARTS = (
    f"{_SHARED} updates=20000 lr=0.01,0.03 monitor.every=500 valid_every=20000",
    f"{_SHARED} updates=2000 lr=0.03 batch_size=100 curve_every=1000 valid_every=null monitor.every=500",
    f"{_SHARED} width=50 lr=0.2 seed=0,1,2 updates=120000 n_valid=2000 n_test=2000 curve_every=1000"
    " valid_every=null monitor.every=1000",
)
_THROUGH = f"{_SHARED} lr=0.06 updates=1000000 curve_every=5000 valid_every=1000000 monitor.every=5000"
RUNS = _PARTS
AT = {
    "smoke": tuple(f"{words} updates=200 monitor.every=20 curve_every=100" for words in _PARTS),
    "lab": (*_PARTS, _THROUGH),
    "paper": (_PARTS[0].replace("lr=0.01,", "lr="), *_PARTS[1:], f"{_SIGMOID} lr=0.01,0.03"),
}
"""With more time: the paper's network over a million updates, an hour and a half of a core; its whole
training with the monitor of Figures 2 and 11."""
NOISE = 2000
"""Update at which mini-batches of two sizes are compared."""
COURSES = ("z_mean", "z_saturated", "ds_std", "s_constant", "s_of_mean", "s_varying", "prior_kl")
LEARNED = {"bias": "learned_bias", "mean": "learned_mean"}


def tables(runs: Runs) -> Tables:
    """points: network, seed, layer, quantity (COURSES, LEARNED, share, error in %), update, value.

    networks: network, width, lr, batch, updates, seed, measured (has the parts of s), fall (of the top
    layer's mean by NOISE), what `dying.moments` and `dying.read` give; top_bias, top_mean: s_of_bias and
    s_of_mean of the top hidden layer when it is gone.
    """
    chosen = having(runs, activation="sigmoid", init="standard")
    if not chosen:
        raise EvidenceError(f"no sigmoid network with standard initialization among the {len(runs)} given")
    points, networks = [], []
    for run in sorted(chosen, key=_order):
        name, seed = _name(run), run.experiment.seed
        points.append(_courses(run).assign(network=name, seed=seed))
        networks.append({"network": name, "seed": seed, **_numbers(run)})
    columns = ["network", "seed", "layer", "quantity", "update", "value"]
    rows = pd.concat(points, ignore_index=True)[columns].dropna()
    return {"points": rows, "networks": pd.DataFrame(networks)}


def _order(run: Run) -> tuple[float, ...]:
    e = run.experiment
    return (-e.updates if not e.monitor.mechanisms else 1, -e.widths[0], e.lr, e.batch_size, e.seed)


def _name(run: Run) -> str:
    e = run.experiment
    batch = f", mini-batches of {e.batch_size}" if e.batch_size != 10 else ""
    whole = "" if e.monitor.mechanisms else ", whole training"
    return f"{e.widths[0]} units, ε = {e.lr:g}{batch}{whole}"


def _courses(run: Run) -> pd.DataFrame:
    outputs, rows = run.experiment.depth + 1, run.monitor
    errors = run.curve.query("split == 'test'")
    found = [
        rows[rows["quantity"].isin(COURSES)],
        pd.DataFrame({"update": errors["update"], "value": 100 * errors["error"], "quantity": "error"}),
    ]
    if dying.measured(run):
        learned = dying.shares(dying.wide(run), outputs).rename_axis("update").reset_index()
        found.append(learned.melt("update", var_name="quantity").replace({"quantity": LEARNED}))
    return pd.concat(found).fillna({"layer": outputs}).astype({"layer": int})


def _numbers(run: Run) -> dict[str, object]:
    e, rows, measured = run.experiment, dying.wide(run), dying.measured(run)
    found: dict[str, object] = {
        "width": e.widths[0], "lr": e.lr, "batch": e.batch_size, "updates": e.updates, "measured": measured,
        "fall": dying.fall(run, min(NOISE, e.updates)),
    }  # fmt: skip
    if not measured:
        return {**found, **dying.moments(run, rows)}
    read = dying.read(run)
    top = {
        f"top_{of}": float(rows[e.depth, f"s_of_{of}"].get(read["dead"], math.nan)) for of in ("bias", "mean")
    }
    return {**found, **read, **top}


def _usual(tables: Tables) -> pd.DataFrame:
    """Networks with the parts of s and mini-batches of 10."""
    rows = tables["networks"]
    return rows[rows["measured"] & (rows["batch"] == rows["batch"].min())]


def answer(tables: Tables) -> str:
    """The page in one sentence."""
    rows, parts = _usual(tables), []
    if len(prior := rows.dropna(subset="share_prior")):
        parts.append(
            "when the output has become the class frequencies, b has "
            f"{_by_width(prior, 'share_prior', True)} of what its constant part has learned, the rest "
            "is in W·mean(h)"
        )
    if len(dead := rows.dropna(subset="share_dead")):
        parts.append(
            f"when the top layer is gone, b has {_by_width(dead, 'share_dead', True)}, and what W h says of "
            f"the image is {_range(dead['pushed'])} times as large as at the start"
        )
    if not math.isnan(falls := _falls(tables)):
        parts.append(f"with mini-batches of 100 the layer's mean falls {falls:.2g} times as far as with 10")
    if len(gone := tables["networks"].dropna(subset="escape")):
        parts.append(f"networks come back at update {_by_width(gone, 'escape')}")
    text = "; ".join(parts) or "no network has come far enough to say anything"
    return f"{text[0].upper()}{text[1:]}."


def _by_width(rows: pd.DataFrame, column: str, share: bool = False) -> str:
    """Such as 1.5 to 6.3 % (1000 units) and 26 to 61 % (50 units)."""
    scale, unit = (100, " %") if share else (1, "")
    parts = [f"{_range(scale * own[column])}{unit} ({width} units)" for width, own in rows.groupby("width")]
    return " and ".join(reversed(parts))


def _range(values: pd.Series) -> str:
    low, high = (f"{v:,.0f}" if v >= 10 else f"{v:.2g}" for v in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _falls(tables: Tables) -> float:
    """Fall of the top layer's mean with larger mini-batches over that with the usual ones; nan if unknown."""
    rows = tables["networks"]
    rows = rows[rows["measured"]]
    noisy, calm = rows[rows["batch"] == rows["batch"].min()], rows[rows["batch"] > rows["batch"].min()]
    pairs = calm.merge(noisy, on=["width", "lr", "seed"])
    return float((pairs["fall_x"] / pairs["fall_y"]).mean()) if len(pairs) else math.nan


def summary(tables: Tables) -> pd.DataFrame:
    found = []
    for row in tables["networks"].to_dict("records"):
        found.append(
            {
                "network": f"{row['network']}, seed {row['seed']}",
                "output is π at update": _count(row.get("prior")),
                "share of b then": _percent(row.get("share_prior")),
                "top layer gone at": _count(row["dead"]),
                "share of b then ": _percent(row.get("share_dead")),
                "varying part of outputs, times its start": _times(row.get("pushed")),
                "s of the top layer: b, W m": ", ".join(
                    "–" if pd.isna(v) else f"{v:.2f}" for v in (row.get("top_bias"), row.get("top_mean"))
                ),
                "off the plateau at": _count(row["escape"]),
            }
        )
    return pd.DataFrame(found)


def _count(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:,.0f}"


def _times(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.3g}"


def _percent(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{100 * value:.3g} %"


def verdicts(tables: Tables) -> list[Verdict]:
    most, few = dying.MOST, 1 - dying.MOST
    return [
        _judged(tables, "story", "share_prior", lambda v: v > most, "share of b when the output is π",
                "above 2/3", "the output becomes the class frequencies by its biases"),
        _judged(tables, "lead", "share_prior", lambda v: v < few, "share of b when the output is π",
                "below 1/3", "the output becomes the class frequencies by W·mean(h)"),
        _judged(tables, "speed", "speed", lambda v: 1 / dying.SPEED <= v <= dying.SPEED,
                f"(learned by W m / by b) / Σ m², update {dying.EARLY}", "within a factor of 2 of 1",
                "W·mean(h) learns Σ m² times as fast as b"),
        _judged(tables, "gone", "share_dead", lambda v: v > most, "share of b when the layer is gone",
                "above 2/3", "once the top layer is gone the biases hold the answer"),
        _judged(tables, "pushed", "pushed", lambda v: v <= dying.PUSHED,
                "varying part of the outputs when the layer is gone, over its start", "at most 1/2",
                "what W h says of the image is pushed away as the layer dies"),
        _noise(tables),
        _return(tables),
    ]  # fmt: skip


def _judged(
    tables: Tables, key: str, column: str, rule: Callable[[float], bool], quantity: str, words: str, text: str
) -> Verdict:
    measures = [
        Measure(_of(row), row[column], holds=None if math.isnan(row[column]) else bool(rule(row[column])),
                final=not math.isnan(row[column]))
        for row in _usual(tables).to_dict("records")
    ]  # fmt: skip
    return _tested(key, quantity, words, measures, text)


def _of(row: Mapping[Any, Any]) -> dict[str, str | int]:
    return {"network": row["network"], "seed": row["seed"]}


def _tested(key: str, quantity: str, rule: str, measures: list[Measure], text: str) -> Verdict:
    said = "the output would rely on its biases, learned very quickly, and W h be pushed towards 0 (3.1)"
    found = finding(f"dying_layer.{key}", quantity, rule, measures, text, said)
    if all(m.holds is None for m in measures):
        return not_tested(found, "no network has come that far")
    return found


def _noise(tables: Tables) -> Verdict:
    ratio = _falls(tables)
    holds = None if math.isnan(ratio) else bool(ratio <= dying.CALMER)
    return _tested(
        "noise",
        f"fall of the top layer's mean by update {NOISE:,}, mini-batches of 100 / of 10",
        "at most 1/3",
        [Measure({"what": "ratio"}, ratio, holds=holds, final=holds is not None)],
        "the top layer falls more slowly where gradients are less noisy",
    )  # fmt: skip


def _return(tables: Tables) -> Verdict:
    measures = []
    for row in _usual(tables).to_dict("records"):
        value = row["bottom"] / row["top"]
        known = not math.isnan(value)
        measures.append(Measure(_of(row), value, holds=bool(value < 1) if known else None, final=known))
    quantity = "update at which the varying part has doubled, layer 1 / outputs"
    return _tested("return", quantity, "below 1", measures, "the network comes back from its first layer up")


def draw(tables: Tables) -> Figure:
    """A column for each network, from the mean of its layers to their saturation."""
    return drawing.draw(tables["points"], tables["networks"])
