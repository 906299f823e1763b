"""What a customer is owed without asking."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue
from supportkit.recovery import SCHEMES, entitlement

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
ON = date(2024, 6, 3)  # a Monday
REPORTED = date(2024, 6, 3)


def owed(scheme, *, on=ON, **facts):
    found = entitlement(scheme, on=on, **facts)
    return found.amount, found.days


@pytest.mark.parametrize(
    ("on", "repair", "appointment", "start"),
    (
        (date(2019, 4, 1), "8.00", "25.00", "5.00"),
        (date(2021, 3, 31), "8.00", "25.00", "5.00"),
        (date(2021, 4, 1), "8.06", "25.18", "5.04"),
        (date(2022, 3, 31), "8.06", "25.18", "5.04"),
        (date(2022, 4, 1), "8.40", "26.24", "5.25"),
        (date(2024, 3, 31), "9.33", "29.15", "5.83"),
        (date(2024, 4, 1), "9.76", "30.49", "6.10"),
        (date(2026, 3, 31), "9.98", "31.19", "6.24"),
        (date(2026, 4, 1), "10.34", "32.31", "6.46"),
        (date(2030, 1, 1), "10.34", "32.31", "6.46"),
    ),
)
def test_the_date_picks_the_table(on, repair, appointment, start):
    day = timedelta(days=1)
    assert owed("gb.ofcom.missed_appointment", on=on, notice=None) == (Decimal(appointment), None)
    assert owed("gb.ofcom.delayed_start", on=on, promised=on, started=on + day) == (Decimal(start), 1)
    facts = {"reported": REPORTED, "repaired": REPORTED + 4 * day}
    assert owed("gb.ofcom.delayed_repair", on=on, **facts) == (Decimal(repair), 1)


@pytest.mark.parametrize(
    ("notice", "amount"),
    ((None, "30.49"), (timedelta(0), "30.49"), (24 * HOUR - MICROSECOND, "30.49"), (24 * HOUR, "0.00")),
)
def test_a_day_is_notice_enough(notice, amount):
    assert owed("gb.ofcom.missed_appointment", notice=notice) == (Decimal(amount), None)


@pytest.mark.parametrize(
    ("started", "days"), ((ON, 0), (ON + timedelta(1), 1), (ON + timedelta(10), 10), (ON - timedelta(1), 0))
)
def test_a_late_start_counts_the_promised_day_and_not_the_day_of_the_start(started, days):
    amount, counted = owed("gb.ofcom.delayed_start", promised=ON, started=started)
    assert (amount, counted) == (Decimal("6.10") * days, days)


@pytest.mark.parametrize(
    ("reported", "repaired", "more", "days"),
    (
        (date(2024, 6, 3), date(2024, 6, 5), {}, 0),
        (date(2024, 6, 3), date(2024, 6, 6), {}, 0),
        (date(2024, 6, 3), date(2024, 6, 6), {"count_day_of_repair": True}, 1),
        (date(2024, 6, 3), date(2024, 6, 5), {"count_day_of_repair": True}, 0),
        (date(2024, 6, 3), date(2024, 6, 9), {}, 3),
        (date(2024, 6, 3), date(2024, 6, 9), {"count_day_of_repair": True}, 4),
        (date(2024, 6, 7), date(2024, 6, 12), {}, 0),
        (date(2024, 6, 7), date(2024, 6, 13), {}, 1),
        (date(2024, 6, 8), date(2024, 6, 13), {}, 1),
        (date(2024, 6, 3), date(2024, 6, 9), {"holidays": [date(2024, 6, 4)]}, 2),
        (date(2024, 6, 3), date(2024, 6, 3), {}, 0),
        (date(2024, 6, 3), date(2024, 6, 1), {"count_day_of_repair": True}, 0),
    ),
)
def test_a_late_repair_counts_calendar_days_after_two_full_working_days(reported, repaired, more, days):
    amount, counted = owed("gb.ofcom.delayed_repair", reported=reported, repaired=repaired, **more)
    assert (amount, counted) == (Decimal("9.76") * days, days)


@pytest.mark.parametrize(
    ("lasted", "facts", "amount", "days"),
    (
        (12 * HOUR, {"monthly_fee": "46.50"}, "0.00", 0),
        (12 * HOUR + MICROSECOND, {"monthly_fee": "46.50"}, "1.55", 1),
        (24 * HOUR, {"monthly_fee": "46.50"}, "1.55", 1),
        (26 * HOUR, {"monthly_fee": "46.50"}, "3.10", 2),
        (48 * HOUR, {"monthly_fee": 30}, "2.00", 2),
        (48 * HOUR + MICROSECOND, {"monthly_fee": 30}, "3.00", 3),
        (13 * HOUR, {"monthly_fee": "25"}, "0.83", 1),
        (13 * HOUR, {"monthly_fee": "15.15"}, "0.51", 1),
        (13 * HOUR, {"prepaid": True}, "0.50", 1),
        (25 * HOUR, {"prepaid": True}, "1.00", 2),
        (12 * HOUR, {"prepaid": True}, "0.00", 0),
        (90 * HOUR, {"monthly_fee": 30, "disaster": True}, "0.00", 0),
    ),
)
def test_an_outage_of_a_network_counts_started_days_of_the_fee(lasted, facts, amount, days):
    assert owed("nl.telecom.outage", lasted=lasted, **facts) == (Decimal(amount), days)


@pytest.mark.parametrize(
    ("hours", "amount"),
    (
        ("3.9", 0),
        (4, 35),
        (8, 35),
        ("8.1", 55),
        (9, 55),
        (12, 55),
        ("12.1", 75),
        (13, 75),
        (16, 75),
        (24, 115),
    ),
)
def test_an_outage_of_power_counts_started_spans_of_four_hours(hours, amount):
    lasted = timedelta(hours=float(hours))
    assert owed("nl.power.outage", lasted=lasted) == (Decimal(amount), None)


def test_an_entitlement_says_why_by_which_rates_and_from_where():
    found = entitlement("gb.ofcom.delayed_start", on=ON, promised=ON, started=datetime(2024, 6, 5, 18))
    assert found.currency == "GBP"
    assert found.reasons == (
        "promised for 2024-06-03, started on 2024-06-05",
        "rates since 2024-04-01 (Ofcom, automatic compensation scheme, rates of each April)",
    )


def test_every_scheme_has_a_source_a_currency_and_rates_with_dates():
    for scheme in SCHEMES.values():
        assert scheme.source
        assert scheme.currency in {"GBP", "EUR"}
        assert all(isinstance(since, date) for since in scheme.rates)


@pytest.mark.parametrize(
    ("scheme", "facts", "words"),
    (
        ("gb.ofcom.delayed_repairs", {}, "did you mean 'gb.ofcom.delayed_repair'"),
        ("fr.x", {}, "known are gb.ofcom.missed_appointment"),
        ("gb.ofcom.delayed_start", {"promised": ON}, "missing a required argument: 'started'; its facts are promised"),
        ("gb.ofcom.missed_appointment", {"notice": None, "why": 1}, "unexpected keyword argument 'why'"),
        ("gb.ofcom.missed_appointment", {"notice": 24}, "notice=24 is no duration"),
        ("nl.telecom.outage", {"lasted": HOUR}, "either monthly_fee= or prepaid=True"),
        ("nl.telecom.outage", {"lasted": HOUR, "monthly_fee": 3, "prepaid": True}, "either monthly_fee="),
        ("nl.telecom.outage", {"lasted": 13 * HOUR, "monthly_fee": -3}, "monthly_fee=-3 is below zero"),
        ("nl.power.outage", {"lasted": -HOUR}, "is no duration"),
    ),
)  # fmt: skip
def test_what_can_never_be_right_says_which_fact_it_is(scheme, facts, words):
    with pytest.raises(InvalidValue, match=words):
        entitlement(scheme, on=ON, **facts)


def test_before_the_first_rates_nothing_is_guessed():
    with pytest.raises(InvalidValue, match="no rates before 2019-04-01"):
        entitlement("gb.ofcom.missed_appointment", on=date(2019, 3, 31), notice=None)
