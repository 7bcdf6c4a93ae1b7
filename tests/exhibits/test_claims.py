"""Rules and exhibits fit together."""

import pytest

from repro.evidence import claims
from repro.evidence.claims.rule import RULES, Rule, statement
from repro.exhibits import EXHIBITS, STUDIES


def test_every_statement_has_its_rule() -> None:
    found = claims.judge({})
    assert set(found) == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_rules_read_exhibits_that_are_there(rule: Rule) -> None:
    assert set(rule.exhibits) <= {*EXHIBITS, *STUDIES}
    assert not statement(rule.claim).pending
    assert statement(rule.claim).rule
