import dataclasses

import pytest

from repro.experiment.components import Activation, Init
from repro.experiment.machine import Machine, cores
from repro.experiment.settings import Dataset, Experiment, Monitor, Optimizer
from repro.experiment.values import ConfigError, parse


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lrr": 1}, "unknown key lrr; did you mean lr?"),
        ({"dataset": {"nam": "x"}}, "unknown key dataset.nam; did you mean dataset.name?"),
        ({"lr": "fast"}, "lr = 'fast': expected a number"),
        ({"lr": True}, "lr = True: expected a number"),
        ({"depth": 2.5}, "depth = 2.5: expected a whole number"),
        ({"depth": 0}, "depth = 0: expected a number of hidden layers, at least 1"),
        ({"lr": -0.1}, "lr = -0.1: expected a finite number, not negative"),
        ({"lr": float("nan")}, "lr = nan"),
        ({"lr_factors": [1.0, 2.0]}, "lr_factors = (1.0, 2.0): expected depth + 1 = 6 finite numbers"),
        ({"depth": 1, "lr_factors": [1.0, -1.0]}, "lr_factors = (1.0, -1.0)"),
        ({"lr_factors": 2}, "lr_factors = 2: expected a list of numbers or null"),
        ({"width": 0}, "width = 0: expected at least 1 unit"),
        ({"width": [10, 20]}, "width = (10, 20): expected one number, or depth = 5 numbers"),
        ({"depth": 1, "width": []}, "width = (): expected"),
        ({"dropout": 1.0}, "dropout = 1.0: expected a share of units"),
        ({"residual": 1}, "residual = 1: expected true or false"),
        ({"activation": "relux"}, "activation = relux: expected one of elu, gelu"),
        ({"activation": "relux"}, "did you mean relu?"),
        ({"activation": 3}, "activation = 3: expected one of elu"),
        ({"activation": {"name": "leaky_relu", "slope": 1.0}}, "unknown key activation.slope"),
        ({"activation": {"name": "leaky_relu", "negative_slope": "x"}}, "activation.negative_slope = 'x'"),
        ({"activation": {"name": "tanh", "gain": 1}}, "unknown key activation.gain"),
        ({"init": "glorot"}, "init = glorot: expected one of lsuv, normalized"),
        ({"init": {"name": "normalized_hidden", "scale": 0.0}}, "init.scale = 0.0: expected a finite number"),
        ({"normalization": "layer"}, "normalization = layer: expected one of batch, none"),
        ({"optimizer": {"name": "sgd", "options": {"momentum": 0.9}}}, "sgd is plain"),
        ({"optimizer": {"name": "Adam", "options": {"lr": 0.5}}}, "optimizer.options.lr = 0.5"),
        ({"optimizer": {"nam": "Adam"}}, "unknown key optimizer.nam"),
        ({"optimizer": "Adam"}, "optimizer = 'Adam': expected optimizer.name"),
        ({"dataset": {"name": "shapes"}}, "dataset.name = shapes: expected one of cifar10"),
        ({"dataset": {"low": 1.0}}, "dataset.high = 1.0: expected a number above dataset.low = 1.0"),
        ({"dataset": {"high": float("inf")}}, "dataset.high = inf: expected a finite number"),
        ({"dataset": 3}, "dataset = 3: expected keys below it"),
        ({"batch_size": 0}, "batch_size = 0: expected a whole number, at least 1"),
        ({"updates": -1}, "updates = -1"),
        ({"seed": -1}, "seed = -1: expected from 0"),
        ({"n_test": 9}, "monitor.examples = 300: expected at most n_test = 9"),
        ({"monitor": {"batch": 7}}, "monitor.batch = 7: expected a divisor of monitor.examples = 300"),
        ({"monitor": {"every": 0}}, "monitor.every = 0"),
    ],
)
def test_a_bad_value_is_refused_by_name(values, message):
    with pytest.raises(ConfigError) as error:
        parse(Experiment, values)
    assert message in str(error.value)


def test_machine_is_checked_too():
    with pytest.raises(ConfigError, match=r"machine\.device = tpu: expected one of auto, cpu, cuda"):
        Machine(device="tpu")


def test_cores_where_the_system_has_no_affinity(monkeypatch):
    """As on macOS."""
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert cores() == 7


EXPERIMENTS = [
    Experiment(Dataset(low=-1.0), depth=2, width=(30, 20), seed=3, monitor=Monitor(every=7)),
    Experiment(activation=Activation("leaky_relu", (("negative_slope", 0.2),))),
    Experiment(init=Init("variance_scaling", (("mode", "fan_out"), ("scale", 2.0)))),
    Experiment(optimizer=Optimizer("Adam", (("betas", (0.9, 0.99)), ("eps", 1e-7)))),
    Experiment(normalization="batch", dropout=0.5, residual=True, depth=2, lr_factors=(1.0, 2.0, 0.5)),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_round_trip_through_plain_values(experiment):
    again = parse(Experiment, experiment.to_dict())
    assert again == experiment
    assert again.run_id == experiment.run_id
    assert hash(again) == hash(experiment)


def test_the_stream_follows_the_seed_also_after_a_change():
    assert Experiment(seed=4).stream_seed == 4
    assert dataclasses.replace(Experiment(), seed=1).stream_seed == 1
    assert Experiment(seed=4, data_seed=0).stream_seed == 0
    assert dataclasses.replace(Experiment(data_seed=3), seed=1).stream_seed == 3


def test_stacks_share_everything_but_what_may_differ():
    key = Experiment().stack_key()
    for change in (
        {"activation": "sigmoid"},
        {"init": "normalized"},
        {"init": Init("normalized_hidden", (("scale", 1.25),))},
        {"lr": 0.5},
        {"lr_factors": (1.0, 1.0, 1.0, 1.0, 1.0, 0.5)},
        {"seed": 2, "data_seed": 0},
    ):
        assert Experiment(**change).stack_key() == key
    assert Experiment(depth=4).stack_key() != key
    assert Experiment(dropout=0.1).stack_key() != key
    assert Experiment(seed=2).stack_key() != key  # another stream of examples


def test_widths():
    assert Experiment(depth=3, width=50).widths == (50, 50, 50)
    assert Experiment(depth=2, width=(5, 7)).widths == (5, 7)


@pytest.mark.parametrize(
    ("change", "plain"),
    [({}, True), ({"activation": "relu", "init": "lsuv"}, True), ({"normalization": "batch"}, False),
     ({"dropout": 0.1}, False), ({"residual": True}, False)],
)  # fmt: skip
def test_plain_networks(change, plain):
    assert Experiment(**change).plain == plain


def test_no_more_is_monitored_than_the_test_set_has():
    assert Experiment(n_test=95).monitor == Monitor(examples=90)
    assert Experiment(n_test=95) == Experiment(n_test=95, monitor=Monitor(examples=90))
    one = Experiment(n_test=2, monitor=Monitor(batch=2, jacobian_examples=3))
    assert (one.monitor.examples, one.monitor.jacobian_examples) == (2, 2)
    assert Experiment(n_test=300).monitor == Monitor()
