import pytest
import yaml

from repro.experiment import components, compose
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError


def test_the_defaults_are_those_of_the_dataclasses():
    ((experiment, machine),) = compose.compose_all([[]])
    assert experiment == Experiment(valid_every=20_000)  # which the first runs hadn't
    assert machine == Machine()


@pytest.mark.parametrize("group", ["activation", "init", "normalization", "dataset"])
def test_each_component_can_be_chosen(group):
    names = components.names(group)
    composed = compose.compose_all([[f"{group}={name}"] for name in names])
    assert [getattr(experiment, group).name for experiment, _ in composed] == list(names)


def test_options_are_keys_below_the_name():
    words = ["activation=leaky_relu", "activation.negative_slope=0.2", "init=orthogonal", "init.gain=2"]
    ((experiment, _),) = compose.compose_all([words])
    assert dict(experiment.activation.options) == {"negative_slope": 0.2}
    assert dict(experiment.init.options) == {"gain": 2.0}
    jobs = compose.expand(["init=normalized_hidden", "init.scale=1.1,1.3"])
    assert [dict(e.init.options)["scale"] for e, _ in compose.compose_all(jobs)] == [1.1, 1.3]


@pytest.mark.parametrize("path", sorted((compose.CONF / "init").glob("*.yaml")), ids=lambda p: p.stem)
def test_presets_say_their_formula_and_have_no_identity_of_their_own(path):
    assert "W ~ " in path.read_text().splitlines()[0]
    ((experiment, _),) = compose.compose_all([[f"init={path.stem}"]])
    assert experiment.init.name in components.names("init")


def test_what_pytorch_and_keras_draw_today_are_the_papers_two():
    words = [[f"init={name}"] for name in ("pytorch_linear", "standard", "keras_dense", "normalized")]
    pytorch, standard, keras, normalized = (e.run_id for e, _ in compose.compose_all(words))
    assert (pytorch, keras) == (standard, normalized)


@pytest.mark.parametrize("scale", ["smoke", "quick", "lab", "paper"])
def test_scales_compose(scale):
    ((experiment, _),) = compose.compose_all([[f"scale={scale}", "activation=softsign"]])
    assert experiment.activation.name == "softsign"
    assert experiment.width == (50 if scale == "smoke" else 1000)


@pytest.mark.parametrize("path", sorted((compose.CONF / "study").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_study_composes_and_opens_with_its_command(path):
    assert path.read_text().splitlines()[1].startswith("# python -m repro ")
    assert compose.compose_all(compose.expand([f"study={path.stem}"]))


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
        ("activation=relux", "did you mean relu?"),
        ("scale=huge", "scale = huge: expected one of lab, paper, quick, smoke"),
        ("init=3", "init = 3: expected one of he_normal"),
        ("init=xavier", "did you mean xavier_normal?"),
        ("activation.slope=1", "unknown key activation.slope"),
        ("lr=fast", "lr = 'fast': expected a number"),
        ("lr=", "lr = '': expected a number"),
        ("depth=0", "depth = 0"),
        ("machine.device=tpu", "machine.device = tpu: expected one of auto, cpu, cuda"),
        ("lr", "write key=value"),
        ("=3", "write key=value"),
        ("seed=${nothing}", "nothing"),
        ("study=nothing", "study = nothing: expected one of"),
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
    assert {(e.activation.name, e.seed, e.depth) for e in experiments} == {
        (a, s, 4) for a in ("tanh", "sigmoid") for s in (0, 1)
    }


def test_a_sweep_inside_a_study_is_kept(tmp_path, monkeypatch):
    """Hydra drops it silently when studies are swept over."""
    for name, rates in (("a", "0.1,0.2"), ("b", "0.3")):
        content = {"depth": 2, "hydra": {"sweeper": {"params": {"lr": rates}}}}
        (tmp_path / "study").mkdir(exist_ok=True)
        text = "# @package _global_\n" + yaml.safe_dump(content)
        (tmp_path / "study" / f"{name}.yaml").write_text(text)
    monkeypatch.setattr(compose, "CONF", tmp_path)
    jobs = compose.expand(["study=a,b", "seed=0,1"])
    assert len(jobs) == 6
    assert ("study=a", "seed=1", "lr=0.2") in jobs
    assert ("study=b", "seed=0", "lr=0.3") in jobs
    assert compose.expand(["study=a", "lr=5"]) == [("study=a", "lr=5")]  # the command line wins
