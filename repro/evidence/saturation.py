"""Figures 3 and 10: how far the activations of each layer spread while tanh and softsign networks learn.

Tables are those of `evidence.timeline` with the quantities QUANTITIES; networks are told apart by network (a
name for headings and for the CSV), activation, init, inputs (their range, such as [0, 1]) and wide (whether
the same network is there with a narrower range).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from repro import paper
from repro.evidence import inits, timeline
from repro.evidence.selection import Runs, monitored
from repro.evidence.statistics import Interval
from repro.evidence.verdict import Key, Verdict, judged, not_tested
from repro.runs.folder import Run

QUANTITIES = ("std", "p98")
SATURATED = 0.95
"""A layer counts as saturated from the moment its 98 percentile passes this."""
TOLERANCE = 0.15
"""Largest relative difference of a standard deviation that counts as agreement."""
COLUMNS = ("network", "activation", "init", "inputs", "wide")
"""What tells networks apart."""
POINTS = ["network", "layer", "quantity", "source", "update", "epoch", "value", "half", "n"]
"""The columns of the CSV."""


class Network(NamedTuple):
    """One row of panels: what it is, its runs by seed, and the paper's curve beside them."""

    network: str
    activation: str
    init: str
    inputs: str
    wide: bool
    runs: Sequence[Run]
    curve: str

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with the columns that tell networks apart."""
        return rows.assign(**{column: getattr(self, column) for column in COLUMNS})


def courses(networks: Sequence[Network]) -> pd.DataFrame:
    """All networks' values and the paper's."""
    tables = [network.of(_ours(network.runs)) for network in networks]
    tables += [network.of(timeline.papers(network.curve, QUANTITIES)) for network in networks]
    return pd.concat(tables, ignore_index=True)


def tables(networks: Sequence[Network]) -> dict[str, pd.DataFrame]:
    """Those of an exhibit: "courses", and "points" with the columns of the CSV, what is drawn.

    Courses have the share of units with a slope below a tenth of the largest, too: "saturated".
    """
    rows = courses(networks)
    return {"points": rows.loc[rows["quantity"].isin(QUANTITIES), POINTS], "courses": rows}


def _ours(runs: Runs) -> pd.DataFrame:
    rows = monitored(runs, "z_std", "z_p1", "z_p99", "z_saturated")
    wide = rows.pivot(index=["run", "update", "layer"], columns="quantity", values="value")
    p98 = (wide["z_p99"] - wide["z_p1"]) / 2
    wide = pd.DataFrame({"std": wide["z_std"], "p98": p98, "saturated": wide["z_saturated"]})
    return timeline.averaged(wide.reset_index().melt(["run", "update", "layer"], var_name="quantity"), runs)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Per layer of `courses`: std and percentile at our end, and when it saturated, ours and the paper's."""
    result = []
    for (network, layer), mine in rows.groupby(["network", "layer"], sort=False):
        last = mine[mine["source"] == "ours"].groupby("quantity").last().to_dict("index")
        row = {"network": network, "layer": layer, "epoch": timeline.reached(mine)}
        for name in QUANTITIES:
            end = last[name]
            row[name] = Interval(end["value"], end["half"], end["n"]).text(3)
        row[f"p98 passes {SATURATED:g} at epoch"] = timeline.text(first_saturated(mine, "ours"))
        row["paper"] = timeline.text(first_saturated(mine, "paper"))
        result.append(row)
    return pd.DataFrame(result)


def rises(rows: pd.DataFrame) -> pd.DataFrame:
    """Courses of one network's standard deviations, scaled to 0 before training and to 1 at the end.

    rows: layer, quantity, epoch, value. A row for each of its epochs, a column for each layer.
    """
    std = rows[rows["quantity"] == "std"].pivot(index="epoch", columns="layer", values="value")
    std = std.sort_index().interpolate(method="index").dropna()
    return (std - std.iloc[0]) / (std.iloc[-1] - std.iloc[0])


def first_saturated(rows: pd.DataFrame, source: str) -> float:
    """First epoch at which the 98 percentile of a layer passes SATURATED; nan if it never does."""
    p98 = rows[(rows["source"] == source) & (rows["quantity"] == "p98")].sort_values("epoch")
    return float(p98.loc[p98["value"] > SATURATED, "epoch"].min())


def agreement(rows: pd.DataFrame, figure: str) -> list[Verdict]:
    """On every network of `courses`: the start beside the paper's, then the last epoch in common.

    `figure`: such as "fig03".
    """
    networks = [mine for _, mine in rows.groupby("network", sort=False)]
    length = last_epoch(rows)
    before = [before_training(mine, figure) for mine in networks]
    return [*before, *(in_training(mine, figure, length) for mine in networks)]


def before_training(rows: pd.DataFrame, figure: str) -> Verdict:
    """How many layers' standard deviations agree with the paper's at epoch 0, for one network."""
    _, found = timeline.last_in_common(rows[(rows["quantity"] == "std") & (rows["epoch"] == 0)])
    verdict = _beside(found, figure, "before training")
    own = kind(rows)
    return judged(replace(verdict, subject=own, kind=inits.kind(str(own["init"]))))


def in_training(rows: pd.DataFrame, figure: str, length: float) -> Verdict:
    """How many layers' standard deviations agree at the last epoch that we and the paper have in common.

    `rows`: one network. `length`: of training, epochs.
    """
    at, found = timeline.last_in_common(rows[rows["quantity"] == "std"])
    own = kind(rows)
    whose = inits.kind(str(own["init"]), trained=True)
    verdict = replace(_beside(found, figure, "in training"), subject={**own, "epoch": at}, kind=whose)
    if at == 0:
        why = f"trained for {timeline.span(length)}; the paper's next point is at epoch 4"
        return not_tested(verdict, why)
    return judged(verdict, complete(at))


def _beside(found: pd.DataFrame, figure: str, when: str) -> Verdict:
    near = (found["value"] / found["paper"] - 1).abs() <= TOLERANCE
    return Verdict(
        claim=f"{figure}.{when.replace(' ', '_')}",
        outcome="not tested",
        quantity=f"standard deviation of z, layers 1 to {len(found)}",
        unit="",
        rule=f"within {TOLERANCE:.0%} of the paper's",
        measures=timeline.by_layer(found, near),
        statement=f"Figure {figure[3:].lstrip('0')}: standard deviations {when}",
    )


def kind(rows: pd.DataFrame) -> Key:
    """What tells one network, whose rows these are, from others."""
    first = rows.iloc[0]
    return {name: str(first[name]) for name in ("activation", "init", "inputs")}


def last_epoch(rows: pd.DataFrame) -> float:
    """The last epoch that all our networks have reached."""
    return timeline.last_epoch(rows, "network")


def complete(epoch: float) -> bool:
    """Whether runs are as long as the paper's."""
    return bool(epoch >= paper.numbers()["fig03"]["last_epoch"])
