"""What holds for every calendar, whatever its hours, zone and holidays."""

import operator
import pickle
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS, BusinessCalendar, Calendar, Ledger, resolve_local, zone
from supportkit.errors import NoOpenTime
from supportkit.testing.laws import Counterexample, of_calendar
from supportkit.testing.strategies import clock_changes, combined_calendars

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MICRO = timedelta(microseconds=1)
ZERO = timedelta(0)

clocks = st.builds(
    "{:02}:{:02}:{:02}.{:06}".format,
    st.integers(0, 23),
    st.sampled_from([0, 0, 15, 30, 59]),
    st.sampled_from([0, 0, 59]),
    st.sampled_from([0, 0, 1, 999_999]),
)
hours = st.lists(st.tuples(clocks, clocks | st.just("24:00")), min_size=1, max_size=3)
some_hours = st.lists(st.tuples(clocks, clocks | st.just("24:00")), max_size=2)
dates = st.dates(date(2011, 12, 1), date(2012, 2, 1)) | st.dates(date(2023, 12, 1), date(2025, 1, 10))
EVERY_ZONE = sorted(
    zoneinfo.available_timezones() & set((resources.files("tzdata") / "zones").read_text().split())
)
ODD = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # a date left out
    "America/Sao_Paulo",  # at midnight
    "Asia/Beirut",
    "America/Santiago",
    "Africa/Casablanca",  # back for Ramadan
    "Asia/Kathmandu",  # once, by a quarter of an hour
    "Antarctica/Troll",  # by two hours
)
zones = st.one_of(st.sampled_from(ODD), st.sampled_from(EVERY_ZONE))
few_days = st.timedeltas(timedelta(days=-3), timedelta(days=3))
instants = st.one_of(
    st.datetimes(datetime(2011, 12, 15), datetime(2012, 1, 15), timezones=zones.map(zone)),
    st.datetimes(datetime(2023, 12, 25), datetime(2025, 1, 5), timezones=zones.map(zone)),
    st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    clock_changes(zones=zones, first=1901, last=2099),
    st.builds(
        lambda at, by: (at.astimezone(UTC) + by).astimezone(at.tzinfo),
        clock_changes(zones=zones, first=1901, last=2099),
        few_days,
    ),
)
amounts = st.timedeltas(MICRO, timedelta(hours=1)) | st.timedeltas(MICRO, timedelta(days=400))

calendars = st.builds(
    BusinessCalendar,
    zones,
    weekly=st.dictionaries(st.sampled_from(DAYS), hours, min_size=1)
    | st.dictionaries(st.just("mon-sun"), hours, min_size=1),
    special=st.dictionaries(dates, some_hours, max_size=3),
    holidays=st.dictionaries(dates, st.sampled_from(["Boxing Day", "holiday"]), max_size=4)
    | st.sets(dates, max_size=4),
    weekly_breaks=st.dictionaries(st.sampled_from(DAYS), some_hours, max_size=2),
    breaks=st.dictionaries(dates, some_hours, max_size=2),
    closures=st.lists(
        st.tuples(instants, instants).map(lambda two: sorted(two, key=datetime.timestamp)), max_size=2
    ),
    holiday_mode=st.sampled_from(["clip", "start_day"]),
    ends=st.sampled_from(["membership", "fold0", "span"]),
)
combined = combined_calendars(calendars)
fewer = settings(max_examples=settings().max_examples // 4)  # each tries many things


@st.composite
def near_its_own_changes(draw, calendar):
    """An instant in the calendar's zone where its clocks change, or up to a day from there."""
    at = draw(clock_changes(zones=st.just(calendar.zone), first=1901, last=2099))
    by = draw(st.just(ZERO) | st.timedeltas(timedelta(days=-1), timedelta(days=1)))
    return (at.astimezone(UTC) + by).astimezone(at.tzinfo)


def utc(t):
    return t.astimezone(UTC)


def is_business(calendar, day):
    left_out = resolve_local(calendar.zone, day, "12:00").date() != day
    has_hours = calendar.special.get(day, calendar.weekly.get(DAYS[day.weekday()], ()))
    return bool(has_hours) and day not in calendar.holidays and not left_out


def reachable(call, *args):
    """The result, or nothing to test when the calendar never opens."""
    try:
        return call(*args)
    except NoOpenTime:
        assume(False)


@given(calendars, instants, amounts)
def test_between_takes_back_what_add_has_added(calendar, t, worked):
    end = reachable(calendar.add, t, worked)
    assert calendar.between(t, end) == worked
    assert calendar.between(t, utc(end) - MICRO) == worked - MICRO  # so it is the earliest
    assert end.tzinfo is t.tzinfo


@given(calendars, instants, amounts)
def test_between_takes_back_what_subtract_has_taken(calendar, t, worked):
    start = reachable(calendar.subtract, t, worked)
    assert calendar.between(start, t) == worked
    assert calendar.between(utc(start) + MICRO, t) == worked - MICRO  # so it is the latest
    assert start.tzinfo is t.tzinfo


@given(calendars, instants, amounts)
def test_a_negative_amount_is_the_opposite_operation(calendar, t, worked):
    assert utc(reachable(calendar.add, t, -worked)) == utc(calendar.subtract(t, worked))
    assert utc(reachable(calendar.subtract, t, -worked)) == utc(calendar.add(t, worked))


@given(calendars, instants)
def test_nothing_to_add_rolls_to_the_next_opening_and_nothing_to_subtract_to_the_last_closing(calendar, t):
    opening = reachable(calendar.next_open, t)
    closing = reachable(calendar.previous_open, t)
    assert (calendar.add(t, ZERO), calendar.subtract(t, ZERO)) == (opening, closing)
    assert calendar.is_open(opening)
    assert calendar.is_open(utc(closing) - MICRO) or utc(closing) == utc(t)
    assert calendar.between(closing, opening) == ZERO
    assert (utc(opening) == utc(t)) == calendar.is_open(t)


@given(calendars, instants, instants, instants)
def test_between_is_signed_additive_and_never_more_than_the_clock(calendar, a, b, c):
    assert calendar.between(a, b) == -calendar.between(b, a)
    assert calendar.between(a, c) == calendar.between(a, b) + calendar.between(b, c)
    low, high = sorted((utc(a), utc(b)))
    assert ZERO <= calendar.between(low, high) <= high - low


@given(calendars, instants)
def test_an_instant_is_open_exactly_when_the_microsecond_after_it_counts(calendar, t):
    assert calendar.is_open(t) == (calendar.between(t, utc(t) + MICRO) == MICRO)


@given(calendars, instants)
def test_the_next_closing_ends_an_open_stretch(calendar, t):
    closing = reachable(calendar.next_close, t)
    assert utc(closing) > utc(t)
    assert not calendar.is_open(closing)
    opening = calendar.next_open(t)
    assert calendar.between(t, closing) == utc(closing) - utc(opening)


@given(calendars, instants, st.timedeltas(ZERO, timedelta(days=40)))
def test_spans_are_apart_and_sum_to_between(calendar, a, length):
    b = utc(a) + length
    spans = list(calendar.spans(a, b))
    assert sum((span.duration for span in spans), ZERO) == calendar.between(a, b)
    assert all(utc(one.end) < utc(two.start) for one, two in pairwise(spans))
    assert all(utc(a) <= utc(span.start) < utc(span.end) <= b for span in spans)
    assert list(calendar.spans(a, b, reverse=True)) == spans[::-1]
    assert all(span.start.tzinfo is a.tzinfo is span.end.tzinfo for span in spans)


@given(calendars, instants, st.timedeltas(ZERO, timedelta(days=40)))
def test_a_ledger_has_neither_gap_nor_overlap_and_sums_to_between(calendar, a, length):
    b = utc(a) + length
    ledger = calendar.explain(a, b)
    ends = [utc(a), *(utc(line.end) for line in ledger)]
    assert [utc(line.start) for line in ledger] == ends[:-1]
    assert ends[-1] == b
    assert all(line.duration > ZERO for line in ledger)
    assert ledger.counted == calendar.between(a, b)
    assert all((one.reason, one.name) != (two.reason, two.name) for one, two in pairwise(ledger))
    assert isinstance(ledger, Ledger)


@given(calendars)
def test_a_calendar_survives_its_text_form_and_pickling(calendar):
    plain = calendar.to_dict()
    again = BusinessCalendar.from_dict(plain)
    assert again == calendar == pickle.loads(pickle.dumps(calendar))
    assert again.to_dict() == plain
    assert hash(again) == hash(calendar)


@given(calendars, instants, st.integers(-60, 60).filter(bool))
def test_business_days_step_date_by_date_keep_the_wall_time_and_roll(calendar, start, n):
    local = start.astimezone(zone(calendar.zone))
    reached, left = local.date(), abs(n)
    while left:
        reached += timedelta(days=1 if n > 0 else -1)
        left -= is_business(calendar, reached)
        assume(abs(reached - local.date()).days < 600)
    wall = resolve_local(calendar.zone, reached, local.time())
    expected = reachable(calendar.next_open if n > 0 else calendar.previous_open, wall)
    found = calendar.add_days(start, n)
    assert utc(found) == utc(expected)
    assert found.tzinfo is start.tzinfo


@given(calendars, dates, dates)
def test_counting_dates_equals_asking_each_of_them(calendar, a, b):
    low, high = min(a, b), max(a, b)
    business = [n for n in range((high - low).days) if is_business(calendar, low + timedelta(days=n))]
    assert calendar.count_days(low, high) == len(business)
    assert calendar.count_days(high, low) == -len(business)


@given(calendars, st.data())
def test_by_membership_an_instant_is_open_by_its_wall_time_alone(calendar, data):
    at = data.draw(near_its_own_changes(calendar))
    calendar = BusinessCalendar.from_dict({**calendar.to_dict(), "closures": [], "ends": "membership"})
    utc_calendar = BusinessCalendar.from_dict({**calendar.to_dict(), "zone": "UTC"})
    assert calendar.is_open(at) == utc_calendar.is_open(at.replace(tzinfo=UTC))


@given(combined, instants)
def test_a_combination_is_open_by_its_sides(calendar, t):
    holds = {"union": operator.or_, "intersection": operator.and_, "difference": lambda a, b: a and not b}
    marks = [t]
    for side in (calendar.left, calendar.right):
        for ask in (side.next_open, side.previous_open, side.next_close):
            try:
                marks.append(utc(ask(t)))
            except (NoOpenTime, OverflowError):
                continue
    for at in [moved for mark in marks for moved in (utc(mark) - MICRO, mark)]:
        expected = holds[calendar.how](calendar.left.is_open(at), calendar.right.is_open(at))
        assert calendar.is_open(at) == expected


@given(calendars, calendars, instants, instants)
def test_open_time_of_two_calendars_adds_up(one, two, a, b):
    both = (one & two).between(a, b)
    assert (one | two).between(a, b) == one.between(a, b) + two.between(a, b) - both
    assert (one - two).between(a, b) == one.between(a, b) - both


@fewer
@given(calendars | combined | combined_calendars(combined), st.data())
def test_every_calendar_keeps_the_laws_that_ship(calendar, data):
    for law in of_calendar(calendar):
        verdict = law.judge(calendar, data.draw(law.cases(calendar)))
        assert not isinstance(verdict, Counterexample), f"{law}: {verdict}"


@given(combined)
def test_a_combination_survives_its_text_form_and_pickling(calendar):
    assert pickle.loads(pickle.dumps(calendar)) == calendar == type(calendar).from_dict(calendar.to_dict())
    assert isinstance(calendar, Calendar)


@given(calendars, calendars, dates)
def test_business_dates_of_two_calendars_are_those_of_either_of_both_or_of_the_left(one, two, day):
    one_has, two_has = (c.count_days(day, day, inclusive=True, zone="UTC") for c in (one, two))
    for joined, expected in (
        (one | two, one_has or two_has),
        (one & two, one_has and two_has),
        (one - two, one_has),
    ):
        assert joined.count_days(day, day, inclusive=True, zone="UTC") == expected


@pytest.mark.parametrize(
    "calendar", (ALWAYS, BusinessCalendar("Antarctica/Troll", weekly={"mon-sun": "00:00-24:00"}))
)
@given(a=instants, b=instants)
def test_round_the_clock_open_time_is_time(calendar, a, b):
    assert calendar.between(a, b) == utc(b) - utc(a)
    assert calendar.is_open(a)
