"""Facts are what rules read: known values, or nothing at all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.cases import (
    FACTS,
    MICROSECOND,
    Agent,
    Case,
    Contact,
    Customer,
    Event,
    Purchase,
    agent_facts,
    case_facts,
    contact_facts,
    customer_facts,
    event_facts,
)

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def of_customer(customer, **said):
    return customer_facts(customer, **{"now": NINE, "currency": "GBP", "rates": {}, "open_cases": 0} | said)


MADE = {
    "contact": contact_facts(Contact(id="m", channel="email", at=NINE)),
    "customer": of_customer(Customer("jo", purchases=())),
    "case": case_facts(Case(id="17")),
    "agent": agent_facts(Agent("ann")),
    "event": event_facts(Event.of("case.opened", at=NINE, actor="agent:ann")),
}


@pytest.mark.parametrize("group", MADE)
def test_the_facts_made_are_the_facts_of_the_schema(group):
    # What lies below a list (customer.purchases.amount) types its elements.
    named = {field.path.split(".")[1] for field in FACTS if field.path.startswith(f"{group}.")}
    assert set(MADE[group]) == named


def test_every_fact_that_may_be_unknown_is_nullable():
    for group, facts in MADE.items():
        for name, value in facts.items():
            if value is None and group != "case":
                assert FACTS.field(f"{group}.{name}").nullable, f"{group}.{name}"


def test_what_says_who_somebody_is_or_what_they_wrote_is_private():
    private = {field.path for field in FACTS if field.private}
    assert private == {"contact.sender", "contact.subject", "contact.text"}


def test_a_contact_is_told_as_it_came():
    contact = Contact(
        id="m", channel="social", channel_name="", at=NINE, form="mention", visibility="public", reach=900, sentiment=-0.1,
        text="No signal", subject=None, language="en",
    )  # fmt: skip
    facts = contact_facts(contact)
    assert (facts["channel_name"], facts["reach"], facts["text"], facts["subject"]) == (
        None,
        900,
        "No signal",
        None,
    )
    assert facts["sentiment"] == Decimal("-0.1")


def test_nobody_known_has_no_tags_and_proved_nothing():
    assert of_customer(None, open_cases=2) == {"tags": (), "verified": False, "open_cases": 2}


def test_spend_that_cannot_be_known_is_nothing_not_zero():
    unasked = of_customer(Customer("jo"))
    foreign = of_customer(Customer("jo", purchases=[Purchase(NINE - timedelta(days=60), 1, "EUR")]))
    names = ("spend_30d", "spend_90d", "spend_365d", "lifetime_spend", "purchases")
    assert [unasked[name] for name in names] == [None] * 5
    assert [foreign[name] for name in names[:4]] == [Decimal("0.00"), None, None, None]


def test_each_window_of_spend_counts_its_days():
    bought = [
        Purchase(NINE - timedelta(days=days), 1, "GBP", product="p", serial="s") for days in (1, 60, 200, 999)
    ]
    facts = of_customer(Customer("jo", purchases=bought))
    assert [facts[name] for name in ("spend_30d", "spend_90d", "spend_365d", "lifetime_spend")] == [
        1,
        2,
        3,
        4,
    ]
    assert facts["purchases"][0] == {
        "at": NINE - timedelta(days=1), "amount": 1, "currency": "GBP", "product": "p", "model": None, "serial": "s",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("contacts", "counted"),
    (
        (None, None),
        ((), 0),
        ((NINE - WEEK, NINE - WEEK + MICROSECOND, NINE, NINE + MICROSECOND), 2),
    ),
)
def test_contacts_of_the_last_seven_days_are_counted_in_a_half_open_window(contacts, counted):
    assert of_customer(Customer("jo"), contacts=contacts)["contacts_7d"] == counted


@pytest.mark.parametrize(
    ("load", "sum_"), ((0, "0"), (1.5, "1.5"), ({"email": 2, "phone": 0.5}, "2.5"), ({}, "0"))
)
def test_an_agent_s_load_is_the_sum_over_all_channels(load, sum_):
    assert agent_facts(Agent("ann", load=load))["load"] == Decimal(sum_)


def test_an_event_is_told_by_kind_and_kind_of_actor():
    assert MADE["event"] == {"kind": "case.opened", "actor_kind": "agent"}
