"""`python -m repro.runs plot`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from rich.console import Console

from repro.drawing import any_runs, looks, style
from repro.evidence import courses
from repro.experiment.flat import SEEDS
from repro.experiment.values import ConfigError, choice
from repro.files import write_atomically
from repro.report import tables
from repro.report.runs_shown import in_order, nothing
from repro.runs.check import PLOTS
from repro.runs.choose import Words, chosen, columns
from repro.runs.quantities import DENSITIES
from repro.runs.store import varied

OPTIONS = ("by", "out", "style", "split", "what", "of", "at")
PANELS = 24
"""So many settings can still be looked at."""
Draw = Callable[[pd.DataFrame, list[str], Words, str], Figure]


def plot_command(words: Sequence[str], console: Console) -> int:
    """Draws one kind of picture of the runs that the words choose."""
    asked = Words.parse(words, OPTIONS)
    if not asked.names:
        raise ConfigError(f"plot KIND: one of {', '.join(KINDS)}")
    kind, look = asked.names.pop(0), asked.option("style", "paper", tuple(looks.THEMES))
    choice("plot", kind, KINDS)
    runs = chosen(asked, OPTIONS)
    if runs.empty:
        return nothing(asked, console)
    by = asked.listed("by")
    keys = _telling(runs) if by is None else columns(by, runs)
    runs = in_order(runs, keys)
    settings = courses.settings(runs, keys)
    if len(settings) > PANELS:
        names = ", ".join(keys)
        raise ConfigError(f"{len(settings)} settings differ in {names}: choose at most {PANELS}, or by=...")
    figure = KINDS[kind](runs, keys, asked, look)
    style.footer(figure, _small_print(runs, settings))
    looks.adapt(figure, look)
    for path in _outputs(asked, kind):
        _write(path, style.render(figure, path.suffix[1:]))
        console.print(f"drawn: {path}", highlight=False, soft_wrap=True, markup=False)
    return 0


def _telling(runs: pd.DataFrame) -> list[str]:
    """Settings that vary but the seeds, without an option that the name of its part implies."""
    keys = varied(runs, but=SEEDS)
    parts = {key: next((p for p in keys if key.startswith(f"{p}_")), "") for key in keys}
    return [
        key for key, part in parts.items()
        if not part or runs.groupby(part)[key].nunique(dropna=False).max() > 1
    ]  # fmt: skip


def _outputs(asked: Words, kind: str) -> list[Path]:
    """The files to write. Raises ConfigError for one that is neither PNG nor SVG."""
    out = Path(asked.options.get("out") or asked.roots[0] / PLOTS / kind)
    if out.suffix in (".png", ".svg"):
        return [out]
    if out.suffix:
        raise ConfigError(f"out = {out}: expected a name that ends in .png or .svg, or in neither for both")
    return [out.with_suffix(".png"), out.with_suffix(".svg")]


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise ConfigError(f"out = {path}: can't write there ({error})") from error


SAID = ("dataset", "activation", "init", "depth", "width", "lr", "updates")
"""What the small print says where all runs agree."""


def _small_print(runs: pd.DataFrame, settings: pd.DataFrame) -> str:
    same = [f"{key} {tables.cell(runs[key].iloc[0])}" for key in SAID if runs[key].nunique(dropna=False) == 1]
    return " · ".join([f"{len(runs)} run{'s' * (len(runs) > 1)}", _seeds(settings), *same])


def _seeds(settings: pd.DataFrame) -> str:
    """How many runs stand behind each line."""
    low, high = settings["runs"].min(), settings["runs"].max()
    many = f"{low} to {high}" if low < high else f"{high}"
    return "1 run each" if high == 1 else f"{many} runs each, means and 95 % intervals (Student's t)"


def _measured(runs: pd.DataFrame, keys: list[str], rows: pd.DataFrame) -> pd.DataFrame:
    """The settings of which there is something to draw."""
    settings = courses.settings(runs, keys)
    return settings[settings["setting"].isin(rows["setting"])].reset_index(drop=True)


def _curves(runs: pd.DataFrame, keys: list[str], asked: Words, look: str) -> Figure:
    split = asked.option("split", "test", ("test", "valid", "train"))
    what = asked.option("what", "error", ("error", "cost"))
    rows = courses.of_curves(runs, keys, split, what)
    settings = _measured(runs, keys, rows)
    label = {"error": f"{split.capitalize()} error, %", "cost": f"{split.capitalize()} cost, nats"}[what]
    return any_runs.lines(rows, settings, keys, label, look)


def _courses(ylabel: str, log: bool = False, **kinds: str) -> Draw:
    """A kind that draws these quantities of the monitor over updates."""

    def draw(runs: pd.DataFrame, keys: list[str], asked: Words, look: str) -> Figure:
        rows = courses.of_monitor(runs, keys, list(kinds))
        settings = _measured(runs, keys, rows)
        return any_runs.layers(rows, settings, keys, kinds, look, ylabel=ylabel, log=log)

    return draw


def _densities(runs: pd.DataFrame, keys: list[str], asked: Words, look: str) -> Figure:
    of = asked.option("of", "z", tuple(DENSITIES))
    at = asked.option("at", "end", ("start", "end"))
    rows = courses.of_densities(runs, keys, of, at)
    what = {"z": "Activation z", "ds": "∂C/∂s", "dW": "∂C/∂W"}[of]
    label = what + (", before training" if at == "start" or not runs["update"].any() else ", at the end")
    return any_runs.densities(rows, _measured(runs, keys, rows), keys, look, label)


def _singular_values(runs: pd.DataFrame, keys: list[str], asked: Words, look: str) -> Figure:
    ends = ("jacobian_mean", "jacobian_p5", "jacobian_p95")
    rows = courses.of_monitor(runs, keys, ends)
    return any_runs.spreads(
        rows, _measured(runs, keys, rows), keys, ends, look, "Singular values of J: mean, 5-95 %"
    )


KINDS: dict[str, Draw] = {
    "curves": _curves,
    "percentiles": _courses("2, 50 and 98 percentile of z", z_p98="line", z_p2="line", z_p50="thin"),
    "saturation": _courses("Share of saturated activations", z_saturated="line"),
    "gradients": _courses("Standard deviation of ∂C/∂s", log=True, ds_batch_std="line"),
    "weight_gradients": _courses("Standard deviation of ∂C/∂W", log=True, dW_std="line"),
    "densities": _densities,
    "singular_values": _singular_values,
}
"""Kinds of pictures, as `plot KIND`."""
