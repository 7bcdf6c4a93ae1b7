from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from repro import paper
from repro.evidence import EvidenceError, models
from repro.evidence.models import MODELS, compared, error_curve
from repro.experiment.settings import Dataset
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_models_are_those_of_the_paper() -> None:
    assert set(paper.curve("fig11")["series"]) == {*MODELS, "Pre-training"}


def test_errors_of_one_seed_have_no_interval(fake: Fake) -> None:
    table = error_curve([fake()])
    assert table["examples"].tolist() == [50_000, 100_000, 150_000, 200_000]
    assert table["mean"].iloc[-1] == pytest.approx(74)
    assert table["half"].isna().all()


def test_errors_of_several_seeds(fake: Fake) -> None:
    table = error_curve([fake(seed=seed, last=last) for seed, last in enumerate((0.70, 0.72, 0.74))])
    assert table["mean"].iloc[-1] == pytest.approx(72)
    assert table["half"].iloc[-1] == pytest.approx(4.30265 * 2 / np.sqrt(3), rel=1e-4)


def test_of_a_run_that_diverged_at_once_nothing_is_left(fake: Fake, tmp_path: Path) -> None:
    assert len(error_curve([fake(root=tmp_path, diverged_at=20)])) == 0


def test_endings(fake: Fake, tmp_path: Path) -> None:
    runs = [fake(seed=0, lr=0.03), fake(root=tmp_path, seed=1, lr=0.03, diverged_at=7000)]
    table = models.endings({"Tanh": runs})
    assert table["model"].tolist() == ["Tanh", "Tanh"]
    assert table["run"].tolist() == [run.path.name for run in runs]
    assert table["lr"].tolist() == [0.03, 0.03]
    assert table["diverged"].tolist() == [False, True]
    assert table["examples"].tolist() == [200_000, 50_000]
    assert table["error"].tolist() == pytest.approx([74, 100 * (0.74 + 0.16 * 0.75**2)])
    assert table["final"].tolist() == pytest.approx([74, 100])  # none of its answers can be right


def test_networks_of_five_layers() -> None:
    """Table 1 and Figure 12 have the five of depth 5, the sigmoid one without its depth."""
    assert set(models.FIVE_LAYERS) == set(paper.table1()["model"]) & set(models.FIVE_LAYERS)
    assert list(models.FIVE_LAYERS) == [*models.SLOW, *models.FAST]
    assert {model.depth for model in models.FIVE_LAYERS.values()} == {5}
    assert MODELS["Sigmoid depth 4"].depth == 4


def test_runs_on_a_data_set_or_what_stands_in(fake: Fake) -> None:
    names = ("shapeset", "shapeset_author", "mnist", "cifar10", "cifar10_holdout")
    runs = {name: fake(dataset=Dataset(name), last=0.5) for name in names}
    assert models.on("shapeset", list(runs.values())) == [runs["shapeset"], runs["shapeset_author"]]
    assert models.on("cifar10", list(runs.values())) == [runs["cifar10"], runs["cifar10_holdout"]]
    assert models.on("mnist", list(runs.values())) == [runs["mnist"]]


def test_held_out() -> None:
    assert models.held_out("cifar10_holdout")
    assert not any(map(models.held_out, ("cifar10", "mnist", "shapeset")))


def test_compared_finds_the_difference(trained: list[Run]) -> None:
    (row,) = compared(models.networks(trained), [("Tanh", "Tanh N")]).to_dict("records")
    assert row["gap"] == pytest.approx(4)
    assert row["p"] == pytest.approx(2 * 0.5**80)  # 80 of 2000 examples, all in the same direction
    assert row["seed"] == 0


def test_more_seeds_don_t_change_the_p_of_one(fake: Fake) -> None:
    """No correction over seeds: they would make a true difference harder to find."""
    runs = {name: [fake(init=init, seed=seed, last=last) for seed in (80, 81, 82)]
            for name, init, last in (("a", "standard", 0.506), ("b", "normalized", 0.5))}  # fmt: skip
    one = compared({name: own[:1] for name, own in runs.items()}, [("a", "b")])["p"].tolist()
    assert compared(runs, [("a", "b")])["p"].tolist() == one * 3


def test_a_mean_is_that_of_all_seeds_or_there_is_none(fake: Fake, tmp_path: Path) -> None:
    """What is left when a seed diverges is a selection."""
    table = error_curve([fake(seed=0), fake(root=tmp_path, seed=1, diverged_at=7000)])
    assert table[["examples", "n"]].to_numpy().tolist() == [[50_000, 2]]


def test_seed_curves_end_with_all_wrong_where_a_run_diverged(fake: Fake, tmp_path: Path) -> None:
    runs = {"a": [fake(seed=0), fake(root=tmp_path, seed=1, diverged_at=7000)]}
    runs["b"] = [fake(root=tmp_path, init="normalized", seed=1, diverged_at=20)]
    table = models.seed_curves(runs).set_index(["model", "seed"])
    assert table.loc[("a", 0), "error"].iloc[-1] == pytest.approx(74)
    assert table.loc[("a", 1), "error"].tolist() == pytest.approx([83, 100, 100, 100])
    assert table.loc[("b", 1), "error"].tolist() == [100] * 4
    assert table.loc[("a", 1), "examples"].tolist() == [50_000, 100_000, 150_000, 200_000]


def test_a_diverged_run_errs_everywhere(fake: Fake) -> None:
    runs = {"a": [fake(last=0.5, state="diverged", seed=7)], "b": [fake(init="normalized", seed=7)]}
    assert compared(runs, [("a", "b")])["gap"].iloc[0] == pytest.approx(30)
    assert compared(runs, [("b", "a")])["gap"].iloc[0] == pytest.approx(-30)


def test_compared_needs_a_common_seed_for_every_pair(fake: Fake) -> None:
    runs = {"a": [fake(seed=1)], "b": [fake(init="normalized", seed=2)]}
    with pytest.raises(EvidenceError, match="a has no seed in common with b"):
        compared(runs, [("a", "a"), ("a", "b")])


def test_compared_refuses_different_test_sets(fake: Fake) -> None:
    runs = {"a": [fake()], "b": [fake(init="normalized", n_test=1000)]}
    with pytest.raises(EvidenceError, match="tested on different examples"):
        compared(runs, [("a", "b")])
