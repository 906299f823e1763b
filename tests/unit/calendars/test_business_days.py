"""Business dates: stepped and counted by local date."""

from datetime import UTC, date, datetime, timedelta

import pytest

from supportkit.calendars import ALWAYS, BusinessCalendar, zone
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime

LONDON = zone("Europe/London")
OFFICE = BusinessCalendar(
    "Europe/London",
    weekly={"mon-fri": [("09:00", "17:00")]},
    special={"2024-05-25": ["10:00-14:00"], "2024-05-28": []},
    holidays={"2024-05-27": "Spring bank holiday"},
)


def london(text):
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    (
        ("05-13T10:30", 1, "05-14T10:30"),
        ("05-17T10:30", 1, "05-20T10:30"),  # over the weekend
        ("05-24T10:30", 1, "05-25T10:30"),  # a special Saturday has hours
        ("05-25T10:30", 1, "05-29T10:30"),  # Sunday, holiday, closed special date
        ("05-24T15:00", 1, "05-29T09:00"),  # Saturday closes at 14:00: rolls forward
        ("05-13T18:00", 1, "05-15T09:00"),
        ("05-13T08:00", 1, "05-14T09:00"),
        ("05-12T10:00", 1, "05-13T10:00"),  # from a Sunday
        ("05-13T10:30", 0, "05-13T10:30"),
        ("05-13T18:00", 0, "05-14T09:00"),
        ("05-14T10:30", -1, "05-13T10:30"),
        ("05-29T10:30", -1, "05-25T10:30"),
        ("05-29T08:00", -1, "05-24T17:00"),  # 08:00 is before Saturday's opening: rolls back
        ("05-15T18:00", -2, "05-13T17:00"),
        ("05-12T10:00", -1, "05-10T10:00"),
    ),
)
def test_business_days_keep_the_wall_time_and_roll(start, n, expected):
    assert OFFICE.add_days(london(start), n) == london(expected)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    (
        ("05-13T10:30", 1, "05-14T17:00"),
        ("05-13T18:00", 1, "05-14T17:00"),
        ("05-24T15:00", 1, "05-25T14:00"),
        ("05-13T08:00", 0, "05-13T17:00"),
        ("05-12T08:00", 0, "05-13T17:00"),
        ("05-15T08:00", -1, "05-14T17:00"),
    ),
)
def test_the_end_of_a_business_day_is_its_last_closing(start, n, expected):
    assert OFFICE.add_days(london(start), n, end_of_day=True) == london(expected)


@pytest.mark.parametrize(
    ("more", "expected"),
    (
        ({"weekly": {"mon-fri": ["22:00-06:00"]}}, "05-15T06:00"),
        ({"weekly": {"mon-sun": ["00:00-24:00"]}}, "05-15T00:00"),
        ({"weekly": {"mon-fri": ["09:00-17:00"]}, "breaks": {"2024-05-14": ["16:00-17:00"]}}, "05-14T16:00"),
        (
            {
                "weekly": {"mon-fri": ["09:00-17:00"]},
                "closures": [["2024-05-14T14:00:00+01:00", "2024-05-20T14:00:00+01:00"]],
            },
            "05-14T14:00",
        ),
        (
            {
                "weekly": {"mon-fri": ["09:00-17:00"]},
                "closures": [["2024-05-14T00:00:00+01:00", "2024-05-20T14:00:00+01:00"]],
            },
            "05-14T17:00",  # shut all day: the closing it would have had
        ),
    ),
)
def test_the_last_closing_of_a_date_is_that_of_its_shifts(more, expected):
    calendar = BusinessCalendar("Europe/London", **more)
    assert calendar.add_days(london("05-13T10:00"), 1, end_of_day=True) == london(expected)


@pytest.mark.parametrize(
    ("day", "end", "expected"),
    (
        (date(2024, 10, 27), "01:30", "2024-10-27T01:30:00+00:00"),  # the second 01:30
        (date(2024, 3, 31), "01:30", "2024-03-31T01:00:00+00:00"),  # 01:00 to 02:00 does not exist
    ),
)
def test_the_last_closing_on_a_day_of_a_clock_change(day, end, expected):
    calendar = BusinessCalendar("Europe/London", weekly={"sun": [("00:30", end)]})
    start = datetime.combine(day - timedelta(days=1), datetime.min.time(), UTC)
    assert calendar.add_days(start, 1, end_of_day=True) == datetime.fromisoformat(expected)


def test_a_wall_time_that_does_not_exist_moves_forward_by_the_gap():
    round_the_clock = BusinessCalendar("Europe/London", weekly={"mon-sun": ["00:00-24:00"]})
    assert round_the_clock.add_days(london("03-30T01:30"), 1).isoformat() == "2024-03-31T02:30:00+01:00"
    assert round_the_clock.add_days(london("10-26T01:30"), 1).isoformat() == "2024-10-27T01:30:00+01:00"
    second = london("10-27T01:30").replace(fold=1)
    assert round_the_clock.add_days(second, 0) is second


def test_dates_are_read_in_another_zone_when_asked():
    start = datetime(2024, 5, 13, 22, tzinfo=UTC)  # Tuesday 07:00 in Tokyo
    assert ALWAYS.add_days(start, 1, zone="Asia/Tokyo") == datetime(2024, 5, 14, 22, tzinfo=UTC)
    assert OFFICE.count_days(start, date(2024, 5, 15)) == 2
    assert OFFICE.count_days(start, date(2024, 5, 15), zone="Asia/Tokyo") == 1


def test_a_date_that_a_zone_left_out_is_no_business_day():
    apia = BusinessCalendar("Pacific/Apia", weekly={"mon-sun": ["09:00-17:00"]})
    before = datetime(2011, 12, 29, 10, tzinfo=zone("Pacific/Apia"))
    assert apia.add_days(before, 1).date() == date(2011, 12, 31)
    assert apia.count_days(date(2011, 12, 29), date(2012, 1, 1)) == 2


@pytest.mark.parametrize(
    ("a", "b", "inclusive", "expected"),
    (
        (date(2024, 5, 13), date(2024, 5, 20), False, 5),
        (date(2024, 5, 13), date(2024, 5, 20), True, 6),
        (date(2024, 5, 24), date(2024, 5, 29), False, 2),
        (date(2024, 5, 24), date(2024, 5, 29), True, 3),
        (date(2024, 5, 29), date(2024, 5, 24), False, -2),
        (date(2024, 5, 29), date(2024, 5, 24), True, -3),
        (date(2024, 5, 13), date(2024, 5, 13), False, 0),
        (date(2024, 5, 13), date(2024, 5, 13), True, 1),
        (london("05-13T23:00"), london("05-14T01:00"), False, 1),
        (date(1, 1, 1), date(9999, 12, 31), False, 521_722 * 5 + 4 - 2 + 1),
    ),
)
def test_business_dates_are_counted(a, b, inclusive, expected):
    assert OFFICE.count_days(a, b, inclusive=inclusive) == expected


def test_business_days_that_never_come_are_no_open_time():
    with pytest.raises(NoOpenTime, match="business days"):
        BusinessCalendar("UTC", weekly={}).add_days(london("05-13T10:00"), 1)
    with pytest.raises(NoOpenTime):
        OFFICE.add_days(london("05-13T10:00"), -10_000_000)
    with pytest.raises(NoOpenTime):
        OFFICE.add_days(london("05-13T10:00"), 10_000_000)


def test_naive_instants_and_instants_beyond_the_calendar_are_refused():
    with pytest.raises(NaiveDatetime):
        OFFICE.count_days(date(2024, 5, 13), datetime(2024, 5, 13))
    with pytest.raises(InvalidValue):
        ALWAYS.add_days(datetime.max.replace(tzinfo=UTC), 1, zone="Asia/Tokyo")
