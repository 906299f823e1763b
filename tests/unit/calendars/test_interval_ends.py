"""The readings of interval ends in gaps and repeated hours: by membership, fold0 and span."""

from datetime import UTC, date, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar, resolve_local

NEW_YORK = "America/New_York"
SPRING, AUTUMN = date(2024, 3, 10), date(2024, 11, 3)


def hours_on(day, text, *, key=NEW_YORK, ends, **more):
    calendar = BusinessCalendar(key, weekly={"mon-sun": text}, ends=ends, **more)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        (f"{span.start:%d %H:%M}", f"{span.end:%d %H:%M}")
        for span in calendar.spans(start, start + timedelta(hours=24))
    ]


@pytest.mark.parametrize(
    ("day", "text", "membership", "fold0", "span"),
    (
        (SPRING, "01:30-02:30", ("06:30", "07:00"), ("06:30", "07:30"), ("06:30", "07:30")),
        (SPRING, "02:15-02:45", None, ("07:15", "07:45"), ("07:15", "07:45")),
        (SPRING, "02:30-03:30", ("07:00", "07:30"), None, None),
        (SPRING, "02:30-04:00", ("07:00", "08:00"), ("07:30", "08:00"), ("07:30", "08:00")),
        (AUTUMN, "01:30-02:30", None, ("05:30", "07:30"), ("05:30", "07:30")),
        (AUTUMN, "00:30-01:30", None, ("04:30", "05:30"), ("04:30", "06:30")),
        (AUTUMN, "00:30-01:00", None, ("04:30", "05:00"), ("04:30", "06:00")),
        (AUTUMN, "01:15-01:45", None, ("05:15", "05:45"), ("05:15", "06:45")),
        (date(2024, 5, 1), "01:30-02:30", ("05:30", "06:30"), ("05:30", "06:30"), ("05:30", "06:30")),
    ),
)
def test_ends_are_read_by_membership_or_by_the_instants_they_stand_for(day, text, membership, fold0, span):
    for ends, expected in (("fold0", fold0), ("span", span), ("membership", membership)):
        if day == AUTUMN and ends == "membership":
            continue
        found = hours_on(day, text, ends=ends)
        assert found == ([(f"{day:%d} {expected[0]}", f"{day:%d} {expected[1]}")] if expected else [])


def test_by_membership_a_repeated_end_cuts_a_shift_in_two():
    assert hours_on(AUTUMN, "00:30-01:30", ends="membership") == [
        ("03 04:30", "03 05:30"),
        ("03 06:00", "03 06:30"),
    ]


@pytest.mark.parametrize("ends", ("fold0", "span"))
def test_a_date_that_was_left_out_has_no_hours(ends):
    apia = BusinessCalendar("Pacific/Apia", weekly={"mon-fri": "09:00-17:00"}, ends=ends)
    friday, monday = (
        resolve_local("Pacific/Apia", date(2011, 12, 29), "17:00"),
        resolve_local("Pacific/Apia", date(2012, 1, 2), "09:00"),
    )
    assert apia.between(friday, monday) == timedelta(0)
    night = BusinessCalendar("Pacific/Apia", weekly={"thu": "22:00-06:00"}, ends=ends)
    assert night.between(friday, monday) == timedelta(hours=8)  # into the date after the missing one


def test_breaks_end_where_hours_would():
    open_ = {"ends": "span", "weekly_breaks": {"sun": "01:15-01:45"}}
    assert hours_on(AUTUMN, "00:00-06:00", **open_)[-2:] == [
        ("03 04:00", "03 05:15"),
        ("03 06:45", "03 11:00"),
    ]


def test_a_holiday_closes_its_local_date_in_every_reading():
    for ends in ("membership", "fold0", "span"):
        calendar = BusinessCalendar(
            "America/Sao_Paulo", weekly={"mon-sun": "20:00-04:00"}, ends=ends, holidays=["2018-02-17"]
        )
        start = datetime(2018, 2, 17, 2, tzinfo=UTC)  # midnight; it has 25 hours, since 23:00 comes twice
        assert calendar.next_open(start) == start + timedelta(hours=25)


@pytest.mark.parametrize("ends", ("fold0", "span"))
def test_the_ledger_tells_the_reading_and_its_reasons(ends):
    calendar = BusinessCalendar(
        NEW_YORK,
        weekly={"sun": "00:00-01:30"},
        special={date(2024, 11, 4): "09:00-12:00"},
        weekly_breaks={"sun": "00:30-00:45", "tue": "00:15-00:30"},
        holidays={date(2024, 11, 5): "Election Day"},
        closures=[(datetime(2024, 11, 4, 15, tzinfo=UTC), datetime(2024, 11, 4, 16, tzinfo=UTC))],
        ends=ends,
    )
    start = datetime(2024, 11, 3, 4, tzinfo=UTC)
    ledger = calendar.explain(start, start + timedelta(days=2, hours=2))
    assert [(f"{line.start:%d %H:%M}", line.reason, line.name) for line in ledger] == [
        ("03 04:00", "open", None),
        ("03 04:30", "break", None),
        ("03 04:45", "open", None),
        ("03 05:30" if ends == "fold0" else "03 06:30", "hours", None),
        ("04 05:00", "special", None),
        ("04 14:00", "open", None),
        ("04 15:00", "closure", None),
        ("04 16:00", "open", None),
        ("04 17:00", "special", None),
        ("05 05:00", "holiday", "Election Day"),
    ]
    assert ledger.counted == calendar.between(start, start + timedelta(days=2, hours=2))


def test_the_reading_is_part_of_the_content():
    plain = {"zone": NEW_YORK, "weekly": {"sun": ["01:00-02:00"]}, "ends": "span"}
    calendar = BusinessCalendar.from_dict(plain)
    assert calendar.to_dict() == plain
    assert calendar != BusinessCalendar.from_dict({**plain, "ends": "fold0"})
