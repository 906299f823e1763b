"""Wanted articles, the report for product development, the floor of service, what customers bought afterwards."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.cases import Log, Purchase, Unknown
from supportkit.errors import InvalidValue
from supportkit.insight import Ratio, knowledge_gaps, product_report, repeat_purchases, service_floor

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def solved(name, *, code="cable", article=None, customer=None, at=NINE):
    log = Log(name).opened(at=at, customer=customer or f"jo{name}")
    return log.resolved(at=at + HOUR, code=code, article=article)


def test_an_article_is_wanted_for_what_is_solved_often_without_one():
    logs = [solved(str(n), customer="jo") for n in range(3)] + [solved("9", code="reset")]
    (gap,) = knowledge_gaps(logs)
    assert (gap.topic, gap.cases, gap.customers, gap.last_at) == ("cable", ("0", "1", "2"), 1, NINE + HOUR)
    assert [gap.topic for gap in knowledge_gaps(logs, at_least=1)] == ["cable", "reset"]
    assert knowledge_gaps(logs, at_least=4) == ()


def test_no_article_is_wanted_where_one_was_used_or_nothing_is_solved():
    assert knowledge_gaps([solved(str(n), article="kb-1" if n == 2 else None) for n in range(3)]) == ()
    assert knowledge_gaps([Log(str(n)).opened(at=NINE) for n in range(3)]) == ()
    assert knowledge_gaps([solved(str(n), code=None) for n in range(3)]) == ()


def test_gaps_of_a_period_are_those_solved_in_it():
    logs = [solved(str(n), at=NINE + n * DAY) for n in range(4)]
    assert knowledge_gaps(logs, since=NINE + DAY, until=NINE + 5 * DAY)[0].cases == ("1", "2", "3")
    assert knowledge_gaps(logs, until=NINE + 2 * DAY) == ()


def test_a_number_of_cases_below_one_is_refused():
    with pytest.raises(InvalidValue, match="at_least=0"):
        knowledge_gaps([], at_least=0)


def matter(name, product, at, *, customer, category="line", remedy=None):
    log = (
        Log(name)
        .opened(at=at, product=product, customer=customer)
        .add("case.classified", at=at, category=category)
    )
    if remedy is not None:
        log = log.add("recovery.remedy_given", at=at, amount=Decimal(remedy), currency="EUR")
    return log


MATTERS = [
    matter("1", "modem", NINE, customer="jo", remedy=5),
    matter("2", "modem", NINE + DAY, customer="jo", remedy="2.50"),
    matter("3", "modem", NINE + 2 * DAY, customer="al"),
    matter("4", "modem", NINE - DAY, customer="al"),
    matter("5", None, NINE + DAY, customer=None, category=None),
    matter("6", "modem", NINE, customer="ed").add("case.merged", at=NINE, into="1"),
    matter("7", "modem", NINE - 8 * DAY, customer="ed"),
]


def test_the_report_says_how_often_of_whom_at_what_cost_and_the_trend():
    report = product_report(MATTERS, since=NINE, until=NINE + 7 * DAY, spend={"jo": Decimal(100)}, examples=2)
    modem, unknown = report.lines
    assert (modem.product, modem.topic, modem.cases, modem.before, modem.trend) == (
        "modem",
        "line",
        3,
        1,
        3.0,
    )
    assert (modem.customers, modem.cost, modem.value) == (2, {"EUR": Decimal("7.50")}, Decimal(100))
    assert (modem.examples, modem.answer_back) == (("3", "2"), ("al", "jo"))
    assert (unknown.product, unknown.topic, unknown.trend, unknown.customers) == (
        "unknown",
        "unknown",
        None,
        1,
    )
    assert unknown.answer_back == ()


def test_the_report_is_the_same_in_any_order_and_knows_nothing_later():
    report = product_report(MATTERS, since=NINE, until=NINE + 7 * DAY)
    assert product_report(MATTERS[::-1], since=NINE, until=NINE + 7 * DAY) == report
    assert product_report(MATTERS, since=NINE, until=NINE + DAY).lines[0].cases == 1


def test_the_report_is_a_table_and_plain_types():
    report = product_report(MATTERS, since=NINE, until=NINE + 7 * DAY)
    assert report.to_table().splitlines() == [
        "product  topic    cases  before  customers  cost      examples",
        "modem    line     3      1       2          7.50 EUR  3, 2, 1",
        "unknown  unknown  1      0       1          -         5",
    ]
    assert report.to_dict()["lines"][0]["answer_back"] == ["al", "jo"]


def test_a_report_about_no_time_is_refused():
    with pytest.raises(InvalidValue, match="one instant"):
        product_report([], since=NINE, until=NINE)


def waited(name, channel, hours, *, at=NINE, customer="jo"):
    log = Log(name).opened(at=at, channel=channel, customer=customer)
    return log if hours is None else log.agent_reply(at=at + hours * HOUR)


WAITED = [
    waited("1", "phone", 1), waited("2", "phone", 2), waited("3", "email", 5, customer="al"),
    waited("4", "email", None, at=NINE + 4 * HOUR), waited("5", None, 1),
]  # fmt: skip
NOW = NINE + 10 * HOUR


def test_each_segment_has_its_worst_wait_beside_its_benchmark():
    floors = service_floor(WAITED, by="channel", benchmark={"phone": HOUR, "other": 6 * HOUR}, now=NOW)
    assert [(f.segment, f.waits, f.worst, f.case, f.benchmark, f.below) for f in floors] == [
        ("phone", 2, 2 * HOUR, "2", HOUR, True),
        ("email", 2, 6 * HOUR, "4", 6 * HOUR, False),
        ("unknown", 1, HOUR, "5", 6 * HOUR, False),
    ]


def test_who_still_waits_counts_up_to_now_and_only_what_ended_since():
    (email,) = service_floor([WAITED[3]], by="channel", benchmark=5 * HOUR, now=NOW, since=NINE + 9 * HOUR)
    assert (email.worst, email.below) == (6 * HOUR, True)
    assert service_floor(WAITED[:2], by="channel", benchmark=HOUR, now=NOW, since=NINE + 3 * HOUR) == ()


def test_segments_are_made_by_customer_or_by_any_function():
    by_plan = service_floor(WAITED, by={"al": "gold"}, benchmark={"gold": HOUR}, now=NOW)
    assert [(f.segment, f.benchmark, f.below) for f in by_plan] == [
        ("gold", HOUR, True),
        ("unknown", None, False),
    ]
    assert service_floor(WAITED, by=lambda case: case.id, benchmark=HOUR, now=NOW)[0].segment == "2"


def test_a_segment_that_cases_do_not_have_is_refused_with_the_nearest():
    with pytest.raises(InvalidValue, match="did you mean 'channel'"):
        service_floor([], by="chanel", benchmark=HOUR, now=NOW)
    with pytest.raises(InvalidValue, match="use channel"):
        service_floor([], by="zzz", benchmark=HOUR, now=NOW)


def complaint(name, customer, score, *, at=NINE):
    log = (
        Log(name)
        .opened(at=at, customer=customer)
        .add("recovery.complaint_raised", at=at)
        .resolved(at=at + HOUR)
    )
    return log if score is None else log.add("feedback.given", at=at + 2 * HOUR, score=score)


def bought(days, amount, currency="EUR"):
    return Purchase(NINE + days * DAY, amount, currency)


def repeats(logs, purchases, *, days=60, **said):
    found = repeat_purchases(logs, purchases, within=30 * DAY, now=NINE + days * DAY, currency="EUR", **said)
    return {each.outcome: each for each in found}


def test_purchases_are_joined_to_how_the_case_ended():
    logs = [
        complaint("1", "jo", 5),
        complaint("2", "al", 1),
        complaint("3", "ed", None),
        solved("4", customer="bo"),
    ]
    found = repeats(
        logs, {"jo": [bought(2, 20), bought(3, "-5")], "al": [bought(2, "-9")], "bo": [bought(40, 7)]}
    )
    assert (found["recovered"].bought, found["recovered"].value) == (Ratio(1, 1), Decimal("15.00"))
    assert (found["not_recovered"].bought, found["not_recovered"].value) == (Ratio(0, 1), Decimal("-9.00"))
    assert (found["unknown"].bought, found["unknown"].unknown) == (Ratio(0, 0), 1)
    assert found["no_complaint"].bought == Ratio(0, 1)


def test_a_purchase_counts_once_for_the_latest_solution_before_it():
    logs = [solved("1", customer="jo"), solved("2", customer="jo", at=NINE + 5 * DAY)]
    found = repeats(logs, {"jo": [bought(6, 20)]})["no_complaint"]
    assert (found.bought, found.value) == (Ratio(1, 2), Decimal("20.00"))


def test_a_case_counts_when_its_time_is_over():
    logs = [solved("1", customer="jo")]
    assert repeats(logs, {"jo": [bought(2, 20)]}, days=30)["no_complaint"].bought == Ratio(0, 0)
    assert repeats(logs, {"jo": [bought(0, 20)]}, days=31)["no_complaint"].bought == Ratio(0, 1)


def test_without_a_rate_the_value_is_unknown():
    found = repeats([solved("1", customer="jo")], {"jo": [bought(2, 20, "GBP")]})["no_complaint"]
    assert (found.bought.count, found.value) == (1, Unknown(("rate GBP/EUR",)))
    rated = repeats(
        [solved("1", customer="jo")], {"jo": [bought(2, 20, "GBP")]}, rates={"GBP": Decimal("1.5")}
    )
    assert rated["no_complaint"].value == Decimal("30.00")


def test_no_time_after_a_solution_is_refused():
    with pytest.raises(InvalidValue, match="not above 0"):
        repeat_purchases([], {}, within=timedelta(0), now=NINE, currency="EUR")
