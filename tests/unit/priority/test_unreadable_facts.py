"""Facts that cannot be read cost only what depends on them; nothing is raised, nothing is swallowed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Row

import pytest

from supportkit import canonical
from supportkit.priority import (
    Ageing,
    ChannelFactor,
    Contribution,
    KeywordFactor,
    OpenCaseFactor,
    PriorityPolicy,
    SpendFactor,
    fact_at,
)
from supportkit.rules import KeywordSet

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LEVELS = {"urgent": 60, "high": 30, "normal": 0}
SETS = {"outage": KeywordSet("outage", ["no signal"])}
FACTORS = [KeywordFactor({"outage": 40}, SETS), SpendFactor({500: 5}), OpenCaseFactor(25)]


class Customer:
    open_cases = 1
    plan = "gold"

    @property
    def spend_365d(self):
        raise ConnectionError("the accounts are down")


class Contact:
    text = "No signal"
    at = NOON

    @property
    def subject(self):
        return self.headers["Subject"]


class Case:
    def __init__(self, opened_at=NOON):
        self._opened_at = opened_at

    @property
    def opened_at(self):
        if isinstance(self._opened_at, Exception):
            raise self._opened_at
        return self._opened_at


def facts(**groups):
    return {"customer": Customer(), "contact": {"text": "No signal"}, "case": Case(), **groups}


def decide(given, factors=FACTORS, **options):
    return PriorityPolicy(factors, levels=LEVELS, **options).decide(given, now=NOON)


def test_a_property_that_raises_costs_its_own_factor_only():
    decision = decide(facts())
    assert {item.factor: item.points for item in decision.contributions} == {
        "keywords": 40,
        "spend": 0,
        "open_case": 25,
    }
    assert (decision.priority, decision.errors, decision.missing) == (
        "urgent",
        ("spend",),
        ("customer.spend_365d",),
    )
    assert decision.provisional
    told = "customer.spend_365d: ConnectionError: the accounts are down"
    assert f"+0 spend (unknown: customer.spend_365d; in error: {told})" in str(decision.explain())
    assert decision.contributions[1].to_plain()["error"] == told
    canonical.encode(decision.to_plain())


def test_a_factor_counts_what_it_can_read():
    decision = decide(facts(contact=Contact()))
    keywords = decision.contributions[0]
    assert (keywords.points, decision.errors) == (40, ("keywords", "spend"))
    assert keywords.error == "contact.subject: AttributeError: 'Contact' object has no attribute 'headers'"


def test_a_fact_of_a_wrong_kind_is_an_error_of_its_factor():
    decision = decide(facts(customer={"spend_365d": "700", "open_cases": -1}))
    assert (decision.score, decision.errors, decision.provisional) == (40, ("spend", "open_case"), True)
    assert (
        decision.contributions[1].error == "customer.spend_365d='700' is no number; give an int or a Decimal"
    )
    assert decision.contributions[2].error == "customer.open_cases=-1 is no count"


def test_both_are_told_when_a_fact_is_unreadable_and_another_of_a_wrong_kind():
    class Post:
        channel = 7

        @property
        def visibility(self):
            raise ValueError("lost")

    (only,) = decide({"contact": Post()}, [ChannelFactor({"social": 5, "public": 20})]).contributions
    assert only.points == 0
    assert only.error == "contact.visibility: ValueError: lost; contact.channel=7 is no text"


class Tenure:
    """A host's factor that reads a record and a part of it, and divides by what may be nothing."""

    name = "tenure"
    reads = ("customer", "customer.years")

    def contribute(self, facts, *, now):
        return Contribution(100 // facts["customer"]["years"])


def test_a_factor_of_the_hosts_that_raises_stops_nobody():
    decision = decide({"customer": {"years": 0}}, [Tenure()])
    (only,) = decision.contributions
    assert (only.factor, only.points, only.error) == (
        "tenure",
        0,
        "ZeroDivisionError: integer division or modulo by zero",
    )
    assert (decision.provisional, decision.errors) == (True, ("tenure",))


def test_a_factor_that_gives_nothing_at_all_is_told_too():
    class Silent(Tenure):
        def contribute(self, facts, *, now):
            return None

    assert "NoneType" in decide({}, [Silent()]).contributions[0].error


@pytest.mark.parametrize(
    ("contact", "since", "missing"),
    ((Contact(), NOON, ()), ({}, NOON + timedelta(hours=1), ("case.opened_at",))),
)
def test_an_opening_that_cannot_be_read_is_told_and_the_next_instant_counts(contact, since, missing):
    policy = PriorityPolicy([], levels=LEVELS, ageing=Ageing.linear(2))
    broken = {"case": Case(opened_at=OSError("disk")), "contact": contact}
    decision = policy.decide(broken, now=NOON + timedelta(hours=1))
    assert decision.sort_key == policy.order.key(0, since)
    assert (decision.errors, decision.missing) == (("case.opened_at",), missing)
    assert "in error and passed over: case.opened_at: OSError: disk" in str(decision.explain())


def test_a_line_in_error_says_what_it_met_and_the_next_lines_count():
    lines = [
        {"when": "customer.spend_365d > 5", "priority": "urgent"},
        {"when": "customer.plan == 'gold'", "priority": "high"},
    ]
    decision = decide(facts(), [], overrides=lines)
    assert (decision.priority, decision.errors, len(decision.faults)) == ("high", ("overrides[0]",), 1)
    assert (
        "in error and passed over: overrides[0]: customer.spend_365d > 5 is in error (customer.spend_365d is "
        "unreadable: 'spend_365d' raised ConnectionError: the accounts are down)"
    ) in str(decision.explain())


def test_a_fact_is_missing_only_when_there_is_none():
    row = Row(plan="gold", _note="x")
    assert [fact_at(row, path) for path in ("plan", "age", "_note")] == ["gold", None, None]
    with pytest.raises(AttributeError, match="headers"):
        fact_at({"contact": Contact()}, "contact.subject")
