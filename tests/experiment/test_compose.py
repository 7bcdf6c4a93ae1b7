import pytest
import yaml

from repro.experiment import compose
from repro.experiment import settings as config
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError


def test_the_defaults_are_those_of_the_dataclasses():
    ((experiment, machine),) = compose.compose_all([[]])
    assert experiment == Experiment()
    assert machine == Machine()


@pytest.mark.parametrize(
    ("group", "names"),
    [("activation", config.ACTIVATIONS), ("init", config.INITS), ("dataset", config.DATASETS)],
)
def test_each_allowed_name_has_a_file(group, names):
    assert {path.stem for path in (compose.CONF / group).glob("*.yaml")} == set(names)
    for name, (experiment, _) in zip(
        names, compose.compose_all([[f"{group}={name}"] for name in names]), strict=True
    ):
        chosen = getattr(experiment, group)
        assert getattr(chosen, "name", chosen) == name


@pytest.mark.parametrize("scale", ["smoke", "quick", "lab", "paper"])
def test_scales_compose(scale):
    ((experiment, _),) = compose.compose_all([[f"scale={scale}", "activation=softsign"]])
    assert experiment.activation == "softsign"
    assert experiment.width == (50 if scale == "smoke" else 1000)


@pytest.mark.parametrize("path", sorted((compose.CONF / "experiment").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_experiment_file_composes_and_opens_with_its_command(path):
    assert path.read_text().splitlines()[1].startswith("# python -m repro ")
    assert compose.compose_all(compose.expand([f"experiment={path.stem}"]))


def test_keys_on_the_command_line_win_over_the_scale():
    ((experiment, _),) = compose.compose_all([["scale=smoke", "updates=7", "width=[9,8]", "depth=2"]])
    assert (experiment.updates, experiment.widths) == (7, (9, 8))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("lrr=1", "unknown key lrr; did you mean lr?"),
        ("dataset.nam=1", "unknown key dataset.nam; did you mean dataset.name?"),
        ("+extra=1", "unknown key extra"),
        ("optimiser/foo=2", "unknown key optimiser/foo"),
        ("activation=relux", "activation = relux: expected one of sigmoid, softsign, tanh"),
        ("scale=huge", "scale = huge: expected one of lab, paper, quick, smoke"),
        ("init=3", "init"),
        ("lr=fast", "lr = 'fast': expected a number"),
        ("lr=", "lr = '': expected a number"),
        ("depth=0", "depth = 0"),
        ("machine.device=tpu", "machine.device = tpu: expected one of auto, cpu, cuda"),
        ("lr", "write key=value"),
        ("=3", "write key=value"),
        ("seed=${nothing}", "nothing"),
        ("experiment=nothing", "experiment = nothing: expected one of"),
    ],
)
def test_one_sentence_for_each_mistake(override, message):
    with pytest.raises(ConfigError) as error:
        compose.compose_all(compose.expand([override]))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_sweeps_expand_to_all_combinations():
    jobs = compose.expand(["activation=tanh,sigmoid", "seed=range(2)", "depth=4"])
    assert len(jobs) == 4
    experiments = [experiment for experiment, _ in compose.compose_all(jobs)]
    assert {(e.activation, e.seed, e.depth) for e in experiments} == {
        (a, s, 4) for a in ("tanh", "sigmoid") for s in (0, 1)
    }


def test_a_sweep_inside_an_experiment_file_is_kept(tmp_path, monkeypatch):
    """Hydra drops it silently when experiments are swept over."""
    for name, rates in (("a", "0.1,0.2"), ("b", "0.3")):
        content = {"depth": 2, "hydra": {"sweeper": {"params": {"lr": rates}}}}
        (tmp_path / "experiment").mkdir(exist_ok=True)
        text = "# @package _global_\n" + yaml.safe_dump(content)
        (tmp_path / "experiment" / f"{name}.yaml").write_text(text)
    monkeypatch.setattr(compose, "CONF", tmp_path)
    jobs = compose.expand(["experiment=a,b", "seed=0,1"])
    assert len(jobs) == 6
    assert ("experiment=a", "seed=1", "lr=0.2") in jobs
    assert ("experiment=b", "seed=0", "lr=0.3") in jobs
    assert compose.expand(["experiment=a", "lr=5"]) == [("experiment=a", "lr=5")]  # the command line wins
