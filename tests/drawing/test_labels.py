import math

import pandas as pd
import pytest

from repro.drawing import labels


@pytest.mark.parametrize(
    ("flags", "text"), [([False, False], ""), ([True, False], "1 of 2 diverged"), ([True], "1 of 1 diverged")]
)
def test_lost(flags: list[bool], text: str) -> None:
    assert labels.lost(pd.Series(flags)) == text


def test_seeds() -> None:
    assert (labels.seeds(3, 0), labels.seeds(3, 1)) == ("3", "3, 1 diverged")


def test_where_there_is_no_number_nothing_is_written() -> None:
    assert labels.number(math.nan, ".1f") == ""
    assert labels.number(1.25, "+.2f") == "+1.25"
