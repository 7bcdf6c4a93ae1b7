import pytest

from repro.evidence.inits import INITS
from repro.exhibits import fig06
from repro.runs import Run


def test_fading_activations_reproduce_c12(untrained: list[Run]) -> None:
    verdict = fig06.verdicts(fig06.tables(untrained))[0]
    assert (verdict.claim, verdict.outcome) == ("C12", "reproduced")
    standard = [measure for measure in verdict.measures if measure.of["init"] == "standard"]
    assert [measure.value for measure in standard] == pytest.approx([1 / 3] * 4)
    assert {measure.n for measure in standard} == {3}
    assert verdict.holds == (4, 4)  # the other initializations are shown only


def test_ratios_that_don_t_fall_refute_c12(untrained: list[Run]) -> None:
    tables = dict(fig06.tables(untrained))
    tables["ratios"] = tables["ratios"].assign(mean=1.0)
    assert fig06.verdicts(tables)[0].outcome == "not reproduced"


def test_all_panels_are_judged(untrained: list[Run]) -> None:
    claims = [(verdict.claim, verdict.subject) for verdict in fig06.verdicts(fig06.tables(untrained))]
    assert claims == [("C12", {}), *(("fig06.peaks", {"init": init}) for init in INITS)]


def test_summary_has_all_layers_of_both_initializations(untrained: list[Run]) -> None:
    summary = fig06.summary(fig06.tables(untrained))
    assert summary["layer"].tolist() == [1, 2, 3, 4, 5] * 3
    assert summary["peak, ours"].str.contains("±").all()
