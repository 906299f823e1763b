"""The account of why time counted or not."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar, Ledger, Line, Span, zone
from supportkit.errors import InvalidValue

LONDON = zone("Europe/London")


def utc(text):
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=UTC)


def reasons(calendar, a, b):
    return [(f"{line.start:%d %H:%M}", line.reason, line.name) for line in calendar.explain(utc(a), utc(b))]


def test_closed_time_has_its_strongest_reason():
    calendar = BusinessCalendar(
        "UTC",
        weekly={"mon-fri": ["09:00-17:00"]},
        special={"2024-05-14": ["10:00-14:00"]},
        holidays={"2024-05-15": "Feast"},
        weekly_breaks={"mon-wed": ["12:00-13:00"]},
        closures=[(utc("05-13T16:00"), utc("05-13T18:00")), (utc("05-15T06:00"), utc("05-15T07:00"))],
    )
    assert reasons(calendar, "05-13T08:00", "05-16T10:00") == [
        ("13 08:00", "hours", None),
        ("13 09:00", "open", None),
        ("13 12:00", "break", None),
        ("13 13:00", "open", None),
        ("13 16:00", "closure", None),
        ("13 18:00", "hours", None),
        ("14 00:00", "special", None),
        ("14 10:00", "open", None),
        ("14 12:00", "break", None),
        ("14 13:00", "open", None),
        ("14 14:00", "special", None),
        ("15 00:00", "holiday", "Feast"),
        ("15 06:00", "closure", None),
        ("15 07:00", "holiday", "Feast"),
        ("16 00:00", "hours", None),
        ("16 09:00", "open", None),
    ]


def test_a_dropped_shift_is_closed_by_the_holiday_it_starts_on():
    calendar = BusinessCalendar(
        "UTC", weekly={"mon-sun": ["22:00-06:00"]}, holidays={"2024-05-14": "Feast"}, holiday_mode="start_day"
    )
    assert reasons(calendar, "05-13T23:00", "05-15T12:00") == [
        ("13 23:00", "open", None),
        ("14 06:00", "holiday", "Feast"),
        ("15 06:00", "hours", None),
    ]


def test_neighbouring_holidays_keep_their_names():
    calendar = BusinessCalendar(
        "UTC", weekly={}, holidays={"2024-12-25": "Christmas", "2024-12-26": "Boxing Day"}
    )
    assert reasons(calendar, "12-24T20:00", "12-27T04:00") == [
        ("24 20:00", "hours", None),
        ("25 00:00", "holiday", "Christmas"),
        ("26 00:00", "holiday", "Boxing Day"),
        ("27 00:00", "hours", None),
    ]


def test_a_ledger_reads_as_a_table():
    calendar = BusinessCalendar(
        "Europe/London", weekly={"sun": ["00:00-12:00"]}, holidays={"2024-04-01": "Easter Monday"}
    )
    start = datetime(2024, 3, 31, 0, 30, tzinfo=LONDON)
    assert str(calendar.explain(start, start.replace(month=4, day=1, hour=9))).splitlines() == [
        "from                           to                             counted   reason",
        "Sun 2024-03-31 00:30:00+00:00  Sun 2024-03-31 12:00:00+01:00  10:30:00  open",
        "Sun 2024-03-31 12:00:00+01:00  Mon 2024-04-01 00:00:00+01:00  -         hours",
        "Mon 2024-04-01 00:00:00+01:00  Mon 2024-04-01 09:30:00+01:00  -         holiday: Easter Monday",
        "total                                                         10:30:00",
    ]


def test_durations_are_time_passed_not_clocks_compared():
    start, end = datetime(2024, 3, 31, 0, 30, tzinfo=LONDON), datetime(2024, 3, 31, 12, tzinfo=LONDON)
    assert Span(start, end).duration == timedelta(hours=10, minutes=30)
    line = Line(start, end, counted=True, reason="paused", name="waiting_customer")
    assert line.duration == timedelta(hours=10, minutes=30)
    assert Ledger([line, line]).counted == timedelta(hours=21)


def test_an_empty_ledger_counts_nothing():
    calendar = BusinessCalendar("UTC", weekly={})
    ledger = calendar.explain(utc("05-13T08:00"), utc("05-13T08:00"))
    assert (len(ledger), ledger.counted) == (0, timedelta(0))
    with pytest.raises(InvalidValue, match="is before"):
        calendar.explain(utc("05-13T08:00"), utc("05-13T07:00"))
