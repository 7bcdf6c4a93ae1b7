import subprocess
import sys
import time

import pytest

from repro import __main__ as entry
from repro.experiment.values import ConfigError
from repro.runs import collect

SMALL = ["scale=smoke", "width=10", "depth=2", "updates=30", "machine.device=cpu", "machine.workers=1"]


def main(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["repro", *words])
    return entry.main()


def test_one_run_from_the_command_line(tmp_path, monkeypatch, capsys):
    assert main(monkeypatch, *SMALL, "activation=softsign", f"machine.runs={tmp_path}") == 0
    assert "test error" in capsys.readouterr().out
    (row,) = collect(tmp_path).to_dict("records")
    assert (row["activation"], row["state"], row["update"]) == ("softsign", "finished", 30)


def test_a_sweep_makes_a_run_for_each_combination(tmp_path, monkeypatch):
    words = ["-m", *SMALL, "activation=tanh,sigmoid", "lr=0.1,1e38", f"machine.runs={tmp_path}"]
    assert main(monkeypatch, *words) == 0
    table = collect(tmp_path)
    assert len(table) == 4
    assert set(table.query("lr > 1")["state"]) == {"diverged"}  # neither a crash nor lost
    assert set(table.query("lr < 1")["state"]) == {"finished"}


def test_hydras_own_launcher_works_too(tmp_path, monkeypatch):
    words = ["-m", *SMALL, "seed=0,1", "hydra/launcher=basic", f"machine.runs={tmp_path}"]
    assert main(monkeypatch, *words) == 0
    assert sorted(collect(tmp_path)["seed"]) == [0, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lrr=1"], "unknown key lrr; did you mean lr?"),
        (["activation=relux"], "expected one of elu, gelu"),
        (["depth=0"], "depth = 0"),
        (["-m", "lr=0.1,-1"], "lr = -1"),
        (["lr=0.1,0.2"], "add -m"),
        (["machine.runs=/proc/nowhere"], "can't write there"),
        (["-m", "machine.threads=1,2"], "machine.threads = 1 and 2: expected one value for all"),
        (["-m", "lr=0.1,0.2", "machine.tf32=true,false"], "machine.tf32 = True and False: expected one"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(monkeypatch, *words) == 2
    captured = capsys.readouterr()
    assert message in captured.err.replace("\n", " ")
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_a_failed_run_gives_exit_code_1(tmp_path, monkeypatch):
    words = [*SMALL, f"machine.runs={tmp_path}"]
    assert main(monkeypatch, *words) == 0
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    (folder / "result.json").unlink()
    (folder / "checkpoint.pt").write_bytes(b"damaged")
    assert main(monkeypatch, *words) == 1


HELP = """
import runpy, sys
from repro import reproduce
sys.argv = ["repro", "--help"]
try:
    runpy.run_module("repro", run_name="__main__")
finally:
    print("torch imported:", "torch" in sys.modules)
"""


def test_help_is_quick_and_does_not_import_torch():
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert time.monotonic() - begun < 20  # the goal is 1 s on a quiet machine
    assert "elu, gelu, hard_tanh" in done.stdout
    assert done.stdout.endswith("torch imported: False\n")


def test_flags_are_hydras_business():
    assert entry.requested(["--cfg", "job"]) is None
    with pytest.raises(ConfigError):
        entry.requested(["lr=1", "nonsense"])
