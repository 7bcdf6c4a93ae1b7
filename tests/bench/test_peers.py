import importlib.util

import pytest

from repro.bench import peers


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(peers, "SIZES", (peers.FEATURES, 6, 6, peers.CLASSES))


def test_the_idiomatic_loop_runs(small):
    peers.idiomatic("cpu")(peers.BLOCK)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra: bench)")
def test_the_jax_loop_runs(small):
    peers.jax_scan("cpu")(peers.BLOCK)
