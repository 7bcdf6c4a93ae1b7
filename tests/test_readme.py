"""What the README tells people to do works: each file of "Add your own" is put where it says and used."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from repro.experiment.settings import Dataset
from repro.runs import Run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^`(repro/\S+\.py)` is .*?```python\n(.*?)```", README, re.DOTALL | re.MULTILINE))
TINY = [
    "width=8",
    "depth=3",
    "updates=20",
    "n_valid=40",
    "n_test=40",
    "curve_every=10",
    "monitor.examples=20",
    "monitor.every=10",
]
RUN = """
import sys
sys.argv[1:] = {words!r}
from repro import __main__, reproduce
code = __main__.main()
sys.argv[1:] = {exhibit!r}
sys.exit(code or reproduce.main())
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the program with the README's files in it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("repro", "conf"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in EXAMPLES.items():
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_there_is_an_example_of_each_kind():
    kinds = ["activations", "start", "sets", "exhibits"]
    assert [Path(path).parent.name for path in EXAMPLES] == kinds


def test_the_examples_train_and_are_drawn(checkout, tmp_path):
    machine = [f"machine.runs={tmp_path / 'runs'}", "machine.device=cpu", "machine.workers=1"]
    words = [
        *TINY,
        *machine,
        "activation=squared_relu",
        "activation.scale=0.5",
        "init=sparse",
        "dataset=noise",
    ]
    exhibit = ["norms", "scale=smoke", f"out={tmp_path / 'figures'}", *TINY, *machine]
    code = RUN.format(words=words, exhibit=exhibit)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (tmp_path / "runs").glob("noise-squared_relu-sparse-*")
    assert (run / "result.json").exists()
    files = {path.name for path in (tmp_path / "figures" / "norms").iterdir()}
    assert files == {"norms.png", "norms.svg", "norms.csv", "verdicts.json", "README.md"}


def test_the_notebook_gives_meaningful_numbers(fake, tmp_path, monkeypatch):
    """In a folder where untrained runs, two ranges, several rates and one that diverged lie together."""
    root = tmp_path / "runs"
    for init, last in (("standard", 0.7), ("normalized", 0.6)):
        for seed in (0, 1, 2):
            fake(root=root, init=init, seed=seed, last=last + seed / 100)
            fake(root=root, init=init, seed=seed, last=0.85, lr=0.001)
        fake(root=root, init=init, updates=0, last=0.9)
        fake(root=root, init=init, dataset=Dataset(low=-1.0), last=0.8)
        fake(root=root, init=init, lr=1.0, diverged_at=0, last=0.9)
    for run in map(Run, root.iterdir()):
        errors = run.curve.query("split == 'valid'")["error"]
        run.write_json("result", {**run.read_json("result"), "valid_error": errors.iloc[-1]})
    (example,) = re.findall(r"```python\n(from repro import Run.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(example, found)
    errors = found["errors"]
    assert errors["mean"].to_dict() == {
        ("tanh", "normalized"): pytest.approx(0.61),
        ("tanh", "standard"): pytest.approx(0.71),
    }
    assert errors["count"].tolist() == [3, 3]
    table = found["finals"](found["runs"])
    assert (table["n"] <= 3).all() and len(table) == 10
    assert found["course"].loc[20_000, ("tanh", "standard")] == pytest.approx(0.71)
    assert found["spread"].shape[1] == 10
    assert found["density"].columns.tolist() == ["x", "density"]


def test_files_and_folders_that_are_named_are_there():
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path
