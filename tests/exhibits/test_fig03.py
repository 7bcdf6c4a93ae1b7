from collections.abc import Callable

import pandas as pd
import pytest

from repro.evidence import EvidenceError, saturation
from repro.exhibits import fig03
from repro.experiment.settings import Dataset, Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]
LONG = {"updates": 95 * 20_000, "curve_every": 20_000, "monitor": Monitor(every=20_000)}


def networks(fake: Fake, **settings: object) -> list[Run]:
    return [fake(activation=activation, **settings) for activation in ("tanh", "softsign")]


def outcomes(runs: list[Run]) -> dict[str, str]:
    return {verdict.claim: verdict.verdict for verdict in fig03.verdicts(runs)}


def test_the_papers_own_curves_pass(fake: Fake) -> None:
    """Judged as if they were ours, they reproduce everything."""
    rows = fig03.table(networks(fake))
    theirs = rows[rows["source"] == "paper"]
    verdicts = fig03.judged(pd.concat([theirs, theirs.assign(source="ours", n=1)], ignore_index=True))
    assert [verdict.verdict for verdict in verdicts] == ["reproduced"] * 6
    assert verdicts[0].measured == "epochs 4, 20, 36, 64, not yet (layers 1 to 5)"


def test_saturation_of_the_made_up_runs(fake: Fake) -> None:
    rows = fig03.table(networks(fake, **LONG))
    tanh = rows[rows["network"] == "tanh"]
    epochs = [saturation.first_saturated(layer, "ours") for _, layer in tanh.groupby("layer")]
    assert epochs == [1, 3, 5, 7, 9]


def test_long_runs_reproduce_the_order(fake: Fake) -> None:
    assert outcomes(networks(fake, **LONG))["C8"] == "reproduced"


def test_short_runs_are_partly_or_not_tested(fake: Fake) -> None:
    found = outcomes(networks(fake))
    assert found["C8"] == "partly"
    assert found["C9"] == "not tested"


def test_nothing_saturated_is_not_tested(fake: Fake) -> None:
    runs = networks(fake, updates=100, monitor=Monitor(every=100))
    assert outcomes(runs)["C8"] == "not tested"


def test_standard_deviations_before_training_are_compared(fake: Fake) -> None:
    assert outcomes(networks(fake))["Figure 3, tanh: standard deviations before training"] == "reproduced"


def test_percentile_is_half_the_distance_of_both_tails(fake: Fake) -> None:
    rows = fig03.table(networks(fake))
    monitor = fake(activation="tanh").monitor
    last = monitor[(monitor["update"] == 20_000) & (monitor["layer"] == 3)].set_index("quantity")["value"]
    ours = rows[(rows["network"] == "tanh") & (rows["source"] == "ours") & (rows["quantity"] == "p98")]
    found = ours[(ours["layer"] == 3) & (ours["epoch"] == 1)]["value"].item()
    assert found == pytest.approx((last["z_p99"] - last["z_p1"]) / 2)


def test_needs_both_networks(fake: Fake) -> None:
    with pytest.raises(EvidenceError, match="no run with activation=softsign"):
        fig03.draw([fake(activation="tanh")])


def test_short_runs_are_drawn_over_updates_long_ones_over_epochs(fake: Fake) -> None:
    short, long = fig03.draw(networks(fake)), fig03.draw(networks(fake, **LONG))
    assert short.axes[0].get_xscale() == "symlog"
    assert max(short.axes[0].lines[1].get_xdata()) == 20_000
    assert long.axes[0].get_xscale() == "linear"
    assert max(long.axes[0].lines[1].get_xdata()) == 95


def test_another_range_of_inputs_is_another_row(fake: Fake) -> None:
    wide = fake(activation="softsign", dataset=Dataset(low=-1.0), seed=3)
    runs = [*networks(fake, seed=3), wide]
    rows = fig03.table(runs)
    assert list(rows["network"].unique()) == ["tanh", "softsign", "softsign, inputs in [-1, 1]"]
    assert len(fig03.draw(runs).axes) == 6
    assert list(fig03.table([runs[0], wide])["network"].unique()) == ["tanh", "softsign"]


def test_levels_are_compared_at_the_last_epoch_of_both(fake: Fake) -> None:
    rows = fig03.table(networks(fake, updates=250_000, curve_every=50_000, monitor=Monitor(every=10_000)))
    tanh = rows[rows["network"] == "tanh"].copy()
    verdict = saturation.levels(tanh, "tanh", "Figure 3")
    assert verdict.paper.endswith("at epoch 12")
    at = tanh["epoch"].sub(12).abs() < 1e-9
    ours, theirs = (at & (tanh["source"] == source) for source in ("ours", "paper"))
    there = tanh[theirs].set_index(["layer", "quantity"])["value"]
    place = list(zip(tanh.loc[ours, "layer"], tanh.loc[ours, "quantity"], strict=True))
    for factor, wanted in ((1.1, "reproduced"), (1.2, "not reproduced")):
        tanh.loc[ours, "value"] = factor * there.loc[place].to_numpy()
        assert saturation.levels(tanh, "tanh", "Figure 3").verdict == wanted


def test_divergence_is_shown(fake: Fake) -> None:
    runs = [fake(activation="tanh", state="diverged", seed=11), fake(activation="softsign", seed=11)]
    figure = fig03.draw(runs)
    assert [axes.get_title("left") for axes in figure.axes] == ["tanh, diverged at ×"] * 2 + ["softsign"] * 2


def test_several_seeds_get_a_band(fake: Fake) -> None:
    runs = [run for seed in (0, 1, 2) for run in networks(fake, seed=seed)]
    rows = fig03.table(runs)
    assert (rows.loc[rows["source"] == "ours", "n"] == 3).all()
    assert fig03.summary(runs)["std"].str.contains("±").all()
