"""Calendars as plain text: what is read, how it is written again, what is refused and how."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from supportkit.calendars import BusinessCalendar, parse_days, parse_hours, parse_time
from supportkit.errors import InvalidValue, NaiveDatetime, UnknownZone

FULL = {
    "zone": "Europe/London",
    "weekly": {"mon": ["09:00-12:30", "13:00-17:00"], "fri": ["22:00-06:00"]},
    "special": {"2024-12-24": ["09:00-12:00"], "2024-12-31": []},
    "holidays": {"2024-12-25": "Christmas Day", "2024-12-26": "Boxing Day"},
    "weekly_breaks": {"mon": ["15:00-15:15:30"]},
    "breaks": {"2024-06-03": ["10:00-10:00:00.000001"]},
    "closures": [["2024-08-01T12:00:00Z", "2024-08-02T12:00:00.500000Z"]],
    "holiday_mode": "start_day",
}
PLAIN = {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}


def hours(value):
    return [(start / 3.6e9, end / 3.6e9) for start, end in parse_hours(value)]


def test_a_calendar_is_read_from_text_and_written_as_the_same_text():
    assert BusinessCalendar.from_dict(FULL).to_dict() == FULL


def test_the_text_form_is_canonical():
    calendar = BusinessCalendar.from_dict(
        {
            "zone": "Europe/London",
            "weekly": {"sat": "10:00-16:00, 9:00-12:00", "mon-tue": "08:00 - 18:00", "sun": []},
            "special": {},
            "holidays": ["2024-12-26", "2024-12-25"],
            "closures": [
                ["2024-08-02T14:00:00+02:00", "2024-08-03T12:00:00Z"],
                ["2024-08-01T12:00:00Z", "2024-08-02T12:00:00Z"],
                ["2024-09-01T12:00:00Z", "2024-09-01T12:00:00Z"],
            ],
            "holiday_mode": "clip",
            "ends": "membership",
        }
    )
    assert calendar.to_dict() == {
        "zone": "Europe/London",
        "weekly": {"mon": ["08:00-18:00"], "tue": ["08:00-18:00"], "sat": ["09:00-16:00"]},
        "holidays": ["2024-12-25", "2024-12-26"],
        "closures": [["2024-08-01T12:00:00Z", "2024-08-03T12:00:00Z"]],
    }


def test_values_of_python_and_of_a_document_mean_the_same():
    assert BusinessCalendar.from_dict(FULL) == BusinessCalendar(
        "Europe/London",
        weekly={"mon": [(time(9), time(12, 30)), ("13:00", "17:00")], "fri": [("22:00", "06:00")]},
        special={date(2024, 12, 24): [("09:00", "12:00")], date(2024, 12, 31): ()},
        holidays={date(2024, 12, 25): "Christmas Day", date(2024, 12, 26): "Boxing Day"},
        weekly_breaks={"mon": [("15:00", time(15, 15, 30))]},
        breaks={date(2024, 6, 3): [("10:00", time(10, 0, 0, 1))]},
        closures=[
            (datetime(2024, 8, 1, 12, tzinfo=UTC), datetime(2024, 8, 2, 12, 0, 0, 500_000, tzinfo=UTC))
        ],
        holiday_mode="start_day",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    (
        ("08:00-18:00", [(8, 18)]),
        ("8:00-12:00, 13:00-17:00", [(8, 12), (13, 17)]),
        (["13:00-17:00", "08:00-12:00"], [(8, 12), (13, 17)]),
        ([("08:00", "24:00")], [(8, 24)]),
        ([("22:00", "06:00")], [(22, 30)]),
        ("22:00-00:00", [(22, 24)]),
        ("09:00-09:00", []),
        ("00:00-24:00", [(0, 24)]),
        ("08:00-14:00, 12:00-18:00", [(8, 18)]),
        ("00:00-24:00, 22:00-06:00", [(0, 24), (22, 30)]),  # one pair could not say 30 hours
        ("06:00-20:00, 18:00-06:00", [(6, 20), (18, 30)]),  # one pair would be empty
        ([], []),
        ((), []),
    ),
)
def test_hours_are_read(value, expected):
    assert hours(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("mon", (0,)),
        ("mon-thu", (0, 1, 2, 3)),
        ("fri-mon", (4, 5, 6, 0)),
        ("wed-wed", (2,)),
        ("mon, wed,sat-sun", (0, 2, 5, 6)),
        ("Tue", (1,)),
    ),
)
def test_days_are_read(text, expected):
    assert parse_days(text) == expected


def test_wall_times_are_exact_to_the_microsecond():
    assert parse_time("23:59:59.000001") == 86_399_000_001
    assert parse_time("12:00:00.5") == 43_200_500_000
    assert parse_time("24:00", end=True) == 86_400_000_000


@pytest.mark.parametrize(
    ("change", "message"),
    (
        ({"weekly": {"mon": "9-17"}}, r"weekly\.mon: '9' is no wall time; write \"HH:MM\""),
        ({"weekly": {"mon": "24:00-17:00"}}, r"weekly\.mon: '24:00' is no wall time.*only an end"),
        ({"weekly": {"mon": "09:00-24:01"}}, r"'24:01' is no wall time"),
        ({"weekly": {"mon": "09:60-10:00"}}, r"'09:60' is no wall time"),
        (
            {"weekly": {"mon": "09:00"}},
            r"weekly\.mon: '09:00' is no interval of a day; write \"08:00-18:00\"",
        ),
        ({"weekly": {"mon": ("09:00", "17:00")}}, r"'09:00' is no interval"),
        ({"weekly": {"mon": [("09:00", "12:00", "17:00")]}}, r"is no interval"),
        ({"weekly": {"mon": [(9, 17)]}}, r"weekly\.mon: 9 is no wall time"),
        ({"weekly": {"mon": [(time(9, tzinfo=UTC), "17:00")]}}, r"is no wall time"),
        ({"weekly": {"mon": None}}, r"weekly\.mon: None are no hours"),
        ({"weekly": {"monday": "09:00-17:00"}}, r"weekly: 'monday' is no weekday; did you mean 'mon'\?"),
        ({"weekly": {"x": "09:00-17:00"}}, r"'x' is no weekday; write \"mon\" to \"sun\""),
        ({"weekly": {1: "09:00-17:00"}}, r"'1' is no weekday"),
        ({"weekly": {"mon-fri": "09:00-17:00", "wed": []}}, r"'wed' gives hours to 'wed' again"),
        ({"weekly": "mon-fri"}, r"weekly: 'mon-fri' is no mapping"),
        ({"weekly_breaks": {"mon": "x"}}, r"weekly_breaks\.mon: 'x' is no interval"),
        (
            {"special": {"24.12.2024": []}},
            r"special: '24\.12\.2024' is no date; write it like \"2026-12-25\"",
        ),
        ({"special": {datetime(2024, 12, 24): []}}, r"special: datetime.* is no date"),
        ({"special": {"2024-12-24": [], date(2024, 12, 24): []}}, r"special: 2024-12-24 is given twice"),
        ({"special": {"2024-12-24": "09:00-25:00"}}, r"special\.2024-12-24: '25:00'"),
        ({"breaks": []}, r"breaks: \[\] is no mapping of dates to hours"),
        ({"holidays": "2024-12-25"}, r"holidays: '2024-12-25' are no dates; list them.*or write a code"),
        ({"holidays": 5}, r"holidays: 5 are no dates"),
        ({"holidays": ["25.12.2024"]}, r"holidays: '25\.12\.2024' is no date"),
        ({"holidays": {"GB-ENG": "x"}}, r"holidays: 'GB-ENG' is no date"),
        ({"holidays": {"2024-12-25": ""}}, r"holidays\.2024-12-25: '' is no name"),
        ({"holidays": ["2024-12-25", "2024-12-25"]}, r"holidays: 2024-12-25 is given twice"),
        ({"closures": "2024"}, r"closures: '2024' are no closures"),
        ({"closures": ["2024-08-01T12:00:00Z"]}, r"closures: .* is no closure; give a pair"),
        (
            {"closures": [["2024-08-02T12:00:00Z", "2024-08-01T12:00:00Z"]]},
            r"closures: .* ends before it starts",
        ),
        ({"closures": [["soon", "later"]]}, r"'soon' is no ISO 8601"),
        ({"closures": [[5, 6]]}, r"closures: 5 is no instant"),
        (
            {"holiday_mode": "skip"},
            r"holiday_mode: 'skip' is no holiday mode; choose \"clip\" or \"start_day\"",
        ),
        (
            {"ends": "open"},
            r"ends: 'open' is no reading of ends; choose \"membership\", \"fold0\" or \"span\"",
        ),
        ({"zone": 5}, r"zone: 5 is no time zone"),
        ({"specials": {}}, r"calendar: unknown key 'specials'; did you mean 'special'\?"),
        ({"x": {}}, r"calendar: unknown key 'x'; known are zone, weekly"),
    ),
)
def test_what_cannot_be_right_is_refused_with_key_value_and_way_out(change, message):
    with pytest.raises(InvalidValue, match=message):
        BusinessCalendar.from_dict({**PLAIN, **change})


def test_what_is_missing_is_named():
    with pytest.raises(InvalidValue, match="'weekly' is missing"):
        BusinessCalendar.from_dict({"zone": "Europe/London"})
    with pytest.raises(InvalidValue, match="'zone' is missing"):
        BusinessCalendar.from_dict({"weekly": {}})
    with pytest.raises(InvalidValue, match="is no mapping"):
        BusinessCalendar.from_dict("office")


def test_a_closure_without_a_zone_is_refused():
    with pytest.raises(NaiveDatetime, match="closures"):
        BusinessCalendar("UTC", weekly={}, closures=[("2024-08-01T12:00:00", "2024-08-02T12:00:00")])


def test_a_closure_outside_of_time_is_refused():
    end_of_time = datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))
    with pytest.raises(InvalidValue, match="years 1 to 9999"):
        BusinessCalendar("UTC", weekly={}, closures=[(datetime(2024, 8, 1, tzinfo=UTC), end_of_time)])


def test_a_zone_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(UnknownZone, match="did you mean 'Europe/London'"):
        BusinessCalendar("Europe/Londn", weekly={})
