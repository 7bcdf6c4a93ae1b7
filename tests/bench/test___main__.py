import json
import subprocess
import sys
import time

import pytest
import torch

from repro.bench import __main__ as entry
from repro.bench import contenders, limits, measure, sweep, table
from repro.bench.contenders import OURS, Contender
from repro.bench.tasks import PAPER


def sleeper(task, device):
    return lambda blocks: time.sleep(0.01)


def test_the_command_writes_what_it_shows(monkeypatch, tmp_path, capsys):
    teams = [Contender(OURS, sleeper, (PAPER,))]
    monkeypatch.setattr(contenders, "contenders", lambda: teams)
    monkeypatch.setattr(limits, "measure", lambda threads: None)
    monkeypatch.setattr(measure, "monitoring", lambda seconds: {"plain_seconds": 0.1, "full_seconds": 1.0,
                        "events": 9, "updates": 100, "share_of_run": 0.02})  # fmt: skip
    monkeypatch.setattr(measure, "images_per_second", lambda rounds: {})
    monkeypatch.setattr(measure, "batches", lambda seconds: {"seconds": 1e-5, "share_of_update": 0.01})
    monkeypatch.setattr(sweep, "_sweep", lambda words: 36.0 if "hydra/launcher=basic" in words else 9.0)
    assert entry.main(["--out", str(tmp_path / "bench"), "--rounds", "1", "--seconds", "0.02"]) == 0
    content = json.loads((tmp_path / "bench" / "bench.json").read_text())
    assert all(f"    {key} " in (entry.__doc__ or "") for key in content)  # documented
    (row,) = content["updates_per_second"]
    assert all(key in (entry.__doc__ or "") for key in row if key not in ("contender", "cores"))
    assert (row["contender"], row["cores"], row["width"], row["to_idiomatic"]) == (OURS, 1, 1000, None)
    assert {path.name for path in (tmp_path / "bench").iterdir()} == {"bench.json", "bench.png", "bench.svg"}
    printed = capsys.readouterr().out
    assert "**ours**" in printed
    assert "a sweep of 60 small networks: 9.0 s, 36.0 s with Hydra's basic launcher (4.0 times)" in printed
    if not torch.cuda.is_available():
        assert "GPU: not measured" in printed


def test_the_sweep_alone_leaves_all_else_as_it_was(monkeypatch, tmp_path, capsys, content):
    table.write(tmp_path / "bench.json", content)
    monkeypatch.setattr(sweep, "_sweep", lambda words: 30.0 if "hydra/launcher=basic" in words else 6.0)
    assert entry.main(["--sweep", "--out", str(tmp_path), "--rounds", "2"]) == 0
    after = json.loads((tmp_path / "bench.json").read_text())
    assert after.pop("sweep")["ratio"] == 5.0 and content.pop("sweep")["ratio"] == 4.0
    assert after == content
    assert "6.0 s, 30.0 s" in capsys.readouterr().out


def test_help_explains_every_key_without_torch():
    """Which takes seconds to import, so that help would not answer at once."""
    code = (
        "import sys, runpy; sys.modules['torch'] = None; sys.modules['matplotlib'] = None; "
        "sys.argv[1:] = ['--help']; runpy.run_module('repro.bench', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for key in ("limits", "updates_per_second", "to_jax", "share", "images_per_second", "missing"):
        assert key in done.stdout


@pytest.mark.parametrize("words", [["--rounds", "0"], ["--seconds", "0"], ["--json", "x"]])
def test_a_bad_option_is_refused(words):
    with pytest.raises(SystemExit) as stop:
        entry.main(words)
    assert stop.value.code == 2
