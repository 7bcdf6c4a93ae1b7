import io

import pytest
from rich.console import Console

from repro.bench import sweep
from repro.experiment.compose import expand

QUIET = Console(file=io.StringIO())


def test_the_sweep_is_of_as_many_runs_as_it_says():
    assert len(expand(list(sweep.SETTINGS))) == sweep.RUNS


def test_launchers_take_turns_with_the_same_settings(monkeypatch):
    seconds = iter([1.0, 4.0, 2.0, 4.0, 1.0, 5.0])
    asked = []
    monkeypatch.setattr(sweep, "_sweep", lambda words: asked.append(words) or next(seconds))
    found = sweep.seconds(3, QUIET)
    assert asked == [sweep.SETTINGS, (*sweep.SETTINGS, "hydra/launcher=basic")] * 3
    assert found["ours"] == {"median": 1.0, "min": 1.0, "max": 2.0}
    assert found["hydra_basic"]["median"] == 4.0 and found["ratio"] == 4.0


def test_a_sweep_that_fails_is_no_measurement():
    with pytest.raises(RuntimeError, match="updates"):
        sweep.seconds(1, QUIET, ("updates=-1",))
