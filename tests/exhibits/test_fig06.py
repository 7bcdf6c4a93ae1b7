from repro.evidence.inits import INITS
from repro.exhibits import fig06
from repro.runs.folder import Run


def test_fading_activations_reproduce_c12(untrained: list[Run]) -> None:
    verdict = fig06.verdicts(untrained)[0]
    assert (verdict.claim, verdict.verdict) == ("C12", "reproduced")
    assert "0.33, 0.33, 0.33, 0.33 (n = 3 seeds)" in verdict.measured


def test_all_panels_are_judged(untrained: list[Run]) -> None:
    claims = [verdict.claim for verdict in fig06.verdicts(untrained)]
    assert claims == [
        "C12",
        *(f"Figure 6, {init}: peaks of layers 1 to 5" for init in INITS),
    ]


def test_summary_has_all_layers_of_both_initializations(untrained: list[Run]) -> None:
    summary = fig06.summary(untrained)
    assert summary["layer"].tolist() == [1, 2, 3, 4, 5] * 3
    assert summary["peak, ours"].str.contains("±").all()
