"""Directories held in memory."""

from datetime import UTC, datetime

from supportkit.cases import Agent, ContactPoint, Customer
from supportkit.desk import Agents, Customers

JO = Customer("jo", [ContactPoint("email", "Jo@Example.org"), ContactPoint("phone", "+44 20 7946 0101")])
JOANNA = Customer("joanna", [ContactPoint("email", "jo@example.org")], merged_into="jo")
TWIN = Customer("twin", [ContactPoint("email", "jo@example.org")])


def ids(customers, *points):
    return [customer.id for customer in customers.candidates(points)]


def test_a_customer_is_found_by_any_of_their_points_however_written():
    customers = Customers([JO])
    assert ids(customers, ContactPoint("email", "JO@example.ORG")) == ["jo"]
    assert ids(customers, ContactPoint("phone", "0044 (20) 7946-0101", region="GB")) == ["jo"]
    assert ids(customers, ContactPoint("email", "other@example.org")) == []
    assert ids(customers) == []


def test_everybody_who_shares_a_point_is_a_candidate_once():
    points = [ContactPoint("email", "jo@example.org"), ContactPoint("phone", "+442079460101")]
    assert sorted(ids(Customers([JO, TWIN]), *points)) == ["jo", "twin"]


def test_merged_records_bring_along_the_one_that_took_them_over():
    assert sorted(ids(Customers([JO, JOANNA]), ContactPoint("email", "jo@example.org"))) == ["jo", "joanna"]
    old = Customer("old", [ContactPoint("email", "old@example.org")], merged_into="joanna")
    assert ids(Customers([JO, JOANNA, old]), ContactPoint("email", "old@example.org")) == [
        "old",
        "joanna",
        "jo",
    ]


def test_records_merged_in_a_circle_or_into_nobody_end_somewhere():
    one = Customer("one", [ContactPoint("email", "a@b.example")], merged_into="two")
    two = Customer("two", merged_into="one")
    assert ids(Customers([one, two]), ContactPoint("email", "a@b.example")) == ["one", "two"]
    assert ids(Customers([one]), ContactPoint("email", "a@b.example")) == ["one"]


def test_points_that_cannot_be_read_find_nobody_and_stop_nothing():
    customers = Customers(
        [Customer("odd", [ContactPoint("phone", "call me"), ContactPoint("email", "a@b.example")])]
    )
    assert ids(customers, ContactPoint("phone", "call me")) == []
    assert ids(customers, ContactPoint("email", "a@b.example")) == ["odd"]


def test_a_customer_is_found_by_id():
    assert Customers([JO]).customer("jo") is JO
    assert Customers([JO]).customer("nobody") is None


def test_a_fixed_roster_is_the_same_at_all_times():
    ann = Agent("ann")
    assert Agents(iter([ann])).agents(now=datetime(2026, 1, 1, tzinfo=UTC)) == (ann,)
