import json
import time

import pytest
import torch

from repro.bench import __main__ as entry
from repro.bench import measure
from repro.bench.contenders import Contender


def sleeper(device):
    return lambda updates: time.sleep(0.01)


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
