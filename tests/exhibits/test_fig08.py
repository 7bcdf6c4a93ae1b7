import pandas as pd
import pytest

from repro.evidence.inits import INITS
from repro.exhibits import fig08
from repro.runs import Run


def test_equal_variances_reproduce_c14(untrained: list[Run]) -> None:
    verdict = fig08.verdicts(fig08.tables(untrained))[0]
    assert (verdict.claim, verdict.outcome) == ("C14", "reproduced")


def test_unequal_variances_refute_c14(untrained: list[Run]) -> None:
    unequal = pd.DataFrame({"init": INITS, "layer": 1, "mean": [3.0, 0.2, 1.0], "half": 0.1, "n": 3})
    tables = {**fig08.tables(untrained), "ratios": unequal}
    assert fig08.verdicts(tables)[0].outcome == "not reproduced"


def test_summary_compares_the_papers_figures_8_and_9(untrained: list[Run]) -> None:
    summary = fig08.summary(fig08.tables(untrained)).set_index(["initialization", "layer"])
    row = summary.loc[("standard", 1)]
    assert row["std, ours"] == "0.0035"
    assert float(row["std, paper's Figure 8"]) == pytest.approx(0.002, abs=0.0001)
    assert float(row["std, paper's Figure 9"]) == pytest.approx(0.005, abs=0.0001)
    assert len(summary) == 15
