import pytest

from repro.exhibits import fig08
from repro.runs import Run


def test_summary_compares_the_papers_figures_8_and_9(untrained: list[Run]) -> None:
    summary = fig08.summary(fig08.tables(untrained)).set_index(["initialization", "layer"])
    row = summary.loc[("standard", 1)]
    assert row["std, ours"] == "0.0035"
    assert float(row["std, paper's Figure 8"]) == pytest.approx(0.002, abs=0.0001)
    assert float(row["std, paper's Figure 9"]) == pytest.approx(0.005, abs=0.0001)
    assert len(summary) == 15
