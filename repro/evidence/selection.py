"""Which of the runs handed to an exhibit belong together, and their values over seeds."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import EvidenceError
from repro.evidence.statistics import intervals
from repro.experiment.components import Component
from repro.experiment.flat import settings_of
from repro.experiment.settings import Experiment
from repro.experiment.values import plain
from repro.runs.folder import Run

Runs = Sequence[Run]


def select(runs: Runs, **settings: Any) -> list[Run]:
    """The runs with these settings, by seed; the one learning rate that did best in validation.

    Raises EvidenceError if there is none, if one of them failed or is unfinished, or if they differ in more
    than seed and learning rate.
    """
    wanted = " ".join(f"{key}={value}" for key, value in settings.items())
    found = having(runs, **settings)
    if not found:
        raise EvidenceError(f"no run with {wanted} among the {len(runs)} given")
    for run in found:
        if not run.complete:
            raise EvidenceError(f"{run.path.name} is {run.state}: finish it first")
    kinds = {dataclasses.replace(run.experiment, lr=0.0, seed=0, data_seed=None) for run in found}
    if len(kinds) > 1:
        raise EvidenceError(
            f"the runs with {wanted} differ in {', '.join(_differing(kinds))}: give one value"
        )
    return sorted(_at_best_rate(found), key=seeds)


class Variant(NamedTuple):
    """One network of an exhibit: its runs by seed, and what tells it from the others."""

    value: str  # of the setting that the exhibit varies
    inputs: str  # their range, such as [0, 1]
    wide: bool  # the same network is there with a narrower range, too
    runs: list[Run]

    def named(self, text: str) -> str:
        """The text, with the range of inputs where it is needed to tell networks apart."""
        return f"{text}, inputs in {self.inputs}" if self.wide else text


def variants(runs: Runs, key: str, values: Sequence[str], **settings: Any) -> list[Variant]:
    """`select` for each value of the setting `key` with its narrowest range of inputs, then the other ranges.

    Such as tanh and softsign with inputs in [0, 1], then softsign with [-1, 1]. Raises EvidenceError as
    `select`.
    """
    first, wider = [], []
    for value in values:
        wanted = {key: value, **settings}
        parts = by_inputs([run for run in runs if _has(run, wanted)]) or [list(runs)]
        found = [select(part, **wanted) for part in parts]
        first.append(Variant(value, inputs(found[0][0]), False, found[0]))
        wider += [Variant(value, inputs(part[0]), True, part) for part in found[1:]]
    return first + wider


def by_inputs(runs: Runs) -> list[list[Run]]:
    """The runs in one list for each range of inputs, the narrowest first."""
    lows = sorted({run.experiment.dataset.low for run in runs}, reverse=True)
    return [[run for run in runs if run.experiment.dataset.low == low] for low in lows]


def inputs(run: Run) -> str:
    """The range of a run's inputs, such as [0, 1]."""
    return f"[{run.experiment.dataset.low:g}, {run.experiment.dataset.high:g}]"


def init_scale(run: Run) -> float:
    """n Var[W] in the hidden layers of a run with the third initialization; nan for the others."""
    hidden = run.experiment.init.name == "normalized_hidden"
    return float(dict(run.experiment.init.options)["scale"]) if hidden else math.nan


def seeds(run: Run) -> tuple[int, int]:
    """Of the initial weights and of the stream of examples: what makes runs a pair."""
    return run.experiment.seed, run.experiment.stream_seed


def _has(run: Run, settings: Mapping[str, Any]) -> bool:
    return all(_name(getattr(run.experiment, key)) == value for key, value in settings.items())


def _name(value: Any) -> Any:
    """A component by its name alone, any other setting as it is."""
    return value.name if isinstance(value, Component) else value


def having(runs: Runs, **settings: Any) -> list[Run]:
    """The runs with these settings, in their order; maybe none."""
    return [run for run in runs if _has(run, settings)]


def usual(experiment: Experiment) -> bool:
    """Whether a network is trained as the paper's are: not what takes its place, nor one of a study's."""
    e, batch_size = experiment, paper.numbers()["setting"]["batch_size"]
    alike = e.network and e.pretraining.name == "none" and e.n_train is None and e.optimizer.plain
    return alike and e.cost == "nll" and not e.bias_std and e.batch_size == batch_size


def unlike_paper(runs: Runs, exhibit: str = "") -> list[str]:
    """Settings in which runs differ from the paper's, such as "width 50 (paper: 1000)"; mostly none.

    What the paper's own `exhibit` varies, such as the data set in Figure 12, is no difference.
    """
    own = paper.numbers().get(exhibit, {}).get("setting", {})
    setting = {**paper.numbers()["setting"], **own}
    found = []
    for run in runs:
        experiment = run.experiment
        ours = {
            "dataset": experiment.dataset.name.removesuffix("_author").removesuffix("_holdout"),
            "width": plain(experiment.width),
            "batch_size": experiment.batch_size,
            "optimizer": experiment.optimizer.name,
            "cost": experiment.cost,
            "normalization": experiment.normalization.name,
            "dropout": experiment.dropout,
            "bias_std": experiment.bias_std,
            "residual": experiment.residual,
            "lr_factors": experiment.lr_factors,
            "monitor.examples": experiment.monitor.examples,
            "monitor.batch": experiment.monitor.batch,
        }
        for key, value in ours.items():
            theirs = setting[key] if isinstance(setting[key], list) else [setting[key]]
            if value not in theirs:
                found.append(f"{key} {value} (paper: {', '.join(map(str, theirs))})")
    return list(dict.fromkeys(found))


def diverged(run: Run) -> bool:
    return run.state == "diverged"


def monitored(runs: Runs, *quantities: str) -> pd.DataFrame:
    """Monitor rows of these quantities in the hidden layers: run (a number), update, layer, quantity, value.

    Raises EvidenceError, naming the run, for a quantity that was not measured in it.
    """
    tables = []
    for number, run in enumerate(runs):
        rows = run.monitor
        if missing := set(quantities) - set(rows["quantity"].unique()):
            lacking = ", ".join(sorted(missing))
            raise EvidenceError(f"{run.path.name} has no {lacking}: check its monitor settings")
        hidden = rows["layer"].between(1, run.experiment.depth)
        tables.append(rows[hidden & rows["quantity"].isin(quantities)].assign(run=number))
    return pd.concat(tables, ignore_index=True)


def over_seeds(rows: pd.DataFrame, *by: str, value: str = "value") -> pd.DataFrame:
    """Mean and 95 % interval over seeds in each group: the columns `by`, mean, half, n."""
    return intervals(rows, list(by), value)


def validation_errors(runs: Runs) -> pd.DataFrame:
    """What learning rates are chosen by, one row per trained network and one column per rate (numbers).

    Values: validation error at the end (0 to 1), averaged over seeds; infinite if one of the runs diverged,
    nan if there is no such run. Index: activation, init and whatever else differs between the networks.
    """
    rows = [
        {**_settings(run), "lr": run.experiment.lr, "error": validation_error(run)}
        for run in runs
        if run.experiment.updates
    ]
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows)
    varying = [name for name in table if table[name].map(str).nunique() > 1]  # also null
    names = [name for name in table if name in ("activation", "init") or name in varying]
    index = [name for name in names if name not in ("lr", "error")]
    table = table.assign(**{str(name): _comparable(table[name]) for name in index})
    return table.pivot_table("error", index, "lr", sort=False).sort_index(axis=1)


def _settings(run: Run) -> dict[str, Any]:
    """All settings but seeds and learning rate, nested keys joined by a dot; a component with its options."""
    experiment, others = run.experiment, ("lr", "seed", "data_seed")
    parts = {f.name: getattr(experiment, f.name) for f in dataclasses.fields(experiment)}
    components = {key: str(part) for key, part in parts.items() if isinstance(part, Component)}
    flat = settings_of(experiment).items()
    plain = {key: v for key, v in flat if key not in others and key.partition(".")[0] not in components}
    return {**components, **plain}


def _comparable(settings: pd.Series) -> pd.Series:
    """The values, as text unless all are numbers: one width, or a list of them; empty where there is none."""
    if pd.api.types.is_numeric_dtype(settings) and settings.notna().all():
        return settings
    return settings.map(lambda value: "" if value is None or value != value else str(value))


def _at_best_rate(runs: list[Run]) -> list[Run]:
    """The paper's choice: the learning rate with the lowest validation error, averaged over seeds."""
    rates = sorted({run.experiment.lr for run in runs})
    if len(rates) == 1:
        return runs
    error = {
        rate: np.mean([validation_error(run) for run in runs if run.experiment.lr == rate]) for rate in rates
    }
    best = min(rates, key=lambda rate: error[rate])
    return [run for run in runs if run.experiment.lr == best]


def validation_error(run: Run) -> float:
    """Last validation error (0 to 1); infinite for a run that diverged."""
    errors = run.curve.loc[run.curve["split"] == "valid", "error"]
    return float("inf") if diverged(run) or errors.empty else float(errors.iloc[-1])


def _differing(kinds: set[Any]) -> list[str]:
    first, *others = kinds
    names = [field.name for field in dataclasses.fields(first)]
    return [name for name in names if any(getattr(first, name) != getattr(other, name) for other in others)]
