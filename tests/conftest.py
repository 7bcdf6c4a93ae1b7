"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def default_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data root of the user's must not change what tests see; real data they take from `shared`."""
    monkeypatch.delenv("REPRO_DATA", raising=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference data, no part of the project: REPRO_SHARED, or `shared` beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("REPRO_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder (REPRO_SHARED names another)")
    return folder
