"""Hydra's own syntax: each piece of it works, or is refused in one line before any work."""

import pytest

from repro import __main__ as entry
from repro.experiment.components import names
from repro.experiment.compose import compose_all, expand
from repro.experiment.help import settings
from repro.experiment.values import ConfigError


def values(*words):
    """Of the first word's key in every job."""
    key = words[0].lstrip("+").partition("=")[0]
    return [dict(word.split("=", 1) for word in job)[key] for job in expand(words)]


def test_glob_chooses_among_the_files_of_a_group():
    assert values("activation=glob(*)") == list(names("activation"))
    assert values("activation=glob([t*,s*],exclude=sig*)") == ["softplus", "softsign", "tanh"]
    assert "he_normal" in values("init=glob(*)")  # presets, too


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("lr=range(0.1,0.5,0.1)", [0.1, 0.2, 0.3, 0.4]),  # not 0.30000000000000004, which is another run
        ("seed=range(0,3)", [0, 1, 2]),
        ("lr=choice(0.1,0.2)", [0.1, 0.2]),
        ("seed=sort(3,1,2)", [1, 2, 3]),
    ],
)
def test_lists_of_values(word, expected):
    key = word.partition("=")[0]
    assert [getattr(e, key) for e, _ in compose_all(expand([word]))] == expected


def test_shuffled_it_is_the_same_runs():
    assert sorted(values("seed=shuffle(range(5))")) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lr=interval(0,1)"], "an interval is for a sweeper that searches it, such as hydra/sweeper=optuna"),
        (["lr=tag(log,interval(0,1))"], "an interval is for a sweeper"),
        (["lr=glob(*)"], "glob chooses among the files of activation, "),
        (["hydra.sweep.dir=there"], "machine.runs=… is the folder of runs"),
        (["hydra.run.dir=there"], "machine.runs=… is the folder of runs"),
        (["hydra.mode=FOO"], "hydra.mode=FOO: expected RUN or MULTIRUN"),
        (["+experiment=mine"], "ready-made sweeps are study=mine"),
        (["--config-dir", "nowhere"], "nowhere: no such folder of settings"),
        (["--config-dir"], "folder"),
        (["study=input_range"], "add -m"),
        (["activation=null"], "activation"),
        (["activation=[/x]"], "activation = [/x]: expected one of"),
        (["dataset.high=inf"], "dataset.high = inf"),
        (["optimizer.name=Foo"], "torch.optim has no such optimizer"),
        (["optimizer.name=LBFGS"], "it can't train these networks"),
        (["optimizer.name=Adam", "++optimizer.options.foo=1"], "unexpected keyword argument 'foo'"),
        (["-m", "seed=0,1", "dataset=shapeset,mnist"], "dataset = mnist: no file"),
        (["-m", "hydra/launcher=basic", "lrr=1"], "unknown key lrr; did you mean lr?"),
    ],
)
def test_refused_in_one_line_with_nothing_left_behind(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["repro", "width=9", "updates=0", *words])
    assert entry.main() == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and error.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["-m"], ["--multirun"], ["hydra.mode=MULTIRUN"], ["hydra.mode=multirun"]])
def test_all_ways_to_ask_for_a_sweep(words):
    assert [e.seed for e, _ in entry.requested([*words, "seed=0,1"])] == [0, 1]
    with pytest.raises(ConfigError, match="add -m"):
        entry.requested(["hydra.mode=RUN", "seed=0,1"])


@pytest.mark.parametrize(
    "flag", ["--config-dir {}", "--config-dir={}", "-cd {}", "hydra.searchpath=[file://{}]"]
)
def test_a_folder_of_settings_of_ones_own(tmp_path, flag):
    for group, name, text in (
        ("init", "mine", "name: orthogonal\ngain: 1.5\n"),
        ("study", "two", "# @package _global_\nhydra: {sweeper: {params: {depth: '1,2'}}}\nwidth: 7\n"),
        ("experiment", "wide", "# @package _global_\nwidth: 44\n"),
    ):
        (tmp_path / group).mkdir()
        (tmp_path / group / f"{name}.yaml").write_text(text)
    own = flag.format(tmp_path).split()
    ((experiment, _),) = entry.requested([*own, "init=mine"])
    assert str(experiment.init) == "orthogonal(gain=1.5)"
    assert [(e.depth, e.width) for e, _ in entry.requested([*own, "-m", "study=two"])] == [(1, 7), (2, 7)]
    assert entry.requested([*own, "+experiment=wide"])[0][0].width == 44
    assert "mine" in [
        dict(w.split("=", 1) for w in job)["init"] for job in expand(["init=glob(m*)", *searched(own)])
    ]


def searched(own):
    return entry._translated(own)[0]


def test_a_group_that_is_there_needs_no_plus():
    assert expand(["+study=input_range"]) == expand(["study=input_range"])


def test_help_describes_every_group_and_key_without_hydras():
    text = settings()
    for key in ("activation", "study", "batch_size", "jacobian_examples", "workers"):
        assert f" {key}" in text
    assert "hydra" not in text and "defaults:" not in text.replace("and their defaults:", "")


def test_other_commands_are_words_of_repro(monkeypatch, capsys):
    for name in entry.COMMANDS:
        if name != "bench":  # imports torch
            monkeypatch.setattr("sys.argv", ["repro", name, "--help"])
            try:
                assert entry.main() == 0
            except SystemExit as done:  # argparse's
                assert not done.code
            assert "repro" in capsys.readouterr().out
