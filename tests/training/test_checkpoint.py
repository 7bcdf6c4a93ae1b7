import pytest
import torch

from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.network.stack import Stack
from repro.runs.folder import Run
from repro.training import checkpoint as records
from repro.training.checkpoint import Records

EXPERIMENT = Experiment(depth=2, width=6)


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path, EXPERIMENT)


def network(seed=0):
    return Stack.initialize([Experiment(depth=2, width=6, seed=seed)], 5, 9)


def test_a_checkpoint_brings_everything_back(run):
    saved = Records(update=40, measured=20, train_cost=1.25, train_errors=3, train_examples=50, seconds=2.5)
    saved.add_point("test", 0.3, 2, 10)
    saved.monitor.append((0, 1, "z_std", 0.1))
    saved.histograms["z/0/1"] = torch.ones(2, 4, dtype=torch.float64)
    records.save(run, saved, network(seed=0), {"step": 3})
    other = network(seed=1)
    state = {}
    restored = records.restore(run, other, state.update)
    assert state == {"step": 3}
    assert torch.equal(restored.histograms.pop("z/0/1"), saved.histograms.pop("z/0/1"))
    assert restored == saved
    assert all(torch.equal(w, v) for w, v in zip(other.W, network(seed=0).W, strict=True))
    assert records.updates_done(run) == 40
    assert run.read_json("status")["state"] == "running"


def test_without_a_checkpoint_records_are_new(run):
    assert records.restore(run, network(), print) == Records()
    assert records.updates_done(run) == 0


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_damaged_checkpoint_is_named(run, keep):
    records.save(run, Records(), network(), {})
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:keep])
    with pytest.raises(ConfigError, match=r"checkpoint\.pt is damaged"):
        records.restore(run, network(), print)


def test_a_checkpoint_of_another_shape_is_named(run):
    records.save(run, Records(), network(), {})
    other = Stack.initialize([Experiment(depth=2, width=7)], 5, 9)
    with pytest.raises(ConfigError, match=r"checkpoint\.pt"):
        records.restore(run, other, print)


def test_the_training_error_is_a_mean_since_the_last_point():
    r = Records(update=10)
    r.close_training()
    assert r.curve == []
    r.add_training(cost=4.0, errors=3, n=5)
    r.add_training(cost=2.0, errors=1, n=5)
    r.close_training()
    assert r.curve == [(10, "train", 0.6, 0.4)]
    assert r.train_examples == 0


def test_finish_writes_the_last_values(run):
    r = Records(update=7)
    r.add_point("test", 3.0, 4, 10)
    r.update = 8
    r.add_point("test", 2.0, 3, 10)
    records.finish(run, r, torch.tensor([1, 2]), torch.tensor([1, 3]))
    assert run.complete
    assert run.state == "finished"
    result = run.read_json("result")
    assert (result["test_error"], result["updates_done"], result["diverged_at"]) == (0.3, 8, None)
    assert [a.tolist() for a in run.predictions] == [[1, 2], [1, 3]]
