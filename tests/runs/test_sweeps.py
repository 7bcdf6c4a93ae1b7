import json

import pytest

from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.runs import Run
from repro.runs.sweeps import Sweep

WORDS = ["-m", "lr=0.1,0.2", "activation=glob(*)"]


@pytest.fixture
def runs(tmp_path):
    return [Run.create(tmp_path, Experiment(lr=lr)) for lr in (0.1, 0.2)]


def test_a_sweep_records_what_was_asked_for(tmp_path, runs):
    sweep = Sweep.begin(tmp_path, runs, WORDS)
    assert sweep.record == {
        "command": "python -m repro -m lr=0.1,0.2 'activation=glob(*)'",
        "overrides": ["lr=0.1,0.2", "activation=glob(*)"],
        "varies": ["lr"],
        "runs": [run.path.name for run in runs],
    }
    assert sweep.runs == runs


def test_the_same_runs_are_the_same_sweep_in_any_order(tmp_path, runs):
    one = Sweep.begin(tmp_path, runs, WORDS)
    assert Sweep.begin(tmp_path, runs[::-1], ["-m", "lr=0.2,0.1"]) == one
    other = [*runs, Run.create(tmp_path, Experiment(lr=0.3))]
    assert Sweep.begin(tmp_path, other, WORDS) != one
    assert len(list((tmp_path / "sweeps").iterdir())) == 2


def test_a_sweep_is_found_by_part_of_its_name(tmp_path, runs):
    sweep = Sweep.begin(tmp_path, runs, WORDS)
    assert Sweep.find(tmp_path, "lr-") == Sweep.find(tmp_path, sweep.name) == sweep
    with pytest.raises(ConfigError, match=f"sweep = rl: expected one of {sweep.name}"):
        Sweep.find(tmp_path, "rl")
    with pytest.raises(ConfigError, match="there is no sweep yet"):
        Sweep.find(tmp_path / "elsewhere", "lr")
    Sweep.begin(tmp_path, runs[:1] * 2 + [Run.create(tmp_path, Experiment(lr=0.3))], WORDS)
    with pytest.raises(ConfigError, match="sweep = lr"):
        Sweep.find(tmp_path, "lr")


def test_many_settings_make_no_endless_name(tmp_path):
    runs = [
        Run.create(tmp_path, Experiment(depth=d, width=d, lr=d, updates=d, n_valid=d, batch_size=d,
                                        curve_every=d, seed=d, dropout=d / 10, cost=cost,
                                        activation=activation, init=init, residual=d > 1))
        for d, cost, activation, init in ((1, "nll", "tanh", "lsuv"), (2, "quadratic", "relu", "normalized"))
    ]  # fmt: skip
    assert len(Sweep.begin(tmp_path, runs, WORDS).name) < 90


def test_runs_that_were_removed_are_left_out(tmp_path, runs):
    sweep = Sweep.begin(tmp_path, runs, WORDS)
    (runs[0].path / "config.yaml").unlink()
    runs[0].path.rmdir()
    assert sweep.runs == runs[1:]


@pytest.mark.parametrize("content", ["", "[]", '{"runs": []}', "\xff"])
def test_a_damaged_record_is_named(tmp_path, runs, content):
    sweep = Sweep.begin(tmp_path, runs, WORDS)
    (sweep.path / "sweep.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"unreadable sweep\.json"):
        _ = sweep.record


def test_a_folder_that_cannot_be_written_is_named(tmp_path, runs):
    (tmp_path / "sweeps").write_text("a file")
    with pytest.raises(ConfigError, match="can't write there"):
        Sweep.begin(tmp_path, runs, WORDS)


def test_a_record_is_json_that_any_program_reads(tmp_path, runs):
    sweep = Sweep.begin(tmp_path, runs, WORDS)
    assert json.loads((sweep.path / "sweep.json").read_text())["varies"] == ["lr"]
