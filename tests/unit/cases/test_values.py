"""Contacts, customers, purchases, agents and cases: what they accept and how they say no."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest

from supportkit.cases import (
    OPEN_STATUSES,
    STATUSES,
    Agent,
    Case,
    Contact,
    ContactPoint,
    Customer,
    Deadline,
    Log,
    NextAction,
    Promise,
    Purchase,
    check_status,
    fold,
    money,
    utc,
)
from supportkit.errors import InvalidValue, NaiveDatetime

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


def contact(**said):
    return Contact(**{"id": "m1", "channel": "email", "at": NINE} | said)


@pytest.mark.parametrize(
    ("make", "message"),
    (
        (
            lambda: ContactPoint("fax", "1"),
            "contact point kind='fax' is none of email, phone, handle, account",
        ),
        (lambda: ContactPoint("email", "  "), "contact point of kind 'email' has an empty value"),
        (lambda: contact(form="fax"), "contact form='fax' is none of message, call, voicemail"),
        (lambda: contact(visibility="world"), "contact visibility='world' is none of public, private"),
        (lambda: contact(audience="all"), "contact audience='all' is none of customer, internal"),
        (
            lambda: contact(at=NINE.replace(tzinfo=None)),
            "at=datetime.datetime(2026, 7, 1, 9, 0) has no time zone",
        ),
        (lambda: contact(at="2026-07-01"), "at='2026-07-01' is no datetime"),
        (lambda: Purchase(NINE, 1.5, "EUR"), "amount=1.5 is no exact amount; give a Decimal, an int or text"),
        (lambda: Purchase(NINE, True, "EUR"), "amount=True is no exact amount"),
        (lambda: Purchase(NINE, "12,50", "EUR"), "amount='12,50' is no number"),
        (lambda: Purchase(NINE, "Infinity", "EUR"), "amount='Infinity' is not finite"),
        (lambda: Purchase(NINE, "nan", "EUR"), "amount='nan' is not finite"),
        (lambda: money([1]), "amount=[1] is no number"),
        (lambda: money({}), "amount={} is no number"),
        (lambda: money(None), "amount=None is no number"),
        (
            lambda: Purchase(NINE, 1, "EURO"),
            "currency='EURO' is no ISO 4217 code; write three letters such as 'EUR'",
        ),
        (lambda: Purchase(NINE, 1, "E1R"), "currency='E1R' is no ISO 4217 code"),
        (lambda: Purchase(NINE, 1, "\u00c4UR"), "is no ISO 4217 code"),
        (lambda: Purchase(NINE, 1, None), "currency=None is no ISO 4217 code"),
        (lambda: Purchase(NINE.replace(tzinfo=None), 1, "EUR"), "at="),
        (lambda: Promise("p", due=NINE.replace(tzinfo=None)), "due="),
        (lambda: Agent("a", idle_since=NINE.replace(tzinfo=None)), "idle_since="),
        (lambda: check_status("on hold"), "status='on hold' is none of new, open, waiting_customer"),
    ),
)
def test_what_can_never_be_right_is_refused_by_name_value_and_way_out(make, message):
    with pytest.raises(InvalidValue) as refused:
        make()
    assert str(refused.value).startswith(message) or message in str(refused.value)


@pytest.mark.parametrize(
    ("given", "amount"), (("19.90", "19.90"), (20, "20"), (Decimal("-1.5"), "-1.5"), (" 3 ", "3"))
)
def test_amounts_are_read_exactly(given, amount):
    assert str(money(given)) == amount


def test_an_instant_is_kept_in_utc_whatever_zone_it_came_in():
    local = datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=ZoneInfo("Europe/London"))
    assert utc(local) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert contact(at=local).at.tzinfo is UTC
    assert Deadline("d", "m", due=local).due.tzinfo is UTC
    assert utc(NINE) is NINE


def test_two_local_instants_of_a_repeated_hour_compare_as_they_happened():
    zone = ZoneInfo("Europe/London")
    first, second = (datetime(2026, 10, 25, 1, 30, fold=fold_, tzinfo=zone) for fold_ in (0, 1))
    assert first == second
    assert contact(at=first).at < contact(at=second).at


def test_a_naive_instant_is_named_after_its_parameter():
    with pytest.raises(NaiveDatetime, match=r"^until="):
        utc(NINE.replace(tzinfo=None), name="until")


def test_headers_are_kept_in_order_with_repeats_and_found_whatever_their_case():
    mail = contact(headers=[("Received", "a"), ("X-Loop", "1"), ("received", "b")])
    assert mail.header_values("RECEIVED") == ("a", "b")
    assert (mail.header("x-loop"), mail.header("Subject")) == ("1", None)
    assert contact(headers={"Subject": "Hi"}).headers == (("Subject", "Hi"),)


def test_texts_of_a_customer_stand_in_no_repr():
    shown = repr(contact(text="purple elephants", headers=[("Subject", "purple")]))
    assert "purple" not in shown


def test_unknown_purchases_are_not_no_purchases():
    assert Customer("jo").purchases is None
    assert Customer("jo", purchases=()).purchases == ()


def test_lists_become_tuples_so_that_values_stay_frozen():
    ann = Agent("ann", teams=["a"], channels_off=["phone"], permissions=["p"])
    assert (ann.teams, ann.channels_off, ann.permissions) == (("a",), ("phone",), ("p",))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ann.presence = "away"


def full_case():
    due = NINE + timedelta(hours=1)
    told = Log("17").opened(at=NINE.astimezone(timezone(timedelta(hours=3))), customer="jo")
    told = told.add("case.classified", at=NINE, kind="incident", tags=["a", "b"])
    told = told.assigned(at=NINE, agent="ann", team="t").add(
        "priority.decided", at=NINE, priority="high", score=Decimal("1.50"), sort_key=-5
    )
    told = told.add("case.next_action_set", at=NINE, what="call", due=due, owner="ann")
    told = told.add("promise.made", at=NINE, id="p", due=due, zone="Europe/London").add(
        "promise.made", at=NINE, id="q"
    )
    return fold(told.add("case.handler_excluded", at=NINE, agent="bob"))


@pytest.mark.parametrize(
    "case", (full_case(), Case(id="17"), fold(Log("17").opened(at=NINE).closed(at=NINE)))
)
def test_a_case_is_read_back_from_plain_types(case):
    assert Case.from_plain(case.to_plain()) == case


def test_a_case_writes_only_what_it_says():
    assert Case(id="17").to_plain() == {"id": "17"}
    plain = full_case().to_plain()
    assert "excluded" in plain
    assert {"faults", "outcome", "public", "extra", "replies"}.isdisjoint(plain)


def test_what_a_later_version_wrote_is_kept_and_written_again():
    plain = {"id": "17", "mood": "cross", "sla_2": {"at": {"$dt": "2026-07-01T09:00:00Z"}}}
    case = Case.from_plain(plain)
    assert case.extra == {"mood": "cross", "sla_2": {"at": NINE}}
    assert case.to_plain() == plain
    assert Case.from_plain(case.to_plain()) == case


@pytest.mark.parametrize("status", STATUSES)
def test_a_case_is_open_until_it_is_resolved_closed_or_merged(status):
    assert Case(id="17", status=status).is_open == (status not in {"resolved", "closed", "merged"})
    assert (status in OPEN_STATUSES) == Case(id="17", status=status).is_open


def test_a_next_action_may_lack_date_and_owner():
    assert NextAction("call") == NextAction("call", None, None)
