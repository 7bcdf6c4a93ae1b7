"""Hydra's other launchers and sweepers drive the same runs, where they are installed; tab completion."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from repro.runs import collect

ROOT = Path(__file__).resolve().parents[2]
SMALL = [
    "depth=1", "width=8", "updates=40", "n_valid=30", "n_test=40", "monitor.examples=20",
    "monitor.every=100", "machine.device=cpu", "machine.workers=1",
]  # fmt: skip


def repro(*words):
    command = [sys.executable, "-m", "repro", "-m", *SMALL, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def needs(plugin):
    package = {"joblib": "hydra_joblib_launcher", "submitit_local": "hydra_submitit_launcher",
               "optuna": "hydra_optuna_sweeper"}.get(plugin)  # fmt: skip
    try:
        there = not package or importlib.util.find_spec(f"hydra_plugins.{package}")
    except ModuleNotFoundError:  # no plugins at all
        there = False
    if not there:
        pytest.skip(f"{package} is not installed")


@pytest.fixture(autouse=True)
def _plugins(request):
    needs(getattr(request.node, "callspec", None) and request.node.callspec.params.get("plugin"))


@pytest.mark.parametrize("plugin", ["basic", "joblib", "submitit_local"])
def test_launchers_make_the_runs_with_a_line_for_each(tmp_path, plugin):
    words = [
        f"hydra/launcher={plugin}",
        f"machine.runs={tmp_path / 'runs'}",
        f"hydra.sweep.dir={tmp_path}/out",
    ]
    done = repro(*words, "seed=0,1")
    assert done.returncode == 0, done.stderr
    runs = collect(tmp_path / "runs")
    assert sorted(runs["seed"]) == [0, 1] and set(runs["state"]) == {"finished"}
    assert "━" not in done.stdout
    if plugin == "basic":  # the others have logs of their own
        assert done.stdout.count("finished, test error") == 2


@pytest.mark.parametrize("plugin", ["optuna"])
def test_a_sweeper_that_searches_finds_the_lowest_validation_error(tmp_path, plugin):
    done = repro(
        f"hydra/sweeper={plugin}", "lr=interval(0.01,0.5)", "hydra.sweeper.n_trials=4",
        f"hydra.sweep.dir={tmp_path}", f"machine.runs={tmp_path / 'runs'}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    best = yaml.safe_load((tmp_path / "optimization_results.yaml").read_text())
    runs = collect(tmp_path / "runs")
    assert best["best_value"] == runs["valid_error"].min()


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_tab_completes_keys_and_choices(tmp_path):
    """As bash does it, with the script that `repro -sc install=bash` prints."""
    script = tmp_path / "repro"
    text = f"#!{sys.executable}\nimport sys\nfrom repro.__main__ import main\nsys.exit(main())\n"
    script.write_text(text)
    script.chmod(0o755)
    ask = (
        'eval "$(repro -sc install=bash)"; COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}; words=($COMP_LINE); '
        'COMP_CWORD=$(( ${#words[@]} - 1 )); hydra_bash_completion; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}:{os.environ['PATH']}"
    for line, wanted in (("repro activation=s", "activation=softsign"), ("repro batch", "batch_size=")):
        done = subprocess.run(
            ["bash", "-c", ask, "bash", line], capture_output=True, text=True, cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}, timeout=120,
        )  # fmt: skip
        assert wanted in done.stdout.split(), done.stderr
