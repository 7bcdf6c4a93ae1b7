"""Whole runs: reproducible, resumable after a kill, measured without being disturbed."""

import json
import os
import random
import time
from dataclasses import replace

import pandas as pd
import pytest
import torch

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor, Optimizer
from repro.experiment.values import ConfigError
from repro.network.stack import scores
from repro.network.start import start
from repro.processes import processes
from repro.runs.folder import Run
from repro.training import checkpoint
from repro.training import trainer as module
from repro.training.trainer import Trainer, find_device, train

SMALL = Experiment(
    depth=2, width=20, updates=230, n_valid=40, n_test=60, curve_every=100, lr=0.1,
    monitor=Monitor(examples=30, batch=10, every=100, jacobian_examples=2),
)  # fmt: skip
MACHINE = Machine(device="cpu", threads=1, weights=True)


def made(root, *experiments):
    runs = [Run.create(root, e) for e in experiments]
    train(runs, MACHINE)
    return runs


def weights(run):
    content = torch.load(run.checkpoint, weights_only=True)
    return content["W"] + content["b"]


def same_bits(one, other):
    assert all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))
    for name in ("curve.csv", "monitor.csv"):
        assert (one.path / name).read_text() == (other.path / name).read_text()


def test_a_run_is_complete_and_measured_when_it_should_be(tmp_path):
    (run,) = made(tmp_path, SMALL)
    assert run.state == "finished"
    assert run.curve.query("split == 'test'")["update"].tolist() == [0, 100, 200, 230]
    assert run.curve.query("split == 'train'")["update"].tolist() == [100, 200, 230]
    assert sorted(run.monitor["update"].unique()) == [0, 1, 2, 5, 10, 20, 50, 100, 200, 230]
    assert {key.split("/")[1] for key in run.histograms} == {"0", "230"}
    predicted, label = run.predictions
    result = run.read_json("result")
    assert result["test_error"] == pytest.approx((predicted != label).mean())
    assert run.curve["error"].iloc[-1] == result["test_error"]
    (segment,) = run.read_json("provenance")["segments"]
    assert {"commit", "threads", "packages", "products", "tf32"} <= set(segment)


@pytest.mark.parametrize(
    ("every", "validated"), [(None, [0, 100, 200, 230]), (200, [200, 230]), (230, [230]), (10**6, [230])]
)
def test_validation_is_as_rare_as_asked_for(tmp_path, every, validated):
    """What is measured all the same, and the weights, are those of a run with all of it."""
    (run,), (full,) = (
        made(tmp_path / "run", replace(SMALL, valid_every=every)),
        made(tmp_path / "full", SMALL),
    )
    assert run.curve.query("split == 'valid'")["update"].tolist() == validated
    kept = full.curve.query("split != 'valid' or update in @validated").reset_index(drop=True)
    pd.testing.assert_frame_equal(run.curve, kept)
    assert all(torch.equal(a, b) for a, b in zip(weights(run), weights(full), strict=True))


def test_a_run_without_updates_is_validated(tmp_path):
    (run,) = made(tmp_path, replace(SMALL, updates=0, valid_every=100))
    assert run.curve["split"].tolist() == ["valid", "test"]


def test_training_learns(tmp_path):
    (run,) = made(tmp_path, replace(SMALL, updates=3000, curve_every=3000, n_test=1000, lr=0.3))
    first, last = run.curve.query("split == 'test'")["cost"].iloc[[0, -1]]
    assert last < first - 0.05


def test_same_seed_same_bits_and_another_seed_other_bits(tmp_path):
    (one,), (again,) = made(tmp_path / "a", SMALL), made(tmp_path / "b", SMALL)
    same_bits(one, again)
    (other,) = made(tmp_path / "c", replace(SMALL, seed=1))
    assert not torch.equal(weights(one)[0], weights(other)[0])


def test_monitoring_leaves_the_weights_alone(tmp_path):
    """Bit for bit, whether measured at every update or only at both ends."""
    rare = Monitor(examples=30, batch=10, every=10**6, early=False, jacobian_examples=0)
    often = Monitor(examples=30, batch=10, every=1, jacobian_examples=1)
    short = replace(SMALL, updates=60)
    (one,) = made(tmp_path, replace(short, monitor=rare, curve_every=10**6))
    (other,) = made(tmp_path, replace(short, monitor=often, curve_every=7))
    assert all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def test_a_complete_run_is_not_made_again(tmp_path, monkeypatch):
    (run,) = made(tmp_path, SMALL)
    monkeypatch.setattr(module, "Trainer", None)  # would fail if used
    train([run], MACHINE)


def test_a_stack_trains_each_network_as_if_alone(tmp_path):
    members = [
        replace(SMALL, activation=a, lr=r) for a, r in (("tanh", 0.1), ("sigmoid", 0.5), ("tanh", 0.02))
    ]
    together = made(tmp_path / "stack", *members)
    for run, member in zip(together, members, strict=True):
        (alone,) = made(tmp_path / "alone", member)
        for a, b in zip(weights(run), weights(alone), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(
            torch.tensor(run.monitor["value"].to_numpy()), torch.tensor(alone.monitor["value"].to_numpy()),
            rtol=1e-3, atol=1e-4,
        )  # fmt: skip


def test_a_diverging_run_is_recorded_at_its_update_and_stops_nothing_else(tmp_path):
    bad, good = made(tmp_path, replace(SMALL, lr=1e38), SMALL)
    assert (bad.state, good.state) == ("diverged", "finished")
    update = bad.read_json("result")["diverged_at"]
    assert 0 < update < SMALL.updates
    assert good.read_json("result")["diverged_at"] is None
    same_bits(good, *made(tmp_path / "alone", SMALL))
    again = Trainer([Run.create(tmp_path / "check", replace(SMALL, lr=1e38))], torch.device("cpu"), 1)
    for u in range(update + 1):  # independently: the first update whose cost is not finite
        x, y = again.source.batches(u, 1)
        cost, _, _ = scores(again.engine.outputs(x[0]), y[0], "nll")
        assert cost.isfinite().item() == (u < update)
        again.engine.updates(u, x, y)


def train_and_save(run):
    """In a process of its own: with a checkpoint after every block."""
    module.CHECKPOINT_SECONDS = 0.0
    train([run], MACHINE)


def test_killed_at_any_moment_it_resumes_to_the_same_bits(tmp_path):
    experiment = replace(SMALL, updates=3000, curve_every=500)
    whole = Run.create(tmp_path / "whole", experiment)
    train([whole], MACHINE)
    killed = Run.create(tmp_path / "killed", experiment)
    chance, progress = random.Random(0), [0]
    for _ in range(3):
        process = processes().Process(target=train_and_save, args=(killed,))
        process.start()
        deadline = time.monotonic() + 60  # at work again: some checkpoint further than the last process
        while killed.status.get("update", 0) <= progress[-1] and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        process.join()
        progress.append(killed.status["update"])
        assert not killed.complete
    assert progress == sorted(set(progress))
    train([killed], MACHINE)
    same_bits(whole, killed)


def test_runs_of_a_stack_that_stand_at_different_updates_all_end(tmp_path):
    runs = [Run.create(tmp_path, replace(SMALL, lr=lr)) for lr in (0.1, 0.2)]
    ahead = Trainer(runs[:1], torch.device("cpu"), 1)
    ahead.measure()
    ahead.advance(1)
    ahead.save()
    train(runs, MACHINE)
    assert [run.state for run in runs] == ["finished", "finished"]
    same_bits(runs[0], *made(tmp_path / "alone", replace(SMALL, lr=0.1)))


def test_a_full_disk_is_reported_and_the_last_checkpoint_stays_good(tmp_path, monkeypatch):
    run = Run.create(tmp_path, SMALL)
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)
    sync, calls = os.fsync, []

    def sometimes(handle):
        calls.append(handle)
        if 12 < len(calls) < 16:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", sometimes)
    with pytest.raises(OSError, match="No space left"):
        train([run], MACHINE)
    monkeypatch.setattr(os, "fsync", sync)
    train([run], MACHINE)
    same_bits(run, *made(tmp_path / "undisturbed", SMALL))


def test_an_error_goes_into_the_status(tmp_path, monkeypatch):
    run = Run.create(tmp_path, SMALL)

    def broken(self, count):
        raise RuntimeError("something broke")

    monkeypatch.setattr(Trainer, "advance", broken)
    with pytest.raises(RuntimeError, match="something broke"):
        train([run], MACHINE)
    status = json.loads((run.path / "status.json").read_text())
    assert status["state"] == "failed"
    assert status["error"] == "RuntimeError: something broke"
    assert "in broken" in status["traceback"]
    assert not run.complete


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_named():
    with pytest.raises(ConfigError, match=r"machine\.device = cuda"):
        find_device("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_computes_what_the_cpu_computes(tmp_path):
    short = replace(SMALL, updates=50)
    (cpu,) = made(tmp_path / "cpu", short)
    gpu = Run.create(tmp_path / "gpu", short)
    train([gpu], Machine(device="cuda", weights=True))
    for a, b in zip(weights(cpu), weights(gpu), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_a_normalized_network_with_dropout_resumes_to_the_same_bits(tmp_path, monkeypatch):
    """What normalizations remember is in the checkpoint, and what is dropped depends on the update alone."""
    experiment = replace(
        SMALL, normalization="batch", dropout=0.2, residual=True, activation="relu", init="lsuv"
    )
    (whole,) = made(tmp_path / "whole", experiment)
    killed = Run.create(tmp_path / "killed", experiment)
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)

    def stop(done, seen=[]):  # noqa: B006
        seen.append(done)
        if sum(seen) > 120:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([killed], MACHINE, stop)
    assert 0 < killed.status["update"] < SMALL.updates
    train([killed], MACHINE)
    one, other = (checkpoint.restore(run)[1]["network"] for run in (whole, killed))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any("running_mean" in name for name in one)
    for name in ("curve.csv", "monitor.csv"):
        assert (whole.path / name).read_text() == (killed.path / name).read_text()


def test_rates_per_layer(tmp_path):
    """A layer with rate 0 stays as drawn, in either engine."""
    for optimizer in (Optimizer(), Optimizer("SGD")):
        factors = (1.0, 0.0, 0.5)
        (run,) = made(tmp_path, replace(SMALL, lr_factors=factors, optimizer=optimizer))
        drawn = start(run.experiment, 1024, 9)
        state = checkpoint.restore(run)[1]
        same = [torch.equal(w[0], v) for w, v in zip(state["W"], drawn.W, strict=True)]
        assert same == [False, True, False]
        (scaled,) = made(tmp_path, replace(SMALL, lr=0.05, lr_factors=(2.0, 0.0, 1.0), optimizer=optimizer))
        for a, b in zip(weights(run), weights(scaled), strict=True):
            torch.testing.assert_close(a, b)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "gelu", "softplus", "hard_tanh"])
def test_every_activation_trains_alike_in_both_engines(tmp_path, activation):
    fused, autograd = (
        made(tmp_path, *(replace(SMALL, activation=activation, optimizer=o) for o in (Optimizer(),)))[0],
        made(tmp_path, replace(SMALL, activation=activation, optimizer=Optimizer("SGD")))[0],
    )
    for a, b in zip(weights(fused), weights(autograd), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
    assert fused.read_json("result")["test_error"] < 1


def test_overflow_at_a_jacobian_is_a_divergence(tmp_path):
    """Weights that overflow in the last update before everything is measured."""
    settings = {"updates": 2, "monitor": replace(SMALL.monitor, every=1)}
    for lr in (1e20, 1e30, 1e38):
        (run,) = made(tmp_path, replace(SMALL, lr=lr, activation="relu", **settings))
        assert run.state == "diverged"
        json.loads((run.path / "result.json").read_text(), parse_constant=pytest.fail)  # no NaN: not JSON


def test_the_test_set_is_evaluated_once_at_the_end(tmp_path, monkeypatch):
    run = Run.create(tmp_path, replace(SMALL, updates=100))
    trainer = Trainer([run], torch.device("cpu"), 1)
    seen, evaluate = [], trainer._evaluate
    monkeypatch.setattr(trainer, "_evaluate", lambda split: seen.append(trainer.update) or evaluate(split))
    trainer.run_to_end(lambda done: None)
    assert seen == [0, 0, 100, 100]  # validation and test set


@pytest.mark.parametrize("threads", [1, 3])
def test_pieces_side_by_side_are_evaluated_alike(tmp_path, threads):
    experiment = replace(SMALL, updates=0, n_test=2345)
    run = Run.create(tmp_path, experiment)
    trainer = Trainer([run], torch.device("cpu"), threads)
    split = trainer.source.test
    cost, errors, predicted = trainer._evaluate(split)
    whole = trainer.engine.outputs(trainer.source.inputs(split.pixels))
    assert torch.equal(predicted, whole.argmax(-1))
    assert errors.item() == (predicted[0] != split.labels).sum().item()
    assert cost.item() == pytest.approx(scores(whole, split.labels, "nll")[0].item(), rel=1e-6)
