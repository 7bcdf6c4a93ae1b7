"""Denoising auto-encoders: the gradient by finite differences, the noise, the phase and its resumption."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from repro.data.source import load
from repro.experiment.components import Pretraining
from repro.experiment.settings import Dataset
from repro.experiment.values import ConfigError
from repro.network.autoencoder import SHOWN, Autoencoder
from repro.network.start import start
from repro.runs.folder import Run
from repro.training import checkpoint, pretraining
from tests.training.test_trainer import MACHINE, SMALL, same_bits, train

B, D, N = 5, 8, 6
CHOSEN = Pretraining("denoising", (("share", 1.0),))
E = replace(SMALL, pretraining=CHOSEN, init="normalized")


def autoencoder(activation="tanh", layer=2, corruption=0.25, lr=0.1, seed=0):
    generator = torch.Generator().manual_seed(3)
    W = torch.rand(N, D, generator=generator, dtype=torch.float64) - 0.5
    b = torch.linspace(-0.2, 0.3, N, dtype=torch.float64)
    bounds = (0.0, 1.0) if layer == 1 or activation == "sigmoid" else (-1.0, 1.0)
    e = replace(E, activation=activation, seed=seed)
    made = Autoencoder(W, b, e, layer, bounds, corruption, lr)
    made.c = torch.linspace(-0.1, 0.2, D, dtype=torch.float64)
    return made


def inputs(activation="tanh", layer=2, n=1, b=B):
    z = torch.rand(n, b, D, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return z if layer == 1 or activation == "sigmoid" else 2 * z - 1


def cost(W, b, c, noisy, z, activation, layer):
    """Written anew from the formulas, in numpy."""
    f = {
        "tanh": np.tanh,
        "sigmoid": lambda s: 1 / (1 + np.exp(-s)),
        "softsign": lambda s: s / (1 + np.abs(s)),
    }[activation]
    out = f(f(noisy @ W.T + b) @ W + c)
    p = out if activation == "sigmoid" else (1 + out) / 2
    t = z if layer == 1 or activation == "sigmoid" else (1 + z) / 2
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum(1).mean()


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign"])
def test_an_update_is_minus_the_rate_times_the_gradient(activation, layer):
    """Of W, which encodes and decodes, of b and of c: by central differences in float64."""
    made, z = autoencoder(activation, layer), inputs(activation, layer)
    noisy = made.corrupted(7, z)[0].numpy()
    assert (noisy == 0).any()
    before = [part.numpy().copy() for part in (made.W, made.b, made.c)]
    found = made.updates(7, z)
    assert found.item() == pytest.approx(cost(*before, noisy, z[0].numpy(), activation, layer))
    after = [part.numpy() for part in (made.W, made.b, made.c)]
    for k, part in enumerate(before):
        numeric = np.zeros_like(part)
        for index in np.ndindex(part.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = [p.copy() for p in before]
                moved[k][index] += step
                ends.append(cost(*moved, noisy, z[0].numpy(), activation, layer))
            numeric[index] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose((part - after[k]) / 0.1, numeric, atol=1e-7)


def test_successive_updates_are_single_ones():
    z = inputs(n=4)
    one, other = autoencoder(), autoencoder()
    costs = one.updates(20, z)
    singly = torch.cat([other.updates(20 + k, z[k : k + 1]) for k in range(4)])
    torch.testing.assert_close(costs, singly, rtol=0, atol=0)
    assert torch.equal(one.W, other.W)


def test_noise_depends_on_seed_layer_and_update_alone():
    z = torch.ones(3, B, D)
    noise = autoencoder().corrupted(10, z)
    assert torch.equal(noise[1:], autoencoder().corrupted(11, z[1:]))
    assert not torch.equal(noise[0], noise[1])
    assert not torch.equal(noise, autoencoder(seed=1).corrupted(10, z))
    assert not torch.equal(noise, autoencoder(layer=3).corrupted(10, z))


@pytest.mark.parametrize("corruption", [0.0, 0.25, 0.7])
def test_the_share_of_entries_set_to_0(corruption):
    z = torch.full((40, 50, 20), 0.5)
    noisy = autoencoder(corruption=corruption).corrupted(0, z)
    share = (noisy == 0).double().mean().item()
    assert share == pytest.approx(corruption, abs=4 * np.sqrt(0.25 / z.numel()))
    assert set(noisy.unique().tolist()) <= {0.0, 0.5}
    if corruption:
        spread = (noisy == 0).double().mean((1, 2)).std().item()  # over updates: as of independent entries
        assert spread == pytest.approx(np.sqrt(corruption * (1 - corruption) / 1000), rel=0.5)


def pretrained(tmp_path, e=E):
    run = Run.create(tmp_path, e)
    source = load(e)
    return run, pretraining.pretrained(run, start(e, source.n_features, source.n_classes), source)


def test_each_hidden_layer_learns_to_reconstruct(tmp_path):
    run, weights = pretrained(tmp_path)
    drawn = start(E, 1024, 9)
    table = pd.read_csv(run.path / "pretraining.csv")
    assert table["layer"].unique().tolist() == [1, 2]
    assert table.groupby("layer")["update"].max().tolist() == [230, 230]
    for _, rows in table.groupby("layer"):
        assert rows["train_cost"].iloc[-1] < rows["train_cost"].iloc[0]
        assert rows["test_cost"].iloc[-1] < rows["test_cost"].iloc[0]
    for i in (0, 1):
        assert not torch.equal(weights.W[i], drawn.W[i])
    assert torch.equal(weights.W[2], drawn.W[2])  # the output layer's stays as drawn
    with np.load(run.path / "pretraining.npz") as pictures:
        assert pictures["filters/1"].shape == (SHOWN, 1024)
        assert pictures["reconstruction/1"].shape == pictures["input/1"].shape == (SHOWN, 1024)
        seen, made = (pictures[f"{name}/1"].ravel() for name in ("input", "reconstruction"))
        assert np.corrcoef(seen, made)[0, 1] > 0.3  # 20 units, 230 updates; without learning 0


def test_the_first_layer_learns_from_the_stream_and_the_second_from_the_first(tmp_path):
    """The whole phase beside the same auto-encoders called by hand."""
    _, weights = pretrained(tmp_path)
    source, mine = load(E), start(E, 1024, 9)
    x = source.batches(0, 460)[0]
    Autoencoder(mine.W[0], mine.b[0], E, 1, (0.0, 1.0), 0.25, 0.001).updates(0, x[:230])
    hidden = torch.tanh(x[230:] @ mine.W[0].T + mine.b[0])
    Autoencoder(mine.W[1], mine.b[1], E, 2, (-1.0, 1.0), 0.25, 0.001).updates(230, hidden)
    for one, other in zip(weights.W + weights.b, mine.W + mine.b, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [1, 3, 6, 10])
def test_a_phase_that_was_killed_goes_on_to_the_same_bits(after, tmp_path, monkeypatch):
    whole = Run.create(tmp_path / "a", E)
    train([whole], MACHINE)
    killed = Run.create(tmp_path / "b", E)
    monkeypatch.setattr(pretraining, "SECONDS", -1.0)
    saved, write = [], checkpoint.write

    def once(path, content):
        write(path, content)
        saved.append(path.name)
        if len(saved) == after:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(checkpoint, "write", once)
        train([killed], MACHINE)
    assert saved == ["pretraining.pt"] * after
    train([killed], MACHINE)
    same_bits(whole, killed)
    for name in ("pretraining.csv", "pretraining.npz"):
        assert (whole.path / name).read_bytes() == (killed.path / name).read_bytes()
    assert not (killed.path / "pretraining.pt").exists()


def test_a_damaged_phase_is_named(tmp_path):
    run = Run.create(tmp_path, E)
    (run.path / "pretraining.pt").write_bytes(b"damaged")
    with pytest.raises(ConfigError, match=r"(?s)pretraining\.pt is damaged.*remove it"):
        train([run], MACHINE)
    assert run.state == "failed"


def test_without_it_nothing_changes(tmp_path):
    plain = replace(E, pretraining=Pretraining("none"))
    run = Run.create(tmp_path, plain)
    train([run], MACHINE)
    assert not (run.path / "pretraining.csv").exists()
    before = run.monitor.query("update == 0 and quantity == 'W_norm'")["value"].tolist()
    other = Run.create(tmp_path, E)
    train([other], MACHINE)
    after = other.monitor.query("update == 0 and quantity == 'W_norm'")["value"].tolist()
    assert after[:2] != before[:2] and after[2] == before[2]


def test_inputs_are_scaled_to_0_and_1_for_the_target(tmp_path):
    e = replace(E, dataset=Dataset(low=-1.0))
    run, _ = pretrained(tmp_path, e)
    with np.load(run.path / "pretraining.npz") as pictures:
        assert pictures["input/1"].min() >= 0 and pictures["input/1"].max() <= 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"activation": "relu"}, "activation relu: expected sigmoid, tanh, softsign"),
        ({"pretraining": Pretraining("denoising", (("corruption", (0.1, 0.2, 0.3)),))}, "or depth = 2"),
    ],
)
def test_what_it_cannot_do_is_refused(changes, said, tmp_path):
    with pytest.raises(ConfigError, match=said):
        pretrained(tmp_path, replace(E, **changes))


@pytest.mark.parametrize("options", [{"corruption": 1.0}, {"lr": -1.0}, {"share": 0.0}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigError, match=f"pretraining.{next(iter(options))}"):
        Pretraining("denoising", tuple(options.items()))


def test_a_corruption_for_each_layer():
    e = replace(E, pretraining=Pretraining("denoising", (("corruption", (0.1, 0.3)),)))
    made = e.pretraining.make()
    found = [made.learner(i, torch.zeros(2, 2), torch.zeros(2), e).corruption for i in (1, 2)]
    assert found == [0.1, 0.3]
