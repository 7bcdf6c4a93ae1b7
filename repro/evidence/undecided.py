"""The cheapest experiment that could decide what the paper's curves leave open, and what it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from repro import paper
from repro.evidence import candidates, likelihood
from repro.evidence.selection import Runs
from repro.experiment.settings import Experiment

RATES = (0.003, 0.01, 0.03, 0.1)
"""The grid of conf/grid.yaml."""
LONGER = 10
"""How many times as long the candidates in doubt are to be trained, up to the paper's length."""
SEEDS = 2
"""How many more, where they are that long."""


def seconds_per_update(runs: Runs) -> dict[str, float]:
    """Median over runs, by network."""
    found: dict[str, list[float]] = {}
    for run in runs:
        result, network = run.read_json("result"), candidates.of_run(run)["network"]
        if network and result.get("seconds") and result.get("updates_done"):
            found.setdefault(network, []).append(result["seconds"] / result["updates_done"])
    return {network: float(np.median(each)) for network, each in found.items()}


def cheapest(found: pd.DataFrame, unknown: str, network: str, runs: Runs) -> tuple[str, float]:
    """In words, and the updates of all its runs; found: `likelihood.leads` of a question in training.

    Nothing for what is settled. Learning rates of the grid that nobody has tried where the curves disagree
    or no candidate fits; or else the candidates in doubt for longer; at full length, more seeds.
    """
    result = likelihood.outcome(found)
    own = [(candidates.of_run(run), run.experiment) for run in runs if run.experiment.updates]
    own = [(about, e) for about, e in own if about["network"] == network]
    if result == "settled" or not own:
        return "", np.nan
    leader = found[found["candidate"] == found["leader"]]
    untried = [rate for rate in RATES if rate not in {e.lr for _, e in own}]
    if untried and (result == "contradictory" or leader["misfit"].median() > likelihood.FITS):
        ranges, length = {about["inputs"] for about, _ in own}, min(e.updates for _, e in own)
        return _untried(untried, sorted(ranges), length), float(len(untried) * len(ranges) * length)
    return _longer(_longest(own, unknown, likelihood.in_doubt(found)))


def _longest(
    own: Sequence[tuple[dict[str, str], Experiment]], unknown: str, doubt: Sequence[str]
) -> dict[str, int]:
    """Updates of the longest run of each candidate in doubt; of each rate, for the length of an epoch."""
    by = "lr" if unknown == "epoch" else unknown
    found: dict[str, int] = {}
    for about, e in own:
        if unknown == "epoch" or about[by] in doubt:
            name = f"ε = {about[by]}" if by == "lr" else about[by]
            found[name] = max(found.get(name, 0), e.updates)
    return found


def _untried(rates: Sequence[float], ranges: Sequence[str], length: int) -> str:
    values = ", ".join(f"{rate:g}" for rate in rates)
    return f"ε = {values} with inputs in {' and '.join(ranges)}, {length:,} updates"


def _longer(longest: Mapping[str, int]) -> tuple[str, float]:
    whole = int(paper.numbers()["table1"]["updates"])
    length = min(whole, LONGER * min(longest.values()))
    lacking = [name for name, there in longest.items() if there < length]
    if not lacking:
        names = " and ".join(longest)
        return f"{SEEDS} more seeds with {names}, {length:,} updates", float(SEEDS * len(longest) * length)
    return f"{length:,} updates with {' and '.join(lacking)}", float(len(lacking) * length)
