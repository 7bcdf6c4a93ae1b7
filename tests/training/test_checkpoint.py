import pytest
import torch

from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.network.stack import Stack
from repro.runs.folder import Run
from repro.training import checkpoint
from repro.training.checkpoint import Records

EXPERIMENT = Experiment(depth=2, width=6)


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path, EXPERIMENT)


def state(seed=0):
    return {
        **Stack.initialize([Experiment(depth=2, width=6, seed=seed)], 5, 9).state(),
        "optimizer": {"step": 3},
    }


def test_a_checkpoint_brings_everything_back(run):
    saved = Records(update=40, measured=20, train_cost=1.25, train_errors=3, train_examples=50, seconds=2.5)
    saved.add_point("test", 0.3, 2, 10)
    saved.monitor.append((0, 1, "z_std", 0.1))
    saved.histograms["z/0/1"] = torch.ones(2, 4, dtype=torch.float64)
    checkpoint.save(run, saved, state(seed=0))
    restored, found = checkpoint.restore(run)
    assert found["optimizer"] == {"step": 3}
    assert torch.equal(restored.histograms.pop("z/0/1"), saved.histograms.pop("z/0/1"))
    assert restored == saved
    assert all(torch.equal(w, v) for w, v in zip(found["W"], state(seed=0)["W"], strict=True))
    assert checkpoint.updates_done(run) == 40
    assert run.read_json("status")["state"] == "running"


def test_without_a_checkpoint_records_are_new(run):
    assert checkpoint.restore(run) == (Records(), None)
    assert checkpoint.updates_done(run) == 0


@pytest.mark.parametrize("keep", [0, 100, -1, -80])
def test_a_truncated_checkpoint_is_named(run, keep):
    checkpoint.save(run, Records(), state())
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:keep])
    with pytest.raises(ConfigError, match=r"checkpoint\.pt is damaged"):
        checkpoint.restore(run)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_flipped_bit_is_noticed(run, share):
    """torch.load doesn't: it would go on to other numbers."""
    checkpoint.save(run, Records(), state())
    content = bytearray(run.checkpoint.read_bytes())
    content[int(share * len(content))] ^= 1
    run.checkpoint.write_bytes(content)
    with pytest.raises(ConfigError, match=r"checkpoint\.pt is damaged"):
        checkpoint.restore(run)


def test_torch_reads_a_checkpoint_by_itself(run):
    checkpoint.save(run, Records(update=5), state())
    assert torch.load(run.checkpoint, weights_only=True)["records"]["update"] == 5


def test_a_state_from_a_gpu_is_loaded_where_there_is_none(run, monkeypatch):
    """Weights are saved on the CPU; an optimizer's state stays where it was."""
    seen = {}
    load = torch.load
    monkeypatch.setattr(torch, "load", lambda *a, **k: seen.update(k) or load(*a, **k))
    checkpoint.save(run, Records(), state())
    checkpoint.restore(run)
    assert seen["map_location"] == "cpu"


def test_provenance_gets_a_segment_where_something_changed(run):
    for commit, update in (("a", 0), ("a", 50), ("b", 70)):
        checkpoint.add_segment(run, {"commit": commit}, update)
    segments = run.read_json("provenance")["segments"]
    assert segments == [{"from_update": 0, "commit": "a"}, {"from_update": 70, "commit": "b"}]


def test_provenance_of_the_first_version_is_kept(run):
    run.write_json("provenance", {"commit": "a", "threads": 1})
    checkpoint.add_segment(run, {"commit": "b", "threads": 1}, 30)
    assert run.read_json("provenance")["segments"] == [
        {"from_update": 0, "commit": "a", "threads": 1},
        {"from_update": 30, "commit": "b", "threads": 1},
    ]


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
    checkpoint.finish(run, r, torch.tensor([1, 2]), torch.tensor([1, 3]))
    assert run.complete
    assert run.state == "finished"
    result = run.read_json("result")
    assert (result["test_error"], result["updates_done"], result["diverged_at"]) == (0.3, 8, None)
    assert [a.tolist() for a in run.predictions] == [[1, 2], [1, 3]]
