"""The command `python -m repro.runs`, word by word as one types it."""

import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
from PIL import Image

from repro.experiment import compose
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment, Monitor
from repro.report import runs_kept
from repro.runs import Run
from repro.runs.__main__ import COMMANDS, main
from repro.runs.sweeps import Sweep
from repro.training.trainer import train


@pytest.fixture
def root(fake, tmp_path):
    """Trained, untrained, diverged and failed runs, two ranges of inputs."""
    folder = tmp_path / "runs"
    for seed in (0, 1, 2):
        for init, last in (("standard", 0.7), ("normalized", 0.6)):
            fake(root=folder, init=init, seed=seed, last=last + seed / 100)
    fake(root=folder, updates=0, last=0.9)
    fake(root=folder, dataset=Dataset(low=-1.0), last=0.5)
    fake(root=folder, lr=1.0, diverged_at=0, last=0.9)
    same = Run(next(folder.glob("*standard*-s1-*"))).experiment
    failed = Run.create(folder, replace(same, seed=9))
    failed.write_json("status", {"state": "failed", "update": 7, "error": "ValueError: no"})
    return folder


@pytest.fixture
def call(root, capsys):
    def said(*words):
        code = main([*words, f"machine.runs={root}"])
        out, err = capsys.readouterr()
        return code, out, err

    return said


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Real runs, with all that is measured, and one that was never begun."""
    folder = tmp_path_factory.mktemp("trained")
    small = Experiment(
        depth=2, width=8, updates=30, n_valid=20, n_test=20, curve_every=10,
        monitor=Monitor(examples=20, batch=10, every=10, jacobian_examples=1),
    )  # fmt: skip
    for init in ("standard", "normalized"):
        for seed in (0, 1):
            train(
                [Run.create(folder, replace(small, init=init, seed=seed))], Machine(device="cpu", threads=1)
            )
    Run.create(folder, replace(small, init="orthogonal"))
    return folder


def test_list_has_a_line_for_each_run(call, root):
    code, out, _ = call("list", "updates>0")
    assert code == 0
    assert all(path.name in out for path in root.iterdir() if "-u0-" not in path.name)
    assert "-u0-" not in out
    line = next(line for line in out.splitlines() if "lr1-" in line)
    assert line.split()[0] == "diverged"


def test_a_table_averages_over_seeds_only(call):
    code, out, _ = call("table", "values=test_error,test_cost", "format=json")
    rows = {(r["dataset_low"], r["init"], r["lr"], r["updates"]): r for r in json.loads(out)}
    assert code == 0
    assert len(rows) == 5
    standard = rows[0, "standard", 0.01, 20_000]
    assert (standard["n"], standard["test_error"], standard["failed"]) == (3, pytest.approx(0.71), 1)
    assert rows[0, "standard", 0.01, 0]["test_error"] == 0.9
    assert rows[0, "standard", 1.0, 20_000]["test_error"] is None
    assert rows[-1, "standard", 0.01, 20_000]["test_error_half"] is None


def test_formats_and_files(call, tmp_path):
    words = ["table", "state=finished", "by=init", "updates>0", "dataset.low=0"]
    _, out, _ = call(*words, "format=markdown")
    assert out.splitlines()[0] == "| init | runs | test error % | valid error % |"
    assert "| normalized | 3 | 61.00 ± 2.48 |" in out
    _, out, _ = call(*words, "format=csv")
    table = pd.read_csv(io.StringIO(out))
    for name in ("t.csv", "t.md", "t.json"):
        code, said, _ = call(*words, f"out={tmp_path / 'new' / name}")
        assert code == 0 and "2 rows" in said
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "new" / "t.csv"), table)
    assert (tmp_path / "new" / "t.md").read_text().startswith("| init |")
    assert len(json.loads((tmp_path / "new" / "t.json").read_text())) == 2


def test_a_sweep_is_looked_at_again(call, root):
    runs = [Run.find(root, Experiment(n_test=2000, init=init)) for init in ("normalized", "standard")]
    runs = [run for run in map(Run, root.iterdir()) if run.experiment.updates and run.experiment.lr < 1][
        :4
    ] or runs
    sweep = Sweep.begin(root, runs, ["-m", "seed=0,1"])
    code, out, _ = call("sweeps")
    assert code == 0 and sweep.name in out
    code, out, _ = call("list", f"sweep={sweep.name}", "format=csv")
    assert pd.read_csv(io.StringIO(out))["run_id"].tolist() == [run.path.name for run in runs]


def test_two_sets_are_compared(call):
    code, out, _ = call("compare", "init=standard", "init=normalized", "updates>0", "lr<1", "dataset_low=0",
                        "state=finished")  # fmt: skip
    assert code == 0
    assert re.search(r"init +standard +normalized", out)
    assert re.search(
        r"test error % +71\.00 ± 2\.48 \(n = 3\) +61\.00 ± 2\.48 \(n = 3\) +-10\.00 ± 0\.00 +paired", out
    )


def test_two_runs_are_compared_also_on_each_test_example(call, root):
    names = [
        next(path.name for path in root.glob(f"*{part}*")) for part in ("standard*u20000-s1", "normalized*s1")
    ]
    code, out, _ = call("compare", names[0][-10:], names[1])
    assert code == 0
    assert "one run each" in out
    assert re.search(r"McNemar's .* p = \d", out)


def test_show_says_all_about_a_run(call, root):
    (path,) = root.glob("*normalized*-s2-*")
    code, out, _ = call("show", path.name[-10:])
    assert code == 0
    command = next(line for line in out.splitlines() if line.startswith("make it: "))
    words = command.removeprefix("make it: python -m repro ").split()
    assert compose.compose_all([words])[0][0] == Run(path).experiment
    assert "jacobian_mean" in out and "finished" in out
    assert main(["show", str(path)]) == 0  # a path needs no machine.runs


@pytest.mark.parametrize("kind", ["curves", "percentiles", "saturation", "gradients", "weight_gradients",
                                  "densities", "singular_values"])  # fmt: skip
def test_every_kind_is_drawn(trained, kind, tmp_path):
    root = shutil.copytree(trained, tmp_path / "runs")
    assert main(["plot", kind, f"machine.runs={root}"]) == 0
    with Image.open(root / "plots" / f"{kind}.png") as picture:
        assert picture.width > 1000
    assert (root / "plots" / f"{kind}.svg").read_text().count("<path") > 5
    assert main(["verify", f"machine.runs={root}"]) == 0  # the pictures are ours


def test_looks_and_files_of_a_picture(call, tmp_path):
    out = tmp_path / "x.png"
    words = ["plot", "curves", "state=finished", "split=valid", "what=cost", f"out={out}"]
    pixels = {}
    for look in ("paper", "slides", "dark"):
        assert call(*words, f"style={look}")[0] == 0
        with Image.open(out) as picture:
            pixels[look] = picture.copy()
    assert pixels["paper"].getpixel((0, 0))[:3] == (255, 255, 255)
    assert sum(pixels["dark"].getpixel((0, 0))[:3]) < 100
    assert pixels["slides"].width > pixels["paper"].width


def test_verify_names_what_is_wrong(call, root):
    code, out, _ = call("verify")
    assert code == 0  # incomplete, but nothing is damaged
    assert "failed at update 7 of 20000: ValueError: no" in out
    (path,) = root.glob("*normalized*-s2-*")
    (path / "curve.csv").write_text("update,")
    code, out, _ = call("verify")
    assert code == 1
    assert f"{path}: curve.csv" in out and "1 damaged" in out


def test_failed_runs_are_shown_and_removed(call, root):
    (failed,) = root.glob("*-s9-*")
    code, out, err = call("remove", "state=failed")  # nobody is there to answer
    assert code == 2 and "yes=true" in err and failed.name in out
    assert failed.exists()
    code, out, _ = call("remove", "state=failed", "yes=true")
    assert code == 0 and "to have it again: python -m repro seed=9 n_test=2000" in out
    assert not failed.exists()
    assert len(list(root.iterdir())) == 9


@pytest.mark.parametrize(("answer", "gone"), [("y", True), ("", False), ("no", False)])
def test_it_asks(call, root, monkeypatch, answer, gone):
    monkeypatch.setattr(runs_kept.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda *_: answer)
    code, _, _ = call("remove", "state=failed")
    assert (code == 0) == gone == (not list(root.glob("*-s9-*")))


def test_only_weights_of_complete_runs(call, root):
    runs = list(map(Run, root.iterdir()))
    for run in runs:
        run.checkpoint.write_bytes(b"weights")
    code, _, _ = call("remove", "weights=true", "yes=true")
    assert code == 0
    assert [run.checkpoint.exists() for run in runs] == [not run.complete for run in runs]
    assert call("verify")[0] == 1  # those were no weights


def test_what_verify_names_is_removed(call, root):
    (path,) = root.glob("*normalized*-s2-*")
    (path / "config.yaml").write_text("x: [")
    (other,) = root.glob("*normalized*-s1-*")
    (other / ".curve.csv.x").write_text("half")
    (root / "mine").mkdir()
    (root / "mine" / "notes.txt").write_text("keep")
    assert call("remove", "problem=damaged,stale", "yes=true")[0] == 0
    assert not path.exists() and other.exists() and not (other / ".curve.csv.x").exists()
    assert (root / "mine").exists()
    code, _, err = call("remove", "problem=foreign", "yes=true")
    assert code == 2 and "expected one of incomplete, damaged, stale" in err


HOLD = "import sys, time; from repro.runs import Run\n" \
    "with Run(sys.argv[1]).lock():\n    print('locked', flush=True); time.sleep(60)"  # fmt: skip


def test_a_run_that_is_being_made_stays(call, root):
    (failed,) = root.glob("*-s9-*")
    process = subprocess.Popen([sys.executable, "-c", HOLD, failed], stdout=subprocess.PIPE, text=True)
    with process, process.stdout as output:
        assert output.readline() == "locked\n"
        code, out, _ = call("remove", "state=failed", "yes=true")
        process.kill()
    assert code == 1 and "a process is at work on it" in out
    assert failed.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tabel"], "tabel: no such command; did you mean table?"),
        (["table", "activatoin=tanh"], "unknown key activatoin; did you mean activation?"),
        (["table", "by=inti"], "unknown key inti; did you mean init?"),
        (["table", "values=tset_error"], "did you mean test_error?"),
        (["table", "format=xml"], "format = xml: expected one of terminal, csv"),
        (["list", "out=/proc/nothing/x.csv"], "out = /proc/nothing/x.csv: can't write there"),
        (["compare", "a"], "compare A B"),
        (["show"], "show RUN"),
        (["show", "nothing"], "nothing: no such run"),
        (["plot"], "plot KIND: one of curves"),
        (["plot", "curve"], "did you mean curves?"),
        (["plot", "curves", "style=drak"], "did you mean dark?"),
        (["plot", "curves", "out=x.jpg"], "expected a name that ends in .png or .svg"),
        (["remove"], "say which"),
        (["remove", "weights=yes"], "weights = yes: expected one of true, false"),
        (["verify", "lr=1"], "it looks at every folder"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(call, root, words, message):
    before = sorted(root.rglob("*"))
    code, _, err = call(*words)
    assert code == 2
    assert message in err and err.count("\n") == 1
    assert sorted(root.rglob("*")) == before


def test_nothing_found_is_said(call, tmp_path, capsys):
    code, out, _ = call("table", "lr=7")
    assert code == 1 and "nothing with lr=7" in out
    assert main(["list", f"machine.runs={tmp_path / 'none'}"]) == 2
    assert "no such folder of runs" in capsys.readouterr().err


def test_help_lists_every_command(capsys):
    for words in ([], ["--help"], ["table", "-h"]):
        assert main(words) == 0
        out = capsys.readouterr().out
        assert all(f"python -m repro.runs {name}" in out for name in COMMANDS)


QUIET = """
import sys
from repro.runs.__main__ import main
code = main(sys.argv[1:])
print("torch imported:", "torch" in sys.modules, file=sys.stderr)
sys.exit(code)
"""


def test_a_reader_that_has_seen_enough_is_no_error_and_torch_is_not_needed(root):
    words = [sys.executable, "-c", QUIET, "plot", "curves", "state=finished", f"machine.runs={root}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == "torch imported: False\n"
    command = f"{sys.executable} -m repro.runs list machine.runs={root} | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stderr == ""
