import io

import pytest
from rich.console import Console

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor


@pytest.fixture
def small():
    """An experiment of a moment."""
    return Experiment(
        depth=1, width=8, updates=60, n_valid=30, n_test=40,
        monitor=Monitor(examples=20, batch=10, every=100, jacobian_examples=1),
    )  # fmt: skip


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def machine(tmp_path):
    """With runs in `tmp_path`; for two processes."""
    return Machine(device="cpu", threads=1, workers=2, runs=str(tmp_path))
