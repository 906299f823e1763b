"""The catalogue of remedies, and how often somebody gets goodwill."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.cases import Event
from supportkit.errors import InvalidValue
from supportkit.recovery import GivenRemedy, GoodwillRule, RemedyOption, given_remedies

NOON = datetime(2026, 7, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def gift(days, amount=10, counts_as="goodwill", **said):
    return GivenRemedy(at=NOON - days * DAY, case="1", counts_as=counts_as, amount=Decimal(amount), **said)


def test_the_first_complaint_gets_it_and_the_tenth_in_a_month_does_not():
    rule = GoodwillRule(window=30 * DAY, count=9)
    gifts = [gift(days) for days in range(9)]
    assert rule.decide(10, given=[], now=NOON).allowed
    assert rule.decide(10, given=gifts[:8], now=NOON).allowed
    tenth = rule.decide(10, given=gifts, now=NOON)
    assert (tenth.allowed, tenth.count, tenth.value) == (False, 9, Decimal(90))
    assert tenth.reasons == ("9 times within P30D already, 9 at most",)


@pytest.mark.parametrize(("days", "counted"), ((0, 1), (29, 1), (30, 0), (-1, 0)))
def test_the_window_is_half_open(days, counted):
    rule = GoodwillRule(window=30 * DAY, count=5)
    assert rule.decide(10, given=[gift(days)], now=NOON).count == counted


@pytest.mark.parametrize(("amount", "allowed"), ((20, True), ("20.01", False)))
def test_its_value_is_bounded_too(amount, allowed):
    rule = GoodwillRule(window=30 * DAY, value=50)
    decided = rule.decide(amount, given=[gift(1), gift(2, 20)], now=NOON)
    assert decided.allowed is allowed


def test_what_the_law_owes_and_what_makes_good_is_no_goodwill():
    rule = GoodwillRule(window=30 * DAY, count=1, value=5)
    given = [
        gift(1, scheme="gb.ofcom.missed_appointment"),
        gift(2, counts_as="compensate"),
        gift(3, counts_as="perk"),
    ]
    assert rule.decide(5, given=given, now=NOON).allowed


@pytest.mark.parametrize(
    ("make", "words"),
    (
        (lambda: GoodwillRule(count=0), "count=0"),
        (lambda: GoodwillRule(window=timedelta(0)), "above zero"),
        (lambda: GoodwillRule(value=-1), "value of goodwill is -1"),
        (lambda: RemedyOption("x", "hug"), "of kind 'hug', none of fix, compensate"),
        (lambda: RemedyOption("x", "perk", value=1, at_most=2), "leave one out"),
        (lambda: RemedyOption("x", "perk", value=-1), "worth is -1"),
        (lambda: RemedyOption("x", "perk").amount(), "no value of its own"),
        (lambda: RemedyOption("x", "perk", value=5).amount(6), "is worth 5, not 6"),
        (lambda: RemedyOption("x", "refund", at_most=5).amount(6), "above 5, the most there is"),
        (lambda: RemedyOption("x", "refund").amount(-1), "amount is -1"),
    ),
)  # fmt: skip
def test_what_can_never_be_right_is_refused(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()


@pytest.mark.parametrize(
    ("option", "asked", "amount"),
    (
        (RemedyOption("x", "perk", value="5.50"), None, "5.50"),
        (RemedyOption("x", "perk", value="5.50"), "5.5", "5.50"),
        (RemedyOption("x", "refund", at_most=5), 5, "5"),
        (RemedyOption("x", "refund"), "99.99", "99.99"),
        (RemedyOption("x", "fix"), None, "0"),
        (RemedyOption("x", "apologise"), None, "0"),
        (RemedyOption("x", "points", value=3, counts_as="goodwill"), None, "3"),
    ),
)
def test_a_remedy_has_its_value_or_is_told_it(option, asked, amount):
    assert option.amount(asked) == Decimal(amount)


def test_what_was_given_is_read_from_any_stream():
    said = {
        "remedy": "voucher",
        "kind": "points",
        "counts_as": "goodwill",
        "amount": Decimal(5),
        "currency": "GBP",
    }
    given = Event.of("recovery.remedy_given", at=NOON, stream="case:17", actor="agent:ann", id="r1", **said)
    copy = Event.of(
        "recovery.remedy_given", at=NOON, stream="customer:jo", actor="agent:ann", id="r1", case="17", **said
    )
    other = Event.of("recovery.apologised", at=NOON, stream="case:17")
    one, two = given_remedies([other, given, copy])
    assert one == two
    assert (one.case, one.by, one.counts_as, one.discretionary) == ("17", "ann", "goodwill", True)
