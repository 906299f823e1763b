"""Dates and amounts of the law, recounted day by day and hour by hour; authority, recounted role by role."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.recovery import IncidentTerms, Limits, authorise, entitlement, statutory_date

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = date(2026, 3, 2)
DAYS = st.integers(0, 60)
HOLIDAYS = st.sets(st.integers(0, 80).map(lambda days: START + days * DAY), max_size=8)
# What the scheme paid on each date, as a table of its own.
RATES = (
    ("2019-04-01", "8.00", "25.00", "5.00"),
    ("2021-04-01", "8.06", "25.18", "5.04"),
    ("2022-04-01", "8.40", "26.24", "5.25"),
    ("2023-04-01", "9.33", "29.15", "5.83"),
    ("2024-04-01", "9.76", "30.49", "6.10"),
    ("2025-04-01", "9.98", "31.19", "6.24"),
    ("2026-04-01", "10.34", "32.31", "6.46"),
)


def rate(on, column):
    return [Decimal(row[column]) for row in RATES if date.fromisoformat(row[0]) <= on][-1]


def working(day, holidays):
    return day.isoweekday() <= 5 and day not in holidays


@given(
    DAYS,
    HOLIDAYS,
    st.sampled_from(
        [
            ("summary_resolution", 3),
            ("final_response.payment", 15),
            ("final_response.payment_exceptional", 35),
        ]
    ),
)
def test_business_days_are_counted_one_by_one_from_the_day_after(days, holidays, rule):
    name, wanted = rule
    received = START + days * DAY
    calendar = [received + n * DAY for n in range(1, 200)]
    expected = [day for day in calendar if working(day, holidays)][wanted - 1]
    assert statutory_date(f"gb.disp.{name}", received, holidays=holidays) == expected


@given(DAYS, HOLIDAYS)
def test_eight_weeks_are_fifty_six_days_whatever_the_days_are(days, holidays):
    received = START + days * DAY
    expected = [received + n * DAY for n in range(1, 57)][-1]
    assert statutory_date("gb.disp.final_response", received, holidays=holidays) == expected


@given(DAYS, DAYS, HOLIDAYS, st.booleans(), st.dates(date(2019, 4, 1), date(2027, 1, 1)))
def test_a_repair_is_paid_for_each_day_after_two_full_working_days(reported, took, holidays, counted, on):
    told, done = START + reported * DAY, START + reported * DAY + took * DAY
    full, owed = 0, 0
    for day in (told + n * DAY for n in range(1, 200)):
        if day > done or (day == done and not counted):
            break
        owed += full >= 2
        full += working(day, holidays)
    found = entitlement(
        "gb.ofcom.delayed_repair",
        on=on,
        reported=told,
        repaired=done,
        count_day_of_repair=counted,
        holidays=holidays,
    )
    assert (found.days, found.amount) == (owed, owed * rate(on, 1))


@given(DAYS, st.integers(-5, 60), st.dates(date(2019, 4, 1), date(2027, 1, 1)))
def test_a_late_start_is_paid_from_the_promised_day_to_the_day_before(promised, took, on):
    first, last = START + promised * DAY, START + (promised + took) * DAY
    owed = sum(first <= START + n * DAY < last for n in range(200))
    found = entitlement("gb.ofcom.delayed_start", on=on, promised=first, started=last)
    assert (found.days, found.amount) == (owed, owed * rate(on, 3))


@given(st.integers(0, 72 * 3600), st.dates(date(2019, 4, 1), date(2027, 1, 1)))
def test_a_missed_appointment_is_paid_below_a_day_of_notice(seconds, on):
    found = entitlement("gb.ofcom.missed_appointment", on=on, notice=timedelta(seconds=seconds))
    assert found.amount == (rate(on, 2) if seconds < 86_400 else 0)


@given(st.integers(0, 200 * 60), st.integers(0, 20_000))
def test_an_outage_of_a_network_is_paid_by_thirtieths(minutes, cents):
    found = entitlement(
        "nl.telecom.outage", on=START, lasted=timedelta(minutes=minutes), monthly_fee=Decimal(cents) / 100
    )
    days = ceil(Fraction(minutes, 24 * 60)) if minutes > 12 * 60 else 0
    exact = Fraction(cents * days, 30)
    rounded = int(exact + Fraction(1, 2))
    assert (found.days, found.amount) == (days, Decimal(rounded) / 100)


@given(st.integers(0, 100 * 60))
def test_an_outage_of_power_is_paid_by_steps(minutes):
    owed = 0
    if minutes >= 4 * 60:
        owed, left = 35, minutes - 8 * 60
        while left > 0:
            owed, left = owed + 20, left - 4 * 60
    assert entitlement("nl.power.outage", on=START, lasted=timedelta(minutes=minutes)).amount == owed


ROLES = ("agent", "lead", "boss")


@given(
    st.lists(st.none() | st.integers(0, 40), min_size=3, max_size=3),
    st.integers(-3, 60),
    st.lists(st.integers(0, 20), max_size=3),
    st.sampled_from((*ROLES, "guest")),
    st.none() | st.integers(0, 50),
    st.none() | st.integers(0, 80),
)
def test_authority_is_what_a_look_at_every_role_says(up_to, amount, granted, role, raised, budget):
    limits = Limits(zip(ROLES, up_to, strict=True), "EUR", "case")
    spent = sum(granted)
    terms = IncidentTerms(limit=raised, budget=budget, spent=spent)
    found = authorise(amount, currency="EUR", role=role, limits=limits, granted=granted, incident=terms)

    def may(who):
        if amount == 0:
            return True
        if budget is not None and spent + amount > budget:
            return False
        own = dict(zip(ROLES, up_to, strict=True)).get(who, 0)
        if own is None:
            return True
        return spent + amount <= (max(own, raised) if raised is not None and who in ROLES else own)

    by_limit = sorted(ROLES, key=lambda who: float("inf") if limits.of(who) is None else limits.of(who))
    able = [who for who in by_limit if may(who)]
    if amount < 0:
        assert found.decision == "invalid"
    elif may(role):
        assert (found.decision, found.role) == ("approve", role)
    else:
        assert (found.decision, found.role) == ("needs", able[0] if able else None)


@pytest.mark.parametrize("row", range(len(RATES)))
def test_every_table_begins_on_its_day(row):
    since = date.fromisoformat(RATES[row][0])
    for on, expected in ((since, row), (since - DAY, row - 1)):
        if expected >= 0:
            found = entitlement("gb.ofcom.missed_appointment", on=on, notice=None)
            assert found.amount == Decimal(RATES[expected][2])
