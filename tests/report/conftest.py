"""A small report with everything in it, made once from made-up runs, and a browser that has it open."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from repro import exhibits
from repro.experiment.settings import Monitor
from repro.report import __main__ as command
from repro.reproduce import experiments_of
from repro.runs.folder import Run
from tests.report.browser import Browser, executable

EXHIBITS = ("fig01", "fig02", "fig05", "fig07", "fig11", "jacobian", "table1")
ODD = "<script>alert(1)<script> \"quoted\" 'single' & `code` | Ünïcode ∂ ☃ "
"""Start of a name of a run as nobody should give one; of 300 letters, of which folders hold 255 bytes."""
CPU = "</script><script>alert(2)</script>"
"""Such a processor."""
Fake = Callable[..., Run]


@pytest.fixture(scope="session")
def store(fake: Fake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of complete runs: those of some exhibits, one of them with densities and an odd name."""
    root = tmp_path_factory.mktemp("store")
    wanted = dict.fromkeys(e for name in EXHIBITS for e, _ in experiments_of(name, "quick", []))
    for experiment in wanted:
        fake(root=root, **vars(experiment))
    kept = next(e for e in wanted if e.updates and e.activation.name == "tanh")
    run = fake(root=root, **vars(replace(kept, monitor=Monitor(every=1000, densities=True))))
    _keep_densities(run)
    run.write_json("provenance", {"processor": CPU, "threads": 1})
    run.path.rename(root / (ODD + "x" * 250).encode()[:250].decode(errors="ignore"))
    return root


def _keep_densities(run: Run) -> None:
    """Densities at every measured moment: those at the start, stretched from moment to moment."""
    known, times = run.histograms, sorted(set(run.monitor["update"]))
    more = {
        f"{key.split('/')[0]}/{time}/{key.split('/')[2]}": np.stack(
            [value[0] * (1 + i / 9), value[1] / (1 + i / 9)]
        )
        for i, time in enumerate(times)
        for key, value in known.items()
        if key.split("/")[1] == "0"
    }
    run.write_arrays("histograms", more)


@pytest.fixture(scope="session")
def report(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the report, of EXHIBITS only."""
    out = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exhibits, "EXHIBITS", EXHIBITS)
        patch.setattr(exhibits, "STUDIES", ())
        assert command.main([f"runs={store}", f"out={out}"]) == 0
    return out


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    if executable() is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with Browser(tmp_path_factory.mktemp("profile")) as one:
        yield one
