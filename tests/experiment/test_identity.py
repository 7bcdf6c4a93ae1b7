import dataclasses
import json

import pytest

from repro.data import sets
from repro.experiment import components, identity, legacy
from repro.experiment.components import Activation, Baseline, Init, Normalization, Pretraining
from repro.experiment.settings import Dataset, Experiment, Monitor, Optimizer

FROZEN = {
    "dataset": {"name": "shapeset", "low": 0.0, "high": 1.0, "content": ""},
    "activation": "tanh",
    "init": "standard",
    "depth": 5,
    "width": 1000,
    "normalization": "none",
    "dropout": 0.0,
    "residual": False,
    "cost": "nll",
    "optimizer": {"name": "sgd", "options": {}},
    "lr": 0.01,
    "lr_factors": None,
    "batch_size": 10,
    "updates": 20_000,
    "seed": 0,
    "data_seed": None,
    "n_valid": 10_000,
    "n_test": 10_000,
    "curve_every": 5_000,
    "monitor": {"examples": 300, "batch": 10, "every": 20_000, "early": True, "jacobian_examples": 3},
    "versions": {"protocol": 2, "monitor": 1, "dataset": 1},
}
OPTIONS = {
    ("activation", "leaky_relu"): {"negative_slope": 0.01},
    ("activation", "elu"): {"alpha": 1.0},
    ("init", "normalized_hidden"): {"scale": 1.3},
    ("init", "variance_scaling"): {"scale": 1.0, "mode": "fan_in", "distribution": "uniform"},
    ("init", "orthogonal"): {"gain": 1.0},
    ("init", "lsuv"): {"gain": 1.0, "examples": 1000, "tolerance": 0.05, "iterations": 10},
    ("normalization", "batch"): {"momentum": 0.1, "eps": 1e-5},
    ("pretraining", "denoising"): {"corruption": 0.25, "lr": 0.001, "share": 0.12},
    ("baseline", "svm"): {
        "C": (1.0, 10.0, 100.0),
        "gamma": (0.01, 0.03, 0.1),
        "tune": 16_000,
        "library": "auto",
    },
}
VERSIONS = {
    **dict.fromkeys(
        ("shapeset", "shapeset_author", "shapeset_dark", "shapeset_one_object", "small_imagenet"), 1
    ),
    "mnist": "c5c43eff",
    "fashion_mnist": "fa2a4a85",
    "cifar10": "d2ddc4b6",
    "cifar10_holdout": "d2ddc4b6",
}
"""Version of each data set: of the published ones a digest of their checksums."""


def test_every_default_is_frozen():
    """If this fails on purpose, run ids change, as they must: runs with another default are other runs."""
    assert identity.canonical(Experiment()) == FROZEN


def test_every_option_of_a_component_is_frozen():
    found = {}
    for kind in (Activation, Init, Normalization, Pretraining, Baseline):
        for name in components.names(kind.kind):
            if options := dict(kind(name).options):
                found[kind.kind, name] = options
    assert found == OPTIONS


def test_every_setting_is_in_the_name_but_what_came_later_at_its_default():
    """Those name nothing that earlier runs did otherwise."""
    assert set(Experiment().to_dict()) - set(FROZEN) == {key for key in identity.LATER if "." not in key}
    later = identity.canonical(Experiment(n_train=20_000, pretraining="denoising"))
    assert later["n_train"] == 20_000 and later["pretraining"]["corruption"] == 0.25
    assert "baseline" not in later


@pytest.mark.parametrize("name", ["diagonal_hessian", "gradient_variance"])
def test_options_of_second_order_methods_are_frozen(name):
    """All of them are in the name, also those that are not given."""
    given = identity.canonical(Experiment(optimizer=Optimizer(name)))["optimizer"]
    assert given == {"name": name, "options": {"mu": 0.001, "decay": 0.01, "every": 10}}


def test_versions_of_the_data_are_frozen():
    assert {name: sets.of(name).VERSION for name in components.names("dataset")} == VERSIONS


def test_run_ids_are_readable_and_pinned():
    """Pinned: if this fails, finished runs are lost."""
    assert Experiment().run_id == "shapeset-tanh-standard-d5-lr0.01-u20000-s0-623adbda97"
    assert Experiment(init="normalized", seed=1).run_id.startswith(
        "shapeset-tanh-normalized-d5-lr0.01-u20000-s1-"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": Dataset(low=-1.0)},
        {"dataset": Dataset(content="sha256:0")},
        {"activation": "softsign"},
        {"init": "normalized"},
        {"init": Init("normalized_hidden", (("scale", 1.25),))},
        {"depth": 4},
        {"width": 999},
        {"bias_std": 0.1},
        {"normalization": "batch"},
        {"dropout": 0.1},
        {"residual": True},
        {"cost": "quadratic"},
        {"optimizer": Optimizer("Adam")},
        {"lr": 0.1},
        {"lr_factors": (1.0, 1.0, 1.0, 1.0, 1.0, 0.5)},
        {"batch_size": 20},
        {"updates": 1},
        {"seed": 1},
        {"data_seed": 1},
        {"n_valid": 1000},
        {"n_test": 1000},
        {"curve_every": 1},
        {"monitor": Monitor(every=1)},
        {"valid_every": 20_000},
        {"monitor": Monitor(densities=True)},
        {"monitor": Monitor(mechanisms=True)},
        {"n_train": 20_000},
        {"pretraining": "denoising"},
        {"baseline": "svm", "n_train": 20_000},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_numbers_changes_the_run(change):
    assert set(change) <= {f.name for f in dataclasses.fields(Experiment)}
    assert dataclasses.replace(Experiment(), **change).run_id != Experiment().run_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"width": (7, 7)}, {"width": 7}),
        ({"seed": 3, "data_seed": 3}, {"seed": 3}),
        ({"lr_factors": (1.0, 1.0, 1.0)}, {}),
        ({"valid_every": 5_000}, {}),  # as often as the test set, which is the default
        ({"dataset": Dataset(low=-0.0)}, {}),
        ({"init": Init("normalized_hidden", (("scale", 1.3),))}, {"init": "normalized_hidden"}),
        (
            {"optimizer": Optimizer("Adam", (("eps", 1e-8), ("betas", [0.9, 0.99])))},
            {"optimizer": Optimizer("Adam", (("betas", (0.9, 0.99)), ("eps", 1e-8)))},
        ),
    ],
)
def test_one_experiment_has_one_run(one, other):
    one, other = Experiment(depth=2, **one), Experiment(depth=2, **other)
    assert one == other
    assert one.run_id == other.run_id


@pytest.mark.parametrize("change", [{"bias_std": 0.1}, {"monitor": Monitor(mechanisms=True)}])
def test_what_came_later_has_no_old_name(change):
    assert next(legacy.run_ids(Experiment()))
    assert not list(legacy.run_ids(Experiment(**change)))


@pytest.mark.parametrize("name", ["PROTOCOL", "MONITOR"])
def test_versions_are_part_of_the_identity(name, monkeypatch):
    before = Experiment().run_id
    monkeypatch.setattr(identity, name, getattr(identity, name) + 1)
    assert Experiment().run_id != before


def test_a_changed_default_gives_another_run(monkeypatch):
    """Unlike a hash over what differs from the defaults."""
    experiment = Experiment(init="normalized_hidden")
    cls = components.load("init", "normalized_hidden")
    before = experiment.run_id
    monkeypatch.setattr(cls.__init__, "__defaults__", (1.4,))
    assert Experiment(init="normalized_hidden").run_id != before


def test_the_canonical_form_is_json():
    for name in components.names("init"):
        json.dumps(identity.canonical(Experiment(init=name)), allow_nan=False)
