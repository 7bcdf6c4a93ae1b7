"""Exhibits drawn side by side: the same files and messages as one after the other, whatever happens."""

import multiprocessing
import os

import pytest

from repro.experiment.values import ConfigError
from repro.report import drawn


@pytest.fixture
def side_by_side(monkeypatch):
    monkeypatch.setattr(drawn, "FOR_A_PROCESS", 1)
    monkeypatch.setattr(drawn, "cores", lambda: 2)


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_few_exhibits_are_drawn_in_this_process():
    found = dict(drawn.side_by_side(os.getpid, {"fig01": (), "fig06": ()}))
    assert found == dict.fromkeys(("fig01", "fig06"), os.getpid())


def test_side_by_side_as_one_after_the_other(side_by_side, tmp_path):
    exhibits = {"fig01": [], "fig06": [], "fig03": []}
    alone = [
        one
        for name in exhibits
        for one in drawn.draw_all({name: []}, "quick", tmp_path / "alone", ["seed=1"])
    ]
    together = list(drawn.draw_all(exhibits, "quick", tmp_path / "together", ["seed=1"]))
    assert {one.name: one.wrong for one in together} == {one.name: one.wrong for one in alone}
    assert [bool(one.wrong) for one in alone] == [False, True, True]  # Figure 1 needs no runs
    assert files(tmp_path / "together") == files(tmp_path / "alone") != {}


class Fatal:
    """Runs that kill the process which receives them."""

    def __reduce__(self):
        return os._exit, (9,)


def test_a_process_that_dies_is_told(side_by_side, tmp_path):
    told = list(drawn.draw_all({"fig06": Fatal(), "fig03": Fatal()}, "quick", tmp_path))
    assert {one.name for one in told} == {"fig06", "fig03"}
    assert all(one.wrong.startswith("BrokenProcessPool: ") for one in told)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("text", "why"), [("", "expected a folder"), ("{file}", "is a file"), ("{file}/x", "is a file")]
)
def test_a_folder_that_no_page_can_be_written_to_is_refused(tmp_path, text, why):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=why):
        drawn.destination(text.format(file=tmp_path / "file"))
    assert drawn.destination(str(tmp_path / "new")) == tmp_path / "new" and not (tmp_path / "new").exists()
