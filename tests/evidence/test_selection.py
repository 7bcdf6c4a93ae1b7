import math
from collections.abc import Callable
from pathlib import Path

import pytest

from repro.evidence import EvidenceError
from repro.evidence.selection import monitored, over_seeds, select, unlike_paper, validation_errors, variants
from repro.experiment.components import Init
from repro.experiment.settings import Dataset, Experiment, Monitor, Optimizer
from repro.runs.folder import CURVE_COLUMNS, Run

Fake = Callable[..., Run]


def test_select_sorts_by_seed(fake: Fake) -> None:
    runs = [fake(seed=seed) for seed in (2, 0, 1)] + [fake(activation="softsign")]
    assert [run.experiment.seed for run in select(runs, activation="tanh")] == [0, 1, 2]


def test_select_names_what_is_missing(fake: Fake) -> None:
    with pytest.raises(EvidenceError, match="no run with activation=tanh init=normalized among the 1 given"):
        select([fake()], activation="tanh", init="normalized")


def test_select_refuses_an_unfinished_run(tmp_path: Path) -> None:
    run = Run.create(tmp_path, Experiment())
    run.write_json("status", {"state": "failed"})
    with pytest.raises(EvidenceError, match=r"shapeset-tanh-.* is failed"):
        select([run], activation="tanh")


def test_select_refuses_to_mix_settings(fake: Fake) -> None:
    runs = [fake(), fake(updates=40_000, monitor=Monitor(every=40_000))]
    with pytest.raises(EvidenceError, match="differ in updates, monitor"):
        select(runs, activation="tanh")


def test_streams_of_examples_may_differ_like_seeds(fake: Fake) -> None:
    """What is compared with one stream for several seeds, or the other way round, is still one network."""
    runs = [fake(seed=seed, data_seed=stream) for seed, stream in ((1, 6), (0, 8), (0, 7))]
    assert select(runs, activation="tanh") == [runs[2], runs[1], runs[0]]


def test_select_takes_the_rate_that_is_best_in_validation(fake: Fake) -> None:
    runs = [fake(lr=0.1, last=0.72), fake(lr=0.03, last=0.71), fake(lr=0.01, last=0.73)]
    assert [run.experiment.lr for run in select(runs, activation="tanh")] == [0.03]


def test_rates_are_compared_by_the_mean_over_their_seeds(fake: Fake) -> None:
    """Also where one was tried with fewer seeds."""
    runs = [fake(lr=0.1, seed=seed, last=last) for seed, last in ((0, 0.70), (1, 0.72))]
    assert select([*runs, fake(lr=0.03, last=0.73)], activation="tanh") == runs
    runs = [fake(lr=0.1, seed=seed, last=last) for seed, last in ((2, 0.70), (3, 0.80))]
    other = fake(lr=0.03, seed=2, last=0.73)
    assert select([*runs, other], activation="tanh") == [other]


def test_of_equally_good_rates_the_smallest_is_taken(fake: Fake) -> None:
    runs = [fake(lr=lr, seed=4, last=0.7) for lr in (3.0, 0.3, 1.0, 2.0, 0.1, 0.5)]
    assert select(runs, activation="tanh") == [runs[4]]


def test_a_rate_without_validation_is_never_best(fake: Fake, tmp_path: Path) -> None:
    runs = [fake(root=tmp_path, lr=lr, last=0.7) for lr in (0.03, 0.1)]
    rows = runs[0].curve.query("split != 'valid'")
    runs[0].write_table("curve", CURVE_COLUMNS, list(rows.itertuples(index=False, name=None)))
    assert select([Run(run.path) for run in runs], activation="tanh")[0].path == runs[1].path


def test_rates_are_chosen_in_validation_and_not_by_test_errors(fake: Fake, tmp_path: Path) -> None:
    good, lucky = (fake(root=tmp_path, lr=lr, last=0.7) for lr in (0.03, 0.1))
    for run, errors in ((good, {"valid": 0.6, "test": 0.8}), (lucky, {"valid": 0.8, "test": 0.6})):
        rows = run.curve.assign(error=run.curve["split"].map(errors).fillna(0.5))
        run.write_table("curve", CURVE_COLUMNS, list(rows.itertuples(index=False, name=None)))
    chosen = select([Run(lucky.path), Run(good.path)], activation="tanh")
    assert [run.path for run in chosen] == [good.path]


def test_all_that_differs_is_named(fake: Fake) -> None:
    runs = [fake(), fake(width=50), fake(n_test=1000)]
    with pytest.raises(EvidenceError, match=r"differ in (width, n_test|n_test, width)"):
        select(runs, activation="tanh")


def test_a_diverged_rate_is_never_best(fake: Fake) -> None:
    runs = [fake(lr=0.3, last=0.5, state="diverged"), fake(lr=0.01, last=0.73)]
    assert [run.experiment.lr for run in select(runs, activation="tanh")] == [0.01]


def test_settings_unlike_the_papers_are_listed(fake: Fake) -> None:
    assert unlike_paper([fake(), fake(dataset=Dataset("shapeset_author"))]) == []
    odd = fake(dataset=Dataset("mnist"), batch_size=20, updates=0)
    assert unlike_paper([odd]) == ["dataset mnist (paper: shapeset)", "batch_size 20 (paper: 10)"]


def test_what_an_exhibit_of_the_paper_varies_is_no_difference(fake: Fake) -> None:
    mnist = [fake(dataset=Dataset("mnist")), fake(dataset=Dataset("cifar10_holdout"))]
    assert unlike_paper(mnist, "fig12") == unlike_paper(mnist, "table1") == []
    assert unlike_paper([fake()], "fig12") == ["dataset shapeset (paper: mnist, cifar10)"]
    assert unlike_paper([fake(cost="quadratic")], "fig05") == []


def test_validation_errors_of_every_network_and_rate(fake: Fake) -> None:
    runs = [fake(lr=lr, seed=seed, last=lr + seed / 10) for lr in (0.1, 0.3) for seed in (0, 1)]
    runs += [fake(init="normalized", lr=0.1, last=0.2), fake(updates=0)]
    errors = validation_errors(runs)
    assert errors.index.names == ["activation", "init"]
    assert errors.columns.tolist() == [0.1, 0.3]
    assert errors.loc[("tanh", "standard")].tolist() == pytest.approx([0.15, 0.35])
    assert math.isnan(errors.loc[("tanh", "normalized"), 0.3])


def test_networks_are_told_apart_by_whatever_differs(fake: Fake) -> None:
    runs = [fake(dataset=Dataset(low=low)) for low in (0.0, -1.0)]
    assert validation_errors(runs).index.names == ["activation", "init", "dataset.low"]
    assert validation_errors([fake(updates=0)]).empty


def test_networks_stay_in_their_order_and_rates_are_sorted(fake: Fake) -> None:
    runs = [fake(init=init, lr=lr, last=0.5) for init in ("standard", "normalized") for lr in (0.3, 0.1)]
    errors = validation_errors(runs)
    assert errors.index.get_level_values("init").tolist() == ["standard", "normalized"]
    assert errors.columns.tolist() == [0.1, 0.3]


def test_components_are_told_apart_by_their_options_in_one_column(fake: Fake) -> None:
    runs = [fake(init=Init("normalized_hidden", (("scale", scale),)), last=0.5) for scale in (1.1, 1.5)]
    errors = validation_errors(runs)
    assert errors.index.names == ["activation", "init"]
    names = ["normalized_hidden(scale=1.1)", "normalized_hidden(scale=1.5)"]
    assert errors.index.get_level_values("init").tolist() == names


def test_numbers_stay_numbers(fake: Fake) -> None:
    low = validation_errors([fake(dataset=Dataset(low=low)) for low in (0.0, -1.0)]).index
    assert low.get_level_values("dataset.low").tolist() == [0.0, -1.0]


def test_a_setting_that_only_one_network_has_tells_them_apart(fake: Fake) -> None:
    """null is a value, too: rates for each layer, or none."""
    runs = [fake(lr_factors=own, last=0.5) for own in (None, (1.0, 1.0, 1.0, 1.0, 1.0, 0.5))]
    runs.append(fake(last=0.7, seed=1))
    errors = validation_errors(runs)
    assert errors.index.names == ["activation", "init", "lr_factors"]
    assert errors[0.01].tolist() == pytest.approx([0.6, 0.5])
    none, factors = errors.index.get_level_values("lr_factors")
    assert none == "" and "0.5" in factors


def test_monitored_has_hidden_layers_only(untrained: list[Run]) -> None:
    rows = monitored(untrained[:3], "ds_std")
    assert set(rows["layer"]) == {1, 2, 3, 4, 5}
    assert set(rows["run"]) == {0, 1, 2}


def test_monitored_names_a_quantity_that_is_missing(untrained: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="has no charm"):
        monitored(untrained, "z_std", "charm")


def test_monitored_names_all_that_is_missing_in_order(untrained: list[Run]) -> None:
    with pytest.raises(EvidenceError, match="has no beauty, charm, colour, flavour, strangeness: check"):
        monitored(untrained, "strangeness", "charm", "z_std", "flavour", "beauty", "colour")


def test_over_seeds(untrained: list[Run]) -> None:
    table = over_seeds(monitored(untrained[:3], "z_std"), "layer")
    assert table["n"].tolist() == [3] * 5
    assert (table["half"] > 0).all()
    assert math.isnan(over_seeds(monitored(untrained[:1], "z_std"), "layer")["half"].iloc[0])


def test_variants_are_told_apart_by_their_inputs(fake: Fake) -> None:
    wide = Dataset(low=-1.0)
    tanh, softsign, other = fake(), fake(activation="softsign"), fake(activation="softsign", dataset=wide)
    runs = [other, softsign, tanh, fake(init="normalized", dataset=wide)]
    found = variants(runs, "activation", ("tanh", "softsign"), init="standard")
    assert found == [
        ("tanh", "[0, 1]", False, [tanh]),
        ("softsign", "[0, 1]", False, [softsign]),
        ("softsign", "[-1, 1]", True, [other]),
    ]
    names = [variant.named(variant.value) for variant in found]
    assert names == ["tanh", "softsign", "softsign, inputs in [-1, 1]"]
    alone = variants([tanh, other], "activation", ("tanh", "softsign"), init="standard")
    assert alone == [("tanh", "[0, 1]", False, [tanh]), ("softsign", "[-1, 1]", False, [other])]
    assert alone[1].named("softsign") == "softsign"  # the only range needs no name
    with pytest.raises(
        EvidenceError, match="no run with activation=softsign init=standard among the 1 given"
    ):
        variants([tanh], "activation", ("tanh", "softsign"), init="standard")


def test_a_run_without_a_quantity_is_named(fake: Fake, tmp_path: Path) -> None:
    runs = [fake(root=tmp_path, seed=seed) for seed in (0, 1)]
    rows = runs[1].monitor.query("quantity != 'z_std'")
    runs[1].write_table("monitor", tuple(rows.columns), list(rows.itertuples(index=False, name=None)))
    with pytest.raises(EvidenceError, match=f"{runs[1].path.name} has no z_std"):
        monitored([runs[0], Run(runs[1].path)], "z_std")


def test_options_and_widths_of_any_kind_can_be_told_apart(fake: Fake) -> None:
    """A width beside a list of widths, and an optimizer with options beside one without."""
    momentum = Optimizer("SGD", (("momentum", 0.9), ("betas", (0.9, 0.99))))
    runs = [fake(), fake(width=(900, 800, 700, 600, 500)), fake(optimizer=momentum)]
    errors = validation_errors(runs)
    assert len(errors) == 3
    assert errors.notna().all(axis=None)
    for others in (runs[:2], runs[::2]):
        with pytest.raises(EvidenceError, match=r"differ in (width|optimizer)"):
            select(others, activation="tanh")


def test_every_network_may_have_wider_inputs(fake: Fake) -> None:
    wide = Dataset(low=-1.0)
    narrow = [fake(activation=name) for name in ("tanh", "softsign")]
    wider = [fake(activation=name, dataset=wide) for name in ("tanh", "softsign")]
    found = variants([*wider, *narrow], "activation", ("tanh", "softsign"), init="standard")
    assert [variant.runs for variant in found] == [[run] for run in (*narrow, *wider)]
    assert [variant.wide for variant in found] == [False, False, True, True]
