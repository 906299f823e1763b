"""Calendars made of others: what they answer, how they explain themselves, and how they are written."""

import pickle
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from supportkit.calendars import ALWAYS, BusinessCalendar, Calendar, CombinedCalendar, read_calendar, zone
from supportkit.errors import InvalidValue, NoOpenTime, UnknownZone

WEEK = {"mon-fri": "09:00-17:00"}
LONDON = BusinessCalendar(
    "Europe/London",
    weekly=WEEK,
    holidays={"2026-07-03": "Founders' Day", "2026-07-06": "Away Day"},
    weekly_breaks={"mon-fri": "12:00-13:00"},
)
TOKYO = BusinessCalendar("Asia/Tokyo", weekly=WEEK, holidays={"2026-07-06": "Star Festival"})
DESK = BusinessCalendar("Europe/London", weekly={"mon-sat": "08:00-20:00"}, holidays=["2026-07-03"])
SHUT = BusinessCalendar("Europe/London", weekly={}, special={"2026-07-02": "10:00-24:00"})
NEVER = BusinessCalendar("UTC", weekly={})


def utc(text):
    return datetime.fromisoformat(f"2026-07-{text}").replace(tzinfo=UTC)


def spans(calendar, a, b):
    return [(f"{span.start:%d %H:%M}", f"{span.end:%d %H:%M}") for span in calendar.spans(utc(a), utc(b))]


def lines(calendar, a, b):
    return [(f"{line.start:%d %H:%M}", line.reason, line.name) for line in calendar.explain(utc(a), utc(b))]


@pytest.mark.parametrize(
    ("calendar", "expected"),
    (
        (LONDON | TOKYO, [("02 00:00", "02 11:00"), ("02 12:00", "02 16:00"), ("03 00:00", "03 08:00")]),
        (LONDON & TOKYO, []),
        (DESK & LONDON, [("02 08:00", "02 11:00"), ("02 12:00", "02 16:00")]),
        (DESK - LONDON, [("02 07:00", "02 08:00"), ("02 11:00", "02 12:00"), ("02 16:00", "02 19:00")]),
        (DESK - SHUT, [("02 07:00", "02 09:00")]),
        ((LONDON | TOKYO) & DESK, [("02 07:00", "02 11:00"), ("02 12:00", "02 16:00")]),
    ),
)
def test_an_instant_is_open_by_the_operator_whatever_the_zones(calendar, expected):
    assert spans(calendar, "02T00:00", "04T00:00") == expected
    assert calendar.between(utc("02T00:00"), utc("04T00:00")) == sum(
        (span.duration for span in calendar.spans(utc("02T00:00"), utc("04T00:00"))), timedelta(0)
    )


def test_results_carry_the_zone_of_the_question():
    new_york = datetime(2026, 7, 1, 14, tzinfo=zone("America/New_York"))
    found = (LONDON | TOKYO).next_open(new_york)
    assert found.tzinfo is new_york.tzinfo
    assert found == utc("02T00:00")


def test_the_ledger_names_the_side_that_closed_it():
    assert lines(LONDON & TOKYO, "02T20:00", "03T20:00") == [
        ("02 20:00", "hours", None),  # both for the same reason: no side is named
        ("02 23:00", "holiday", "Founders' Day (Europe/London)"),
    ]
    assert lines(LONDON & TOKYO, "01T23:00", "02T10:00") == [
        ("01 23:00", "hours", None),
        ("02 00:00", "hours", "Europe/London"),
        ("02 08:00", "hours", "Asia/Tokyo"),
    ]
    assert lines(LONDON | TOKYO, "02T10:00", "02T13:00") == [
        ("02 10:00", "open", None),
        ("02 11:00", "break", "Europe/London"),
        ("02 12:00", "open", None),
    ]


def test_in_one_zone_the_sides_are_left_and_right():
    assert lines(DESK & LONDON, "02T10:00", "02T17:00") == [
        ("02 10:00", "open", None),
        ("02 11:00", "break", "right"),
        ("02 12:00", "open", None),
        ("02 16:00", "hours", "right"),
    ]
    assert lines(DESK - SHUT, "02T08:00", "03T01:00") == [
        ("02 08:00", "open", None),
        ("02 09:00", "closure", "right"),
        ("02 23:00", "holiday", "holiday"),
    ]


def test_parts_that_are_combined_themselves_keep_their_names():
    assert lines((LONDON & TOKYO) - SHUT, "01T23:30", "02T09:30") == [
        ("01 23:30", "hours", None),
        ("02 00:00", "hours", "Europe/London"),
        ("02 08:00", "hours", "Asia/Tokyo"),
        ("02 09:00", "closure", "Europe/London"),
    ]


@pytest.mark.parametrize(
    ("calendar", "dates"),
    (
        (LONDON | TOKYO, [1, 2, 3, 7]),
        (LONDON & TOKYO, [1, 2, 7]),
        (LONDON - TOKYO, [1, 2, 7]),
        (DESK | LONDON, [1, 2, 4, 6, 7]),
        (DESK - SHUT, [1, 2, 4, 6, 7]),
    ),
)
def test_business_dates_are_those_of_either_of_both_or_of_the_left(calendar, dates):
    found = [
        n for n in range(1, 8) if calendar.count_days(date(2026, 7, n), date(2026, 7, n + 1), zone="UTC")
    ]
    assert found == dates
    assert calendar.count_days(date(2026, 7, 1), date(2026, 7, 8), zone="UTC") == len(dates)


def test_dates_of_several_zones_need_a_zone():
    both = LONDON | TOKYO
    assert both.zones == ("Europe/London", "Asia/Tokyo")
    with pytest.raises(InvalidValue, match=r"made of Europe/London and Asia/Tokyo.*give zone="):
        both.add_days(utc("01T12:00"), 1)
    with pytest.raises(InvalidValue, match="give zone="):
        both.count_days(date(2026, 7, 1), date(2026, 7, 8))
    assert both.add_days(utc("01T14:30"), 1, zone="Europe/London") == utc("02T14:30")
    assert both.add_days(utc("01T23:30"), 1, zone="Asia/Tokyo") == utc("03T00:00")  # the 2nd there
    assert (DESK | LONDON).add_days(utc("02T12:00"), 1) == utc("04T12:00")  # one zone needs none


@pytest.mark.parametrize(
    ("calendar", "expected"),
    (
        (LONDON | TOKYO, "02T16:00"),
        (DESK | LONDON, "02T19:00"),
        (DESK & LONDON, "02T16:00"),
        (DESK - LONDON, "02T19:00"),
        (DESK - SHUT, "02T09:00"),
    ),
)
def test_the_end_of_a_day_is_its_last_closing_on_either_side(calendar, expected):
    end = calendar.add_days(utc("01T12:00"), 1, end_of_day=True, zone="Europe/London")
    assert end == utc(expected)


def test_holidays_and_breaks_of_the_sides():
    sixth, noon = utc("06T02:00"), utc("02T11:30")
    assert [(LONDON | TOKYO).on_holiday(sixth), (LONDON & TOKYO).on_holiday(sixth)] == ["Away Day"] * 2
    assert (TOKYO - LONDON).on_holiday(sixth) == "Star Festival"
    third = utc("03T12:00")
    assert [(LONDON | TOKYO).on_holiday(third), (TOKYO - LONDON).on_holiday(third)] == [None, None]
    assert (TOKYO & LONDON).on_holiday(third) == "Founders' Day"
    found = [
        calendar.on_break(noon) for calendar in (DESK | LONDON, DESK & LONDON, LONDON - DESK, DESK - LONDON)
    ]
    assert found == [False, True, True, False]


def test_what_is_combined_with_all_or_nothing_stays_what_it_is():
    at = utc("02T12:30")
    for same in (LONDON | NEVER, LONDON & ALWAYS, LONDON - NEVER, LONDON | LONDON, LONDON & LONDON):
        assert list(same.spans(at, at + timedelta(days=9))) == list(LONDON.spans(at, at + timedelta(days=9)))
        for n in (-4, -1, 0, 1, 4):
            assert same.add_days(at, n, zone="Europe/London") == LONDON.add_days(at, n)


def test_a_calendar_that_never_opens_says_so_soon():
    mondays = BusinessCalendar("UTC", weekly={"mon": "09:00-10:00"})
    tuesdays = BusinessCalendar("Asia/Kathmandu", weekly={"tue": "09:00-10:00"})
    start = time.process_time()
    for ask in ((mondays & tuesdays).next_open, (LONDON - ALWAYS).previous_open):
        with pytest.raises(NoOpenTime):
            ask(utc("01T00:00"))
    assert time.process_time() - start < 5


def test_what_never_closes_has_no_next_closing():
    whole = BusinessCalendar("UTC", weekly={"mon-fri": "00:00-24:00"}) | BusinessCalendar(
        "UTC", weekly={"sat-sun": "00:00-24:00"}
    )
    with pytest.raises(NoOpenTime, match="closes again"):
        whole.next_close(utc("01T00:00"))
    assert whole.is_open(utc("05T00:00"))
    with pytest.raises(NoOpenTime, match="closes again"):
        (ALWAYS - SHUT).next_close(utc("05T00:00"))
    assert (ALWAYS - SHUT).source.last_change_year == 2027
    assert (ALWAYS - SHUT).next_close(utc("01T00:00")) == utc("02T09:00")


def test_years_ahead_are_looked_through_on_either_side():
    later = BusinessCalendar("UTC", weekly={}, special={"2031-05-01": "09:00-17:00"})
    for calendar in (NEVER | later, later | NEVER):
        assert calendar.next_open(utc("01T00:00")) == datetime(2031, 5, 1, 9, tzinfo=UTC)
    assert (ALWAYS - later).next_close(utc("01T00:00")) == datetime(2031, 5, 1, 9, tzinfo=UTC)


def test_years_in_which_both_sides_are_alike_share_one_table():
    both = (DESK | TOKYO).source
    assert both.table(2031) is both.table(2042)


def test_equal_parts_make_equal_calendars():
    again = BusinessCalendar.from_dict(LONDON.to_dict()) | TOKYO
    both = LONDON | TOKYO
    assert both == again
    assert both.version == again.version
    assert hash(both) == hash(again)
    assert both != LONDON & TOKYO
    assert both != LONDON
    assert pickle.loads(pickle.dumps(both)) == both == CombinedCalendar.from_dict(both.to_dict())
    assert "CombinedCalendar.from_dict({'union'" in repr(both)
    assert isinstance(both, Calendar)


def test_only_calendars_are_combined():
    with pytest.raises(TypeError):
        LONDON | "Asia/Tokyo"
    with pytest.raises(TypeError):
        LONDON - {date(2026, 7, 1)}


def test_a_combination_is_read_from_names_and_parts():
    known = {"london": LONDON, "tokyo": TOKYO}
    assert read_calendar({"union": ["london", "tokyo"]}, named=known.__getitem__) == LONDON | TOKYO
    three = read_calendar(
        {"difference": ["london", TOKYO.to_dict(), SHUT.to_dict()]}, named=known.__getitem__
    )
    assert three == LONDON - TOKYO - SHUT
    assert read_calendar(
        {"intersection": [{"union": ["london", "tokyo"]}, "tokyo"]}, named=known.__getitem__
    ) == ((LONDON | TOKYO) & TOKYO)
    assert read_calendar(LONDON.to_dict()) == LONDON


@pytest.mark.parametrize(
    ("value", "error", "message"),
    (
        ({"union": ["a"]}, InvalidValue, r"union: \['a'\] joins nothing; list two or more"),
        ({"union": "a"}, InvalidValue, "joins nothing"),
        ({"union": ["a", "b"], "zone": "UTC"}, InvalidValue, "'union' stands alone, without zone"),
        ({"union": ["a", "b"]}, InvalidValue, "'a' is a name, which only a policy document knows"),
        ({"union": [{"zone": "X/Y", "weekly": {}}, "b"]}, UnknownZone, "X/Y"),
        ({"unions": []}, InvalidValue, "unknown key 'unions'"),
        ("a", InvalidValue, "is no mapping"),
    ),
)
def test_what_joins_nothing_is_refused(value, error, message):
    with pytest.raises(error, match=message):
        read_calendar(value)
