import pandas as pd
import pytest

from repro.evidence import plateau


def test_constant_answer() -> None:
    assert pytest.approx(83.3333, abs=1e-4) == plateau.CONSTANT


def test_prior_entropy() -> None:
    assert pytest.approx(2.110, abs=0.001) == plateau.PRIOR_ENTROPY


def test_off_the_plateau_is_five_points_below_the_constant_answer() -> None:
    assert plateau.left(pd.Series([85.0, 78.4, 78.3, 20.0])).tolist() == [False, False, True, True]
