from repro.evidence.verdict import Verdict, not_tested, outcome


def test_outcome_by_share_of_agreement() -> None:
    assert outcome(1) == "reproduced"
    assert outcome(0.5) == "partly"
    assert outcome(0.49) == "not reproduced"


def test_a_short_run_reproduces_in_part_at_best() -> None:
    assert outcome(1, complete=False) == "partly"
    assert outcome(0, complete=False) == "not reproduced"


def test_not_tested_keeps_what_was_measured() -> None:
    verdict = Verdict("C4", "reproduced", "83.3 %", "83.3 %", "why")
    (same,) = not_tested([verdict], "too short")
    assert (same.verdict, same.why, same.measured) == ("not tested", "too short", "83.3 %")
