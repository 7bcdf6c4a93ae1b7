import shlex

import pytest

from repro.experiment.components import Activation, Init
from repro.experiment.compose import compose_all
from repro.experiment.flat import label, settings_of, text, varying
from repro.experiment.settings import Dataset, Experiment, Optimizer


def test_keys_are_those_of_the_command_line():
    """So that a filter is written as the setting was."""
    flat = settings_of(Experiment(activation=Activation("leaky_relu", (("negative_slope", 0.3),))))
    words = [f"{key}={text(value)}" for key, value in flat.items() if value != ""]
    ((experiment, _),) = compose_all([words])
    assert settings_of(experiment) == flat


def test_options_are_beside_their_part_and_flat():
    flat = settings_of(Experiment(optimizer=Optimizer("SGD", (("momentum", 0.9),)), depth=2, width=(8, 9)))
    assert (flat["optimizer"], flat["optimizer.options.momentum"]) == ("SGD", 0.9)
    assert (flat["dataset"], flat["dataset.low"], flat["monitor.examples"]) == ("shapeset", 0.0, 300)
    assert not any(isinstance(value, dict) for value in flat.values())


def test_what_varies():
    one = Experiment(activation="tanh", seed=1)
    assert varying([one]) == varying([one, one]) == varying([]) == []
    others = [one, Experiment(activation="sigmoid", seed=2), Experiment(dataset=Dataset(low=-1.0))]
    assert varying(others) == ["dataset.low", "activation", "seed"]
    scaled = [Experiment(init=Init("normalized_hidden", (("scale", s),))) for s in (1.1, 1.2)]
    assert varying(scaled) == ["init.scale"]
    assert varying([*scaled, one]) == ["init", "init.scale", "seed"]


def test_a_label_has_only_the_settings_that_a_run_has():
    assert label(Experiment(lr=0.5), ["init.scale", "lr", "lr_factors"]) == "lr=0.5 lr_factors=null"


@pytest.mark.parametrize(
    ("value", "word"), [((8, 9), "[8,9]"), (None, "null"), (True, "true"), (1e-5, "1e-05"), ("tanh", "tanh")]
)
def test_text(value, word):
    assert text(value) == word
    assert shlex.split(word) == [word]
