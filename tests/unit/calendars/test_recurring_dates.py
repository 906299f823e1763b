"""Dates that recur by a rule: holidays, special hours and breaks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.errors import InvalidValue

WEEK = {"mon-fri": "09:00-17:00"}
FORTNIGHT = "DTSTART:20260107 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"


def office(**more):
    return BusinessCalendar("Europe/London", weekly=WEEK, **more)


def in_year(dated, year):
    return [f"{day:%m-%d}" for day in dated if day.year == year]


@pytest.mark.parametrize(
    ("rule", "expected"),
    (
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", ["12-25"]),
        ("RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["11-26"]),  # Thanksgiving
        ("FREQ=YEARLY;BYEASTER=-2", ["04-03"]),  # Good Friday
        ("freq=yearly;bymonth=5;byday=-1mo", ["05-25"]),
        ("DTSTART:20260107 RRULE:FREQ=MONTHLY;INTERVAL=4", ["01-07", "05-07", "09-07"]),
        ("DTSTART:20260107\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20260121", ["01-07", "01-14", "01-28"]),
        ("DTSTART;VALUE=DATE:20251231 RRULE:FREQ=DAILY;UNTIL=20260102", ["01-01", "01-02"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", []),  # in leap years
    ),
)
def test_a_rule_stands_for_its_dates(rule, expected):
    assert in_year(office(holidays=rule).holidays, 2026) == expected


def test_dates_are_those_of_1970_to_2099_whatever_today_is():
    days = list(office(holidays="FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1").holidays)
    assert (days[0], days[-1], len(days)) == (date(1970, 1, 1), date(2099, 1, 1), 130)


def test_a_rule_has_a_name_and_a_date_of_its_own_wins():
    calendar = office(
        holidays={
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25": "Christmas Day",
            "FREQ=YEARLY;BYMONTH=12;BYDAY=-1FR": "Last Friday",
            "2027-12-25": "Christmas at home",
        }
    )
    names = {day.isoformat(): name for day, name in calendar.holidays.items()}
    assert names["2026-12-25"] == "Christmas Day"  # the first rule that has it
    assert names["2027-12-25"] == "Christmas at home"
    assert names["2027-12-31"] == "Last Friday"


def test_a_list_mixes_rules_dates_and_names():
    calendar = office(holidays=["FREQ=YEARLY;BYEASTER=1", "2026-01-02", {"2026-01-05": "Inventory"}])
    assert in_year(calendar.holidays, 2026) == ["01-02", "01-05", "04-06"]
    assert calendar.holidays[date(2026, 1, 5)] == "Inventory"


def test_special_hours_by_a_rule_give_way_to_those_of_a_date():
    calendar = office(special={"FREQ=MONTHLY;BYDAY=-1FR": "09:00-12:00", "2026-01-30": "09:00-10:00"})
    assert calendar.special[date(2026, 1, 30)] == ("09:00-10:00",)
    assert calendar.special[date(2026, 2, 27)] == ("09:00-12:00",)
    start = datetime(2026, 2, 27, tzinfo=UTC)
    assert calendar.between(start, start + timedelta(days=1)) == timedelta(hours=3)


def test_breaks_of_rules_and_dates_are_joined():
    calendar = office(breaks={FORTNIGHT: "14:00-15:00", "2026-01-21": "10:00-11:00"})
    assert in_year(calendar.breaks, 2026)[:3] == ["01-07", "01-21", "02-04"]
    assert calendar.breaks[date(2026, 1, 21)] == ("10:00-11:00", "14:00-15:00")


def test_what_a_rule_stands_for_is_the_content():
    calendar = office(holidays="FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25")
    dates = [date(year, 12, 25) for year in range(1970, 2100)]
    assert calendar == office(holidays=dates) == BusinessCalendar.from_dict(calendar.to_dict())


@pytest.mark.parametrize(
    ("rule", "message"),
    (
        ("FREQ=WEEKLY", "does not say from when on; begin it with DTSTART"),
        ("FREQ=YEARLY;BYMONTH=12", "does not say from when on"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "does not say from when on"),
        ("FREQ=DAILY;COUNT=3", "does not say from when on"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL of 1 or more|does not say"),
        ("DTSTART:20260107 RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL of 1 or more"),
        ("DTSTART:20260107 RRULE:FREQ=DAILY;INTERVAL=-2", "INTERVAL of 1 or more"),
        ("FREQ=DAILY;BYHOUR=9", "leave times and zones out"),
        ("FREQ=HOURLY;BYDAY=MO", "leave times and zones out"),
        ("DTSTART;TZID=Europe/London:20260107T000000 RRULE:FREQ=DAILY;COUNT=1", "leave times and zones out"),
        ("DTSTART:20260107T000000Z RRULE:FREQ=DAILY;COUNT=1", "leave times and zones out"),
        ("DTSTART:20260107T090000 RRULE:FREQ=DAILY;COUNT=2", "must give only whole dates"),
        ("FREQ=MONTHLY;BYMONTHDAY=77", "must give dates in the years 1970 to 2099"),
        ("DTSTART:21500107 RRULE:FREQ=DAILY;COUNT=2", "must give dates in the years"),
        ("FREQ=DAILY;X=1", "is no rule of RFC 5545"),
        ("FREQ=WEEKLY;BYDAY=XX", "is no rule of RFC 5545"),
        ("FREQ=FORTNIGHTLY;BYDAY=MO", "is no rule of RFC 5545"),
        ("DTSTART:soon RRULE:FREQ=DAILY", "is no rule of RFC 5545"),
    ),
)
def test_a_rule_that_cannot_be_right_is_refused(rule, message):
    with pytest.raises(InvalidValue, match=message):
        office(holidays=rule)
    with pytest.raises(InvalidValue, match="special: "):
        office(special={rule: "09:00-12:00"})


def test_a_rule_without_a_real_name_is_refused():
    with pytest.raises(InvalidValue, match="is no name"):
        office(holidays={"FREQ=YEARLY;BYEASTER=1": ""})
