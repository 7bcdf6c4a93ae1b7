import pytest

from repro.bench import ours, peers


def test_ours_trains_as_many_networks_as_it_says(monkeypatch):
    monkeypatch.setenv("REPRO_KERNEL", "torch")
    made = []
    initialize = ours.Stack.initialize
    monkeypatch.setattr(
        ours.Stack, "initialize", lambda *arguments: made.append(initialize(*arguments)) or made[-1]
    )
    ours.stack("cpu", networks=2)
    assert len(made[0]) == 2
    assert made[0].W[1].shape == (2, peers.WIDTH, peers.WIDTH)


def test_without_the_kernel_it_does_not_pretend(monkeypatch):
    monkeypatch.delenv("REPRO_KERNEL", raising=False)
    monkeypatch.setattr(ours.kernel, "available", lambda: False)
    with pytest.raises(ImportError):
        ours.stack("cpu", networks=1)
