import pytest

from repro.experiment.components import Init
from repro.experiment.settings import Dataset, Experiment
from repro.experiment.values import ConfigError
from repro.runs import Run
from repro.runs.choose import Words, chosen, results
from repro.runs.sweeps import Sweep


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    scaled = Init("normalized_hidden", (("scale", 1.1),))
    experiments = [
        Experiment(lr=0.1, seed=0),
        Experiment(lr=0.2, seed=1, activation="sigmoid"),
        Experiment(lr=0.3, seed=2, init=scaled, dataset=Dataset(low=-1.0)),
        Experiment(lr=0.4, seed=3, depth=2, width=(8, 9), residual=True),
    ]
    runs = [Run.create(folder, experiment) for experiment in experiments]
    runs[0].write_json("status", {"state": "failed", "update": 3})
    runs[1].write_json("result", {"updates_done": 9, "diverged_at": None, "test_error": 0.5})
    Sweep.begin(folder, runs[2:], ["-m", "seed=2,3"])
    return folder


def seeds(root, *words):
    return chosen(Words.parse([*words, f"machine.runs={root}"], []))["seed"].tolist()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {0, 1, 2, 3}),
        (["activation=tanh"], {0, 2, 3}),
        (["activation=tanh,sigmoid", "lr=0.10,2e-1"], {0, 1}),
        (["activation!=tanh"], {1}),
        (["lr>0.1", "lr<=0.3"], {1, 2}),
        (["init.scale=1.1"], {2}),
        (["init_scale=1.1"], {2}),
        (["init.scale=null"], {0, 1, 3}),
        (["dataset.low=-1"], {2}),
        (["width=[8,9]"], {3}),
        (["width=[8,9],1000"], {0, 1, 2, 3}),
        (["residual=true"], {3}),
        (["state=failed"], {0}),
        (["test_error<0.6"], {1}),
        (["where=lr > 0.15 and depth == 5"], {1, 2}),
        (["sweep=seed"], {2, 3}),
        (["sweep=seed", "lr<0.35"], {2}),
        (["seed=7"], set()),
    ],
)
def test_filters(root, words, expected):
    assert set(seeds(root, *words)) == expected


def test_a_name_a_part_of_it_or_a_path(root):
    run = Run.find(root, Experiment(lr=0.1))
    for word in (run.path.name, run.path.name[-10:], str(run.path), f"{run.path}/"):
        assert seeds(root, word) == [0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["activatio=tanh"], "unknown key activatio; did you mean activation?"),
        (["lr=fast"], "lr=fast: expected a number"),
        (["activation>tanh"], "activation isn't a number"),
        (["lr>1,2"], "expected one number"),
        (["where=lr >"], "where = lr >"),
        (["shapeset-tanh"], "3 runs have that in their name"),
        (["shapesett-sigmoid"], "no such run"),
        (["sweep=nothing"], "sweep = nothing: expected one of"),
        (["sweep=a", "sweep=b"], "expected sweep=... once"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(root, words, message):
    with pytest.raises(ConfigError) as raised:
        seeds(root, *words)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match=r"machine\.runs = .*no such folder of runs"):
        seeds(tmp_path / "nothing")
    assert chosen(Words.parse([f"machine.runs={tmp_path}", "lr=1"], [])).empty


def test_options_of_a_command_are_no_filters():
    words = Words.parse(["by=a,b", "lr=1", "name"], ["by"])
    assert (words.listed("by"), [str(f) for f in words.filters], words.names) == (
        ["a", "b"],
        ["lr=1"],
        ["name"],
    )
    with pytest.raises(ConfigError, match="by = a,b: expected one of x, ab; did you mean ab"):
        words.option("by", "x", ["x", "ab"])


def test_values_that_can_be_averaged():
    assert results(["test_cost", "seconds"]) == ["test_cost", "seconds"]
    with pytest.raises(ConfigError, match="tset_error; did you mean test_error"):
        results(["tset_error"])
