import io
import json

import pandas as pd
import pytest
from rich.console import Console

from repro.report import tables

NAN = float("nan")
TABLE = pd.DataFrame(
    {
        "init": ["[x]", "normalized", "lsuv"],
        "init_scale": [NAN, 1.1, NAN],
        "runs": [3, 2, 2],
        "diverged": [1, 2, 0],
        "failed": [0, 0, 1],
        "unfinished": [0, 0, 1],
        "n": [2, 0, 0],
        "test_error": [0.7021, NAN, NAN],
        "test_error_half": [0.0035, NAN, NAN],
    }
)


@pytest.fixture
def text():
    return tables.readable(TABLE, ["test_error"])


def test_a_reader_sees_percent_intervals_and_what_went_wrong(text):
    assert text["test error %"].tolist() == ["70.21 ± 0.35", "diverged", "failed"]
    assert text["runs"].tolist() == ["3, 1 diverged", "2", "2, 1 failed, 1 unfinished"]
    assert text["init_scale"].tolist() == ["", "1.1", ""]


def test_programs_get_all_digits(text):
    rows = json.loads(tables.rendered(TABLE, text, "json"))
    assert rows[0]["test_error"] == 0.7021
    assert rows[1]["test_error"] is None
    again = pd.read_csv(io.StringIO(tables.rendered(TABLE, text, "csv")))
    pd.testing.assert_frame_equal(again, TABLE)


def test_markdown_is_a_table(text):
    head, rule, *rows = tables.rendered(TABLE, text, "markdown").splitlines()
    assert head == "| init | init_scale | runs | test error % |"
    assert rule.count("---") == 4
    assert rows[1] == "| normalized | 1.1 | 2 | diverged |"


@pytest.mark.parametrize("terminal", [True, False])
def test_the_terminal_shows_every_value_and_no_markup(text, terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    tables.show(text, console)
    shown = console.file.getvalue()
    assert all(str(value) in shown for value in text.to_numpy().ravel())


def test_what_is_piped_is_never_cut(text):
    wide = pd.DataFrame({f"column {i}": ["value"] for i in range(30)})
    console = Console(file=io.StringIO(), width=80)
    tables.show(wide, console)
    assert console.file.getvalue().count("value") == 30


def test_cells():
    assert [tables.cell(value) for value in (0.1 + 0.2, 1e-5, True, None, NAN, 3, "x")] == [
        "0.3", "1e-05", "true", "", "", "3", "x",
    ]  # fmt: skip
