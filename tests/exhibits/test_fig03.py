from collections.abc import Callable

import pandas as pd
import pytest

from repro.evidence import EvidenceError, claims, saturation
from repro.exhibits import fig03
from repro.experiment.settings import Dataset, Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]
LONG = {"updates": 95 * 20_000, "curve_every": 20_000, "monitor": Monitor(every=20_000)}


def networks(fake: Fake, **settings: object) -> list[Run]:
    return [fake(activation=activation, **settings) for activation in ("tanh", "softsign")]


def test_the_papers_own_curves_pass(fake: Fake) -> None:
    """Judged as if they were ours, they reproduce everything."""
    rows = fig03.tables(networks(fake))["courses"]
    theirs = rows[rows["source"] == "paper"]
    courses = pd.concat([theirs, theirs.assign(source="ours", n=1)], ignore_index=True)
    verdicts = fig03.verdicts({"courses": courses})
    assert [verdict.outcome for verdict in verdicts] == ["reproduced"] * 4


def test_saturation_of_the_made_up_runs(fake: Fake) -> None:
    rows = fig03.tables(networks(fake, **LONG))["courses"]
    tanh = rows[rows["network"] == "tanh"]
    epochs = [saturation.first_saturated(layer, "ours") for _, layer in tanh.groupby("layer")]
    assert epochs == [1, 3, 5, 7, 9]


def test_standard_deviations_before_training_are_compared(fake: Fake) -> None:
    verdicts = fig03.verdicts(fig03.tables(networks(fake)))
    (tanh,) = [
        v for v in verdicts if v.claim == "fig03.before_training" and v.subject["activation"] == "tanh"
    ]
    assert tanh.outcome == "reproduced"
    assert tanh.subject == {"activation": "tanh", "init": "standard", "inputs": "[0, 1]"}


def test_percentile_is_half_the_distance_of_both_tails(fake: Fake) -> None:
    rows = fig03.tables(networks(fake))["courses"]
    monitor = fake(activation="tanh").monitor
    last = monitor[(monitor["update"] == 20_000) & (monitor["layer"] == 3)].set_index("quantity")["value"]
    ours = rows[(rows["network"] == "tanh") & (rows["source"] == "ours") & (rows["quantity"] == "p98")]
    found = ours[(ours["layer"] == 3) & (ours["epoch"] == 1)]["value"].item()
    assert found == pytest.approx((last["z_p99"] - last["z_p1"]) / 2)


def test_needs_both_networks(fake: Fake) -> None:
    with pytest.raises(EvidenceError, match="no run with activation=softsign"):
        fig03.tables([fake(activation="tanh")])


def test_short_runs_are_drawn_over_updates_long_ones_over_epochs(fake: Fake) -> None:
    short, long = (fig03.draw(fig03.tables(networks(fake, **more))) for more in ({}, LONG))
    assert short.axes[0].get_xscale() == "symlog"
    assert max(short.axes[0].lines[1].get_xdata()) == 20_000
    assert long.axes[0].get_xscale() == "linear"
    assert max(long.axes[0].lines[1].get_xdata()) == 95


def test_another_range_of_inputs_is_another_row(fake: Fake) -> None:
    wide = fake(activation="softsign", dataset=Dataset(low=-1.0), seed=3)
    runs = [*networks(fake, seed=3), wide]
    tables = fig03.tables(runs)
    names = ["tanh", "softsign", "softsign, inputs in [-1, 1]"]
    assert list(tables["points"]["network"].unique()) == names
    kinds = tables["courses"].groupby("network", sort=False)[["activation", "inputs", "wide"]].first()
    assert kinds.loc[names[2]].tolist() == ["softsign", "[-1, 1]", True]
    assert kinds.loc[names[1]].tolist() == ["softsign", "[0, 1]", False]
    assert len(fig03.draw(tables).axes) == 6
    assert list(fig03.tables([runs[0], wide])["points"]["network"].unique()) == ["tanh", "softsign"]


def test_levels_are_compared_at_the_last_epoch_of_both(fake: Fake) -> None:
    settings = {"updates": 250_000, "curve_every": 50_000, "monitor": Monitor(every=10_000)}
    rows = fig03.tables(networks(fake, **settings))["courses"]
    tanh = rows[(rows["network"] == "tanh") & (rows["quantity"] != "saturated")].copy()
    assert saturation.in_training(tanh, "fig03", 12.5).subject["epoch"] == 12
    at = tanh["epoch"].sub(12).abs() < 1e-9
    ours, theirs = (at & (tanh["source"] == source) for source in ("ours", "paper"))
    there = tanh[theirs].set_index(["layer", "quantity"])["value"]
    place = list(zip(tanh.loc[ours, "layer"], tanh.loc[ours, "quantity"], strict=True))
    for factor, wanted in ((1.1, "holds so far"), (1.2, "fails so far")):
        tanh.loc[ours, "value"] = factor * there.loc[place].to_numpy()
        assert saturation.in_training(tanh, "fig03", 12.5).outcome == wanted


def test_divergence_is_shown(fake: Fake) -> None:
    settings = {"updates": 40_000, "seed": 11}
    runs = [fake(activation="tanh", diverged_at=30_000, **settings), fake(activation="softsign", **settings)]
    figure = fig03.draw(fig03.tables(runs))
    assert [axes.get_title("left") for axes in figure.axes] == ["tanh, diverged at ×"] * 2 + ["softsign"] * 2


def test_several_seeds_get_a_band(fake: Fake) -> None:
    runs = [run for seed in (0, 1, 2) for run in networks(fake, seed=seed)]
    tables = fig03.tables(runs)
    rows = tables["points"]
    assert (rows.loc[rows["source"] == "ours", "n"] == 3).all()
    assert fig03.summary(tables)["std"].str.contains("±").all()
    before = fig03.verdicts(tables)[0]
    assert all(measure.low < measure.value < measure.high and measure.n == 3 for measure in before.measures)


def test_a_network_that_diverged_at_once_is_still_shown(fake: Fake) -> None:
    runs = [fake(activation="tanh", diverged_at=20, seed=12), fake(activation="softsign", seed=12)]
    tables = fig03.tables(runs)
    assert fig03.summary(tables)["epoch"].tolist() == ["0 (diverged)"] * 5 + ["1"] * 5
    verdicts = {verdict.claim: verdict.outcome for verdict in fig03.verdicts(tables)}
    assert verdicts["fig03.in_training"] == "not tested"
    found = {verdict.claim: verdict.outcome for verdict in claims.of_exhibit("fig03", tables)}
    assert found == {"C8": "not tested", "C9": "not tested"}
    cross = fig03.draw(tables).axes[0].lines[2]
    assert (cross.get_marker(), cross.get_xdata().tolist()) == ("x", [0])
