import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from repro.experiment.again import command, written
from repro.experiment.components import Activation, Baseline, Init, Normalization, Pretraining
from repro.experiment.compose import compose_all, expand
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment, Monitor, Optimizer

SCALED = tuple({"scale": 2.0, "mode": "fan_avg", "distribution": "truncated_normal"}.items())
CHOICES = {
    "activation": ["tanh", "softsign", "leaky_relu", Activation("leaky_relu", (("negative_slope", 0.2),))],
    "init": ["standard", "lsuv", Init("variance_scaling"), Init("variance_scaling", SCALED)],
    "normalization": [Normalization("none"), Normalization("batch")],
    "depth_and_width": [(5, 1000), (2, 50), (2, (7, 9)), (1, (7,))],
    "dropout": [0.0, 0.25],
    "residual": [False, True],
    "cost": ["nll", "quadratic"],
    "lr": [0.01, 1e-5, 3, 1e22],
    "lr_factors": [None, "rising"],
    "seeds": [(0, None), (3, None), (3, 0), (0, 3)],
    "updates": [20_000, 0, 7],
    "monitor": [Monitor(), Monitor(20, 10, 7, False, 0)],
    "optimizer": [
        Optimizer(),
        Optimizer("SGD", (("momentum", 0.9), ("nesterov", True))),
        Optimizer("Adam", (("betas", (0.8, 0.99)), ("foreach", None), ("eps", 1e-12))),
        Optimizer("diagonal_hessian", (("mu", 1e-5),)),
        Optimizer("LBFGS", (("line_search_fn", "strong_wolfe"), ("max_iter", 4))),
        Optimizer("Strange", (("text", '"b", {c}: ${d} \\'), ("digits", "12"), ("word", "nan"), ("no", ""))),
    ],
    "pretraining": [
        "none",
        "denoising",
        Pretraining("denoising", (("corruption", (0.1, 0.2)), ("share", 0.5))),
    ],
    "baseline_and_n_train": [
        ("none", None),
        ("none", 20_000),
        (Baseline("svm", (("C", (0.5, 1e3)), ("library", "scikit-learn"))), 500),
    ],
    "dataset": [
        Dataset(),
        Dataset("mnist"),
        Dataset("shapeset_author", low=-1.0),
        Dataset("small_imagenet", low=-0.5, high=2.0, content="12e4"),
        Dataset("small_imagenet", content="0" * 64),
    ],
}  # fmt: skip


def experiment_of(chosen):
    values = dict(chosen)
    values["depth"], values["width"] = values.pop("depth_and_width")
    values["seed"], values["data_seed"] = values.pop("seeds")
    values["baseline"], values["n_train"] = values.pop("baseline_and_n_train")
    if values["lr_factors"]:
        values["lr_factors"] = tuple(float(i) for i in range(values["depth"] + 1))
    return Experiment(**values)


def mixtures():
    """Experiments in which every choice comes at least twice, beside different ones."""
    for number in range(2 * max(map(len, CHOICES.values()))):
        turns = enumerate(CHOICES.items())
        yield experiment_of(
            {key: values[(number + number // 5 * turn) % len(values)] for turn, (key, values) in turns}
        )


USUAL = {"valid_every": 20_000}
"""In which conf/ differs from the dataclass."""


def words(line):
    parts = shlex.split(line)
    assert parts[:3] == ["python", "-m", "repro"]
    return parts[3:]


def test_the_command_of_a_run_makes_that_run():
    made = list(mixtures())
    jobs = [expand(words(command(experiment))) for experiment in made]
    assert all(len(job) == 1 for job in jobs)  # nothing in it reads as a sweep
    assert [experiment for experiment, _ in compose_all([job[0] for job in jobs])] == made


@pytest.mark.parametrize(
    ("experiment", "expected"),
    [
        (Experiment(), ["valid_every=null"]),
        (Experiment(seed=3, data_seed=3, **USUAL), ["seed=3"]),
        (Experiment(activation=Activation("leaky_relu"), **USUAL), ["activation=leaky_relu"]),
        (
            Experiment(activation=Activation("leaky_relu", (("negative_slope", 0.2),)), **USUAL),
            ["activation=leaky_relu", "activation.negative_slope=0.2"],
        ),
        (
            Experiment(optimizer=Optimizer("SGD", (("momentum", 0.9),)), **USUAL),
            ["optimizer.name=SGD", "++optimizer.options.momentum=0.9"],
        ),
        (Experiment(depth=2, width=(7, 9), **USUAL), ["depth=2", "width=[7,9]"]),
    ],
)
def test_it_says_no_more_than_it_must(experiment, expected):
    assert words(command(experiment)) == expected


def test_it_keeps_what_was_said_about_the_machine():
    machine = Machine("cpu", 2, 3, True, "my runs/$HOME", "/data; rm *", True)
    line = words(command(Experiment(seed=1), machine))
    assert line[0] == "seed=1" and "machine.device=cpu" in line
    assert compose_all([line]) == [(Experiment(seed=1), machine)]


def test_a_data_root_from_the_environment_is_no_setting(monkeypatch):
    monkeypatch.setenv("REPRO_DATA", "/data")
    assert words(command(Experiment(**USUAL), Machine(data="/data"))) == []
    assert words(command(Experiment(**USUAL), Machine())) == ["machine.data=datasets"]


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("\\\"'${} ,=[]")))
def test_any_text_is_read_back_as_it_was(text):
    (override,) = OverridesParser.create().parse_overrides([f"key={written(text)}"])
    assert OmegaConf.create({"key": override.value()}).key == text
