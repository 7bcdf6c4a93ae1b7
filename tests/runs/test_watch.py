import io
from collections import Counter

import pytest
from rich.console import Console

from repro.experiment.settings import Experiment
from repro.runs import Run
from repro.runs.watch import Look, line, look, watch


@pytest.fixture
def runs(tmp_path):
    """Finished, diverged, failed, running, and one that nobody has begun; of 100 updates each."""
    made = [Run.create(tmp_path, Experiment(seed=seed, updates=100)) for seed in range(5)]
    states = {"finished": 100, "diverged": 7, "failed": 20, "running": 40}
    for run, (state, update) in zip(made, states.items(), strict=False):
        run.write_json("status", {"state": state, "update": update, "error": f"[{state}]"})
    for run, at in zip(made, (None, 7), strict=False):
        run.write_json("result", {"diverged_at": at})
    (made[3].path / ".lease").write_text("")
    return made


def test_states_are_read_from_the_folders_alone(runs):
    seen = look(runs)
    assert seen.states == Counter(finished=1, diverged=1, failed=1, running=1, waiting=1)
    assert (seen.done, seen.updates, seen.over) == (340, 500, False)


def test_the_time_left_is_by_the_speed_since_the_first_look():
    """Of a steady clock: one that jumps does no harm."""
    states = Counter(running=2, finished=1)
    first, now = Look(10.0, states, 1000, 100), Look(20.0, states, 1000, 200)
    assert line(first, first) == "3 runs: 1 finished, 2 running; 10% of all updates"
    assert line(first, now) == "3 runs: 1 finished, 2 running; 20% of all updates; 80 s left"
    assert line(first, Look(3610.0, states, 1000, 200)).endswith("; 8.0 h left")
    assert line(first, Look(20.0, Counter(finished=3), 1000, 1000)).endswith("100% of all updates")


def test_a_damaged_status_counts_as_waiting(runs):
    (runs[3].path / "status.json").write_text("{")
    (runs[3].path / ".lease").unlink()
    assert look(runs).states["waiting"] == 2


def test_it_ends_when_all_is_over_and_names_what_failed(runs, monkeypatch):
    console, naps = Console(file=io.StringIO(), width=300), []

    def nap(seconds):
        naps.append(seconds)
        for run in runs[3:]:
            run.write_json("result", {"diverged_at": None})
            run.write_json("status", {"state": "finished", "update": 100})

    assert watch(runs, console, sleep=nap) is False
    assert len(naps) == 1
    text = console.file.getvalue()
    assert "5 runs: 3 finished, 1 diverged, 1 failed; 100% of all updates" in text
    assert f"failed {runs[2].path.name}: [failed]" in text
    assert watch(runs[:1], console) is True
