"""The bench's arithmetic and its parts; never a speed."""

import importlib.util
import json
import os
import time

import pytest
import torch
from rich.console import Console

from repro.bench import __main__ as entry
from repro.bench import contenders, measure, ours, peers
from repro.bench.contenders import Contender


def sleeper(device):
    return lambda updates: time.sleep(0.01)


def absent(device):
    raise ImportError("No module named 'nothing'")


def environment(device):
    if os.environ.get("REPRO_TEST") != "set":
        raise ValueError("not set")
    return sleeper(device)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(peers, "SIZES", (peers.FEATURES, 6, 6, peers.CLASSES))


def test_contenders_take_turns_and_absent_ones_are_named():
    teams = [
        Contender("one", sleeper, reference="one"),
        Contender("two", sleeper, processes=2, networks=3, reference="one"),
        Contender("absent", absent),
        Contender("told", environment, environment=(("REPRO_TEST", "set"),)),
    ]
    rates, missing = measure.updates_per_second(teams, rounds=2, seconds=0.05, console=Console(quiet=True))
    assert set(rates) == {"one", "two", "told"}
    assert all(len(values) == 2 for values in rates.values())
    assert all(0 < rate <= peers.BLOCK / 0.01 for rate in rates["one"])
    assert all(rate <= 6 * peers.BLOCK / 0.01 for rate in rates["two"])  # 2 processes x 3 networks
    assert missing == {"absent": "ImportError: No module named 'nothing'"}
    assert "REPRO_TEST" not in os.environ


def test_ratios_pair_the_rounds():
    rates = {"a": [10.0, 20.0, 30.0], "b": [20.0, 60.0, 60.0], "c": [1.0, 1.0, 1.0]}
    assert measure.ratios(rates, {"a": "a", "b": "a", "c": "gone"}) == {"a": 1.0, "b": 2.0}
    assert measure.spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}


def test_every_contender_is_compared_with_the_idiomatic_loop_on_as_many_cores():
    everyone = contenders.contenders()
    names = [c.name for c in everyone]
    assert len(set(names)) == len(names)
    by_name = {c.name: c for c in everyone}
    for contender in everyone:
        reference = by_name[contender.reference]
        assert reference.make is peers.idiomatic
        assert reference.threads == contender.threads * contender.processes


def test_the_idiomatic_loop_runs(small):
    peers.idiomatic("cpu")(peers.BLOCK)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra: bench)")
def test_the_jax_loop_runs(small):
    peers.jax_scan("cpu")(peers.BLOCK)


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


def test_the_command_writes_what_it_shows(monkeypatch, tmp_path, capsys):
    teams = [Contender("ours, 1 thread", sleeper, reference="ours, 1 thread")]
    monkeypatch.setattr(entry, "contenders", lambda: teams)
    monkeypatch.setattr(measure, "monitoring", lambda seconds: {"plain_seconds": 0.1, "full_seconds": 1.0,
                        "events": 9, "updates": 100, "share_of_run": 0.02})  # fmt: skip
    monkeypatch.setattr(measure, "images_per_second", lambda rounds: {})
    monkeypatch.setattr(measure, "batches", lambda seconds: {"seconds": 1e-5, "share_of_update": 0.01})
    path = tmp_path / "bench.json"
    assert entry.main(["--json", str(path), "--rounds", "1", "--seconds", "0.02"]) == 0
    content = json.loads(path.read_text())
    assert all(f"    {key} " in (entry.__doc__ or "") for key in content)  # documented
    assert content["ratios"] == {"ours, 1 thread": 1.0}
    printed = capsys.readouterr().out
    assert "ours, 1 thread" in printed
    if not torch.cuda.is_available():
        assert "GPU: not measured" in printed


def test_a_bad_option_is_refused():
    with pytest.raises(SystemExit) as stop:
        entry.main(["--rounds", "0"])
    assert stop.value.code == 2
