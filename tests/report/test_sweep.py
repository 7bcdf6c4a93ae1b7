import io
import shlex

import pandas as pd
import pytest
from rich.console import Console

from repro.report import sweep as report
from repro.runs.sweeps import Sweep


@pytest.fixture
def runs(fake, tmp_path):
    small = {"root": tmp_path, "updates": 50}
    return [
        *(fake(lr=0.1, seed=seed, last=0.5 + seed / 10, **small) for seed in (0, 1, 2)),
        fake(lr=0.2, diverged_at=0, **small),
    ]


def test_a_sweep_ends_with_its_table_on_the_terminal_and_on_disk(runs, tmp_path):
    sweep = Sweep.begin(tmp_path, runs, ["-m", "lr=0.1,0.2"])
    console = Console(file=io.StringIO(), width=100)
    report.conclude(sweep, [], console)
    *_, line = shown = console.file.getvalue().splitlines()
    assert any("60.00 ± 24.84" in row and "0.1" in row for row in shown)
    assert any("diverged" in row and "0.2" in row for row in shown)
    table = pd.read_csv(sweep.path / "table.csv")
    assert table["lr"].tolist() == [0.1, 0.2]
    assert table["test_error"].iloc[0] == pytest.approx(0.6)
    assert table["diverged"].tolist() == [0, 1]
    words = shlex.split(line.removeprefix("look again: "))
    assert words == ["python", "-m", "repro.runs", "table", f"sweep={sweep.name}", f"machine.runs={tmp_path}"]


def test_a_run_whose_process_was_killed_is_marked(runs, tmp_path):
    """It is still `running` in its own status."""
    (runs[0].path / "result.json").unlink()
    runs[0].write_json("status", {"state": "running", "update": 10})
    sweep = Sweep.begin(tmp_path, runs, ["-m", "lr=0.1,0.2"])
    report.conclude(sweep, {runs[0].path.name: "killed"}, Console(file=io.StringIO()))
    table = pd.read_csv(sweep.path / "table.csv")
    assert (table["failed"].tolist(), table["n"].tolist()) == ([1, 0], [2, 0])
