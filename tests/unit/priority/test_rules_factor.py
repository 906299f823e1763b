"""Points by rules of one's own, with the lines that gave them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue, PolicyError
from supportkit.priority import PriorityPolicy, RulesFactor

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LINES = [
    {"when": "case.reopens > 1", "points": 15, "because": "It came back twice."},
    {"when": "customer.plan == 'trial'", "points": -5},
    {"points": Decimal("0.5")},
    {"when": "customer.tenure_years >= 5", "points": 0},
]
FACTOR = RulesFactor(LINES)


def facts(reopens=0, plan="gold", **customer):
    return {"case": {"reopens": reopens}, "customer": {"plan": plan, "tenure_years": 1} | customer}


@pytest.mark.parametrize(
    ("given", "points", "lines"),
    (
        (facts(), Decimal("0.5"), ["rules[2]"]),
        (facts(2), Decimal("15.5"), ["rules[0]", "rules[2]"]),
        (facts(2, "trial"), Decimal("10.5"), ["rules[0]", "rules[1]", "rules[2]"]),
    ),
)
def test_every_line_that_fits_adds_its_points(given, points, lines):
    said = FACTOR.contribute(given, now=NOON)
    assert (said.points, list(said.evidence), said.missing) == (points, lines, ())


def test_an_undecided_line_says_what_it_lacked_and_what_it_could_give():
    said = FACTOR.contribute(facts(plan=None), now=NOON)
    assert (said.points, said.missing) == (Decimal("0.5"), ("customer.plan",))
    assert said.range == (Decimal("-4.5"), Decimal("0.5"))


def test_an_undecided_line_without_points_lacks_nothing():
    assert FACTOR.contribute(facts(tenure_years=None), now=NOON).missing == ()


def test_a_line_that_met_a_fact_of_a_wrong_kind_is_passed_over_and_told():
    policy = PriorityPolicy([FACTOR], levels={"high": 10, "normal": 0})
    decision = policy.decide(facts("often", "trial"), now=NOON)
    assert (decision.score, decision.errors, decision.provisional) == (Decimal("-4.5"), ("rules",), True)
    assert "in error: rules[0]" in str(decision.explain())


@pytest.mark.parametrize("line", ({"when": "True"}, {"points": 1, "priority": "high"}, {"points": "many"}))
def test_a_line_gives_points_and_nothing_strange(line):
    with pytest.raises(InvalidValue):
        RulesFactor([line])


def test_all_faults_of_all_conditions_come_together():
    with pytest.raises(PolicyError) as caught:
        RulesFactor([{"when": "customer.plan ==", "points": 1}, {"when": "lambda: 1", "points": 1}])
    assert len(caught.value.faults) == 2
