"""What a calendar answers, case by case."""

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from supportkit.calendars import ALWAYS, BusinessCalendar, Span, resolve_local, zone
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime

NEW_YORK = zone("America/New_York")
HOURS = {
    "24x7": {"mon-sun": [("00:00", "24:00")]},
    "00-06": {"mon-sun": [("00:00", "06:00")]},
    "22-06": {"mon-sun": [("22:00", "06:00")]},
    "9-17": {"mon-fri": [("09:00", "17:00")]},
    "01:30-02:30": {"mon-sun": [("01:30", "02:30")]},
}
OFFICE = {"mon-fri": [("09:00", "12:00"), ("13:00", "17:00")]}


def new_york(text, fold=0):
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=NEW_YORK, fold=fold)


def utc(text):
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=UTC)


def office(**more):
    return BusinessCalendar("UTC", weekly=OFFICE, **more)


def spans(calendar, a, b):
    return [(f"{span.start:%d %H:%M}", f"{span.end:%d %H:%M}") for span in calendar.spans(utc(a), utc(b))]


@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    (
        ("24x7", new_york("03-09T12:00"), new_york("03-10T12:00"), 23),
        ("24x7", new_york("11-02T12:00"), new_york("11-03T12:00"), 25),
        ("00-06", new_york("03-10T00:00"), new_york("03-10T12:00"), 5),
        ("00-06", new_york("11-03T00:00"), new_york("11-03T12:00"), 7),
        ("00-06", new_york("11-03T01:30"), new_york("11-03T01:30", fold=1), 1),
        ("22-06", new_york("03-09T20:00"), new_york("03-10T12:00"), 7),
        ("22-06", new_york("11-02T20:00"), new_york("11-03T12:00"), 9),
        ("22-06", new_york("05-15T02:00"), new_york("05-15T12:00"), 4),
        ("9-17", new_york("03-08T16:00"), new_york("03-11T10:00"), 2),
        ("9-17", new_york("05-11T10:00"), new_york("05-12T10:00"), 0),
        ("9-17", new_york("05-13T18:00"), new_york("05-14T08:00"), 0),
        ("9-17", new_york("05-13T18:00"), new_york("05-15T08:00"), 8),
        ("9-17", new_york("05-06T09:00"), new_york("06-04T16:59:59"), 175 + 3599 / 3600),
        ("01:30-02:30", new_york("03-10T00:00"), new_york("03-10T12:00"), 0.5),
        ("01:30-02:30", new_york("11-03T00:00"), new_york("11-03T12:00"), 1.5),
    ),
)
def test_open_time_between_two_instants_knows_clock_changes(hours, start, end, expected):
    calendar = BusinessCalendar("America/New_York", weekly=HOURS[hours])
    assert calendar.between(start, end) == timedelta(hours=expected)
    assert calendar.between(end, start) == -timedelta(hours=expected)


@pytest.mark.parametrize(
    ("hours", "start", "worked", "expected"),
    (
        ("24x7", new_york("03-09T12:00"), 24, utc("03-10T17:00")),
        ("24x7", new_york("11-02T12:00"), 24, utc("11-03T16:00")),
        ("00-06", new_york("03-10T00:00"), 4, utc("03-10T09:00")),
        ("00-06", new_york("11-03T00:00"), 4, utc("11-03T08:00")),
        ("22-06", new_york("03-09T22:00"), 7, utc("03-10T10:00")),
        ("22-06", new_york("11-02T22:00"), 9, utc("11-03T11:00")),
        ("9-17", new_york("05-13T09:00"), 8, utc("05-13T21:00")),
    ),
)
def test_adding_open_time_knows_clock_changes(hours, start, worked, expected):
    found = BusinessCalendar("America/New_York", weekly=HOURS[hours]).add(start, timedelta(hours=worked))
    assert found.astimezone(UTC) == expected
    assert found.tzinfo is NEW_YORK


def test_an_exact_fit_ends_at_closing_time_and_begins_at_opening_time():
    assert office().add(utc("05-13T09:00"), timedelta(hours=3)) == utc("05-13T12:00")
    assert office().subtract(utc("05-13T17:00"), timedelta(hours=4)) == utc("05-13T13:00")
    assert office().add(utc("05-13T12:00"), timedelta(hours=4)) == utc("05-13T17:00")
    assert office().subtract(utc("05-13T12:30"), timedelta(hours=3)) == utc("05-13T09:00")


def test_one_microsecond_more_than_fits_lies_in_the_next_stretch():
    micro = timedelta(microseconds=1)
    assert office().add(utc("05-13T09:00"), timedelta(hours=3) + micro) == utc("05-13T13:00") + micro
    assert office().subtract(utc("05-13T17:00"), timedelta(hours=4) + micro) == utc("05-13T12:00") - micro


@pytest.mark.parametrize(
    ("at", "is_open", "next_open", "previous_open", "next_close"),
    (
        ("05-13T09:00", True, "05-13T09:00", "05-13T09:00", "05-13T12:00"),
        ("05-13T12:00", False, "05-13T13:00", "05-13T12:00", "05-13T17:00"),
        ("05-13T12:30", False, "05-13T13:00", "05-13T12:00", "05-13T17:00"),
        ("05-13T16:59:59", True, "05-13T16:59:59", "05-13T16:59:59", "05-13T17:00"),
        ("05-11T10:00", False, "05-13T09:00", "05-10T17:00", "05-13T12:00"),
        ("05-13T08:59:59", False, "05-13T09:00", "05-10T17:00", "05-13T12:00"),
    ),
)
def test_openings_and_closings_around_an_instant(at, is_open, next_open, previous_open, next_close):
    t = utc(at)
    assert office().is_open(t) is is_open
    assert office().next_open(t) == utc(next_open)
    assert office().previous_open(t) == utc(previous_open)
    assert office().next_close(t) == utc(next_close)


def test_results_carry_the_tzinfo_of_the_instant_given():
    tokyo = timezone(timedelta(hours=9), "JST")
    at = datetime(2024, 5, 13, 22, tzinfo=tokyo)
    results = [
        office().add(at, timedelta(hours=1)),
        office().subtract(at, timedelta(hours=1)),
        office().next_open(datetime(2024, 5, 14, 6, tzinfo=tokyo)),
        office().previous_open(datetime(2024, 5, 14, 6, tzinfo=tokyo)),
        office().next_close(at),
        office().add_days(at, 3),
        next(office().spans(at)).end,
        office().explain(at, at + timedelta(days=1)).lines[0].end,
    ]
    assert {t.tzinfo for t in results} == {tokyo}


def test_the_second_pass_through_a_repeated_hour_is_told_from_the_first():
    calendar = BusinessCalendar("America/New_York", weekly=HOURS["00-06"])
    end = calendar.add(new_york("11-03T00:30"), timedelta(hours=1, minutes=30))
    assert (end.hour, end.minute, end.fold) == (1, 0, 1)


@pytest.mark.parametrize("text", ("2024-05-13T10:00", "2024-05-13"))
def test_naive_datetimes_are_refused_by_every_operation(text):
    naive, aware, hour = datetime.fromisoformat(text), utc("05-13T10:00"), timedelta(hours=1)
    calls = [
        lambda: office().add(naive, hour),
        lambda: office().add(naive, -hour),
        lambda: office().subtract(naive, hour),
        lambda: office().between(naive, aware),
        lambda: office().between(aware, naive),
        lambda: office().is_open(naive),
        lambda: office().next_open(naive),
        lambda: office().spans(naive),
        lambda: office().spans(aware, naive),
        lambda: office().explain(naive, aware),
        lambda: office().on_holiday(naive),
        lambda: office().add_days(naive, 1),
        lambda: office().count_days(naive, aware),
    ]
    for call in calls:
        with pytest.raises(NaiveDatetime, match="has no time zone"):
            call()


def test_a_date_is_no_instant():
    with pytest.raises(InvalidValue, match="no datetime with a time zone"):
        office().between(date(2024, 5, 13), utc("05-13T10:00"))


# -- hours ----------------------------------------------------------------------------------------


def test_overlapping_and_touching_intervals_are_a_union():
    calendar = BusinessCalendar("UTC", weekly={"mon": ["09:00-13:00", "11:00-15:00", "15:00-16:00"]})
    assert spans(calendar, "05-13T00:00", "05-14T00:00") == [("13 09:00", "13 16:00")]


def test_an_end_equal_to_its_start_is_empty():
    assert spans(BusinessCalendar("UTC", weekly={"mon": ["09:00-09:00"]}), "05-13T00:00", "05-14T00:00") == []


def test_spans_that_touch_at_midnight_or_new_year_are_one():
    calendar = BusinessCalendar("UTC", weekly={"mon-sun": ["20:00-24:00", "00:00-04:00"]})
    found = list(calendar.spans(utc("12-31T12:00"), datetime(2025, 1, 1, 12, tzinfo=UTC)))
    assert found == [Span(utc("12-31T20:00"), datetime(2025, 1, 1, 4, tzinfo=UTC))]
    back = list(calendar.spans(utc("12-31T12:00"), datetime(2025, 1, 1, 12, tzinfo=UTC), reverse=True))
    assert back == found


def test_an_overnight_shift_belongs_to_the_date_it_starts_on():
    calendar = BusinessCalendar("UTC", weekly={"fri": [("22:00", "06:00")]})
    assert spans(calendar, "05-13T00:00", "05-20T00:00") == [("17 22:00", "18 06:00")]


def test_special_hours_replace_the_date_but_not_the_tail_of_the_shift_before():
    calendar = BusinessCalendar(
        "UTC",
        weekly={"mon-sun": [("22:00", "06:00")]},
        special={date(2024, 5, 14): [("10:00", "12:00")], "2024-05-16": []},
    )
    assert spans(calendar, "05-13T12:00", "05-17T12:00") == [
        ("13 22:00", "14 06:00"),
        ("14 10:00", "14 12:00"),
        ("15 22:00", "16 06:00"),
    ]


def test_a_clipping_holiday_closes_the_local_date_and_a_start_day_holiday_drops_its_shifts():
    night = {"weekly": {"mon-sun": [("22:00", "06:00")]}, "holidays": [date(2024, 5, 14)]}
    clip, start_day = (BusinessCalendar("UTC", **night, holiday_mode=mode) for mode in ("clip", "start_day"))
    assert spans(clip, "05-13T12:00", "05-15T12:00") == [("13 22:00", "14 00:00"), ("15 00:00", "15 06:00")]
    assert spans(start_day, "05-13T12:00", "05-15T12:00") == [("13 22:00", "14 06:00")]


def test_breaks_are_taken_out_of_weekly_and_special_hours_on_the_date_they_lie_on():
    calendar = BusinessCalendar(
        "UTC",
        weekly={"mon-sun": [("22:00", "06:00")]},
        special={"2024-05-15": ["08:00-16:00"]},
        weekly_breaks={"tue-wed": ["03:00-04:00", "12:00-13:00"]},
        breaks={"2024-05-15": ["15:30-17:00"]},
    )
    assert spans(calendar, "05-13T12:00", "05-16T00:00") == [
        ("13 22:00", "14 03:00"),
        ("14 04:00", "14 06:00"),
        ("14 22:00", "15 03:00"),
        ("15 04:00", "15 06:00"),
        ("15 08:00", "15 12:00"),
        ("15 13:00", "15 15:30"),
    ]
    assert calendar.on_break(utc("05-15T15:30"))
    assert not calendar.on_break(utc("05-15T17:00"))
    assert not calendar.on_break(utc("05-16T12:30"))


def test_a_break_over_midnight_lies_on_both_dates():
    calendar = BusinessCalendar(
        "UTC", weekly={"mon-sun": ["20:00-04:00"]}, breaks={"2024-05-13": ["23:30-00:30"]}
    )
    assert spans(calendar, "05-13T12:00", "05-14T12:00") == [
        ("13 20:00", "13 23:30"),
        ("14 00:30", "14 04:00"),
    ]
    assert calendar.on_break(utc("05-14T00:29:59"))


def test_closures_win_over_everything():
    calendar = office(
        special={"2024-05-13": ["08:00-20:00"]},
        closures=[
            (utc("05-13T15:00"), utc("05-13T19:00")),
            ("2024-05-13T20:00:00+02:00", "2024-05-13T21:30:00+02:00"),
        ],
    )
    assert spans(calendar, "05-13T00:00", "05-14T00:00") == [
        ("13 08:00", "13 15:00"),
        ("13 19:30", "13 20:00"),
    ]
    assert calendar.closures == ((utc("05-13T15:00"), utc("05-13T19:30")),)


def test_holidays_are_known_by_name_on_their_local_date():
    calendar = BusinessCalendar(
        "Asia/Tokyo", weekly={}, holidays={date(2024, 5, 3): "Constitution Day", "2024-05-06": "holiday"}
    )
    assert calendar.on_holiday(utc("05-02T15:00")) == "Constitution Day"
    assert calendar.on_holiday(utc("05-03T15:00")) is None
    assert office(holidays=["2024-05-06"]).on_holiday(utc("05-06T12:00")) == "holiday"


def test_hours_may_be_given_as_times_of_day():
    calendar = BusinessCalendar("UTC", weekly={"mon": [(time(9), time(17, 30))]})
    assert calendar == BusinessCalendar("UTC", weekly={"mon": "9:00-17:30"})


def test_spans_run_backwards_without_an_end():
    found = office().spans(utc("05-13T14:00"), reverse=True)
    assert [next(found) for _ in range(3)] == [
        Span(utc("05-13T13:00"), utc("05-13T14:00")),
        Span(utc("05-13T09:00"), utc("05-13T12:00")),
        Span(utc("05-10T13:00"), utc("05-10T17:00")),
    ]


def test_between_an_instant_and_itself_there_is_nothing():
    at = utc("05-13T10:00")
    closed = office(closures=[(utc("05-13T09:30"), utc("05-13T10:30"))])
    for calendar in (office(), closed, ALWAYS):
        assert list(calendar.spans(at, at)) == list(calendar.spans(at, at, reverse=True)) == []
        assert len(calendar.explain(at, at)) == 0
        assert calendar.between(at, at) == timedelta(0)


def test_spans_to_an_earlier_instant_are_none_unless_reversed():
    a, b = utc("05-13T14:00"), utc("05-13T10:00")
    assert list(office().spans(a, b)) == []
    assert [span.start for span in office().spans(a, b, reverse=True)] == [utc("05-13T13:00"), b]


# -- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "day", "hours"),
    (
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
        ("Australia/Lord_Howe", date(2024, 10, 6), 23.5),
        ("Antarctica/Troll", date(2024, 3, 31), 22),
        ("Antarctica/Troll", date(2024, 10, 27), 26),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Asia/Kathmandu", date(1986, 1, 1), 23.75),
        ("Europe/London", date(9000, 3, 30), 23),
    ),
)
def test_a_date_is_open_as_long_as_it_lasts(key, day, hours):
    calendar = BusinessCalendar(key, weekly={}, special={day: ["00:00-24:00"]})
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert calendar.between(noon - timedelta(days=3), noon + timedelta(days=3)) == timedelta(hours=hours)


def test_a_wall_time_in_a_gap_is_never_open():
    calendar = BusinessCalendar("Asia/Beirut", weekly={"mon-sun": ["00:00-00:30"]})
    gap = resolve_local("Asia/Beirut", date(2024, 3, 31), "00:15")
    assert calendar.next_open(gap) == resolve_local("Asia/Beirut", date(2024, 4, 1), "00:00")


# -- no open time, and the ends of time -----------------------------------------------------------

NEVER = BusinessCalendar("Europe/London", weekly={})
ONCE = BusinessCalendar("UTC", weekly={}, special={"2024-05-13": ["09:00-17:00"]})
OVER = office(closures=[(utc("05-13T00:00"), datetime.max.replace(tzinfo=UTC))])
ALL_BREAK = office(weekly_breaks={"mon-sun": ["00:00-24:00"]})


@pytest.mark.parametrize("calendar", (NEVER, ALL_BREAK), ids=("never", "all-break"))
@pytest.mark.parametrize("year", (1, 2024, 9999))
def test_a_calendar_without_hours_says_so_and_never_loops(calendar, year):
    t, hour = datetime(year, 6, 1, 12, tzinfo=UTC), timedelta(hours=1)
    for call in (calendar.next_open, calendar.previous_open, calendar.next_close):
        with pytest.raises(NoOpenTime, match="open time"):
            call(t)
    for call in (calendar.add, calendar.subtract):
        with pytest.raises(NoOpenTime):
            call(t, hour)
    assert not calendar.is_open(t)
    assert calendar.between(t, utc("01-01T00:00")) == timedelta(0)
    assert list(calendar.spans(t)) == list(calendar.spans(t, reverse=True)) == []


def test_open_time_that_is_over_or_still_to_come_is_found_only_in_its_direction():
    before, after = datetime(1950, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert ONCE.next_open(before) == utc("05-13T09:00")
    assert ONCE.previous_open(after) == utc("05-13T17:00")
    assert ONCE.add(before, timedelta(hours=8)) == utc("05-13T17:00")
    assert ONCE.next_close(before) == utc("05-13T17:00")
    for call in (
        lambda: ONCE.next_open(after),
        lambda: ONCE.previous_open(before),
        lambda: OVER.next_open(after),
    ):
        with pytest.raises(NoOpenTime):
            call()
    with pytest.raises(NoOpenTime):
        ONCE.add(before, timedelta(hours=8, microseconds=1))


@pytest.mark.parametrize(("day", "found"), (("01-01", "01-02"), ("12-30", "12-31")))
def test_hours_close_to_new_year_are_not_found_twice_nor_in_the_wrong_direction(day, found):
    open_day = BusinessCalendar("UTC", weekly={}, special={f"2024-{found}": ["00:00-24:00"]})
    with pytest.raises(NoOpenTime):
        open_day.previous_open(utc(f"{day}T00:00"))
    shut_day = BusinessCalendar("UTC", weekly={}, special={f"2024-{day}": ["00:00-24:00"]})
    with pytest.raises(NoOpenTime):
        shut_day.next_open(utc(f"{found}T12:00"))


@pytest.mark.parametrize("last", ("2025-01-01", "2025-01-02", "2025-01-03"))
def test_a_closing_days_after_new_year_is_found_from_before(last):
    shift = {"2024-12-31": "00:00-24:00", "2025-01-01": "00:00-24:00", "2025-01-02": "00:00-24:00"}
    calendar = BusinessCalendar(
        "UTC", weekly={}, special={**shift, last: "00:00-24:00"}, holidays=["2025-01-04"]
    )
    end = datetime(2025, 1, 4 if last == "2025-01-03" else 3, tzinfo=UTC)
    assert calendar.next_close(utc("12-31T12:00")) == end


def test_every_year_has_its_own_weekdays():
    start, calendar = datetime(2000, 1, 1, tzinfo=UTC), office()
    for year in range(2001, 2030):
        end = datetime(year, 1, 1, tzinfo=UTC)
        assert calendar.between(start, end) == timedelta(hours=7) * calendar.count_days(start, end)


def test_a_calendar_that_never_closes_has_no_next_closing():
    with pytest.raises(NoOpenTime, match="closes again"):
        ALWAYS.next_close(utc("05-13T12:00"))
    holiday = BusinessCalendar("UTC", weekly=HOURS["24x7"], holidays=["2030-01-01"])
    assert holiday.next_close(utc("05-13T12:00")) == datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(NoOpenTime):
        holiday.next_close(datetime(2030, 1, 2, tzinfo=UTC))


def test_a_span_without_end_ends_with_the_last_datetime_there_is():
    for tz in (UTC, NEW_YORK, zone("Asia/Tokyo")):
        (span,) = ALWAYS.spans(utc("05-13T12:00").astimezone(tz))
        assert span.end.year == 9999
        (span,) = ALWAYS.spans(utc("05-13T12:00").astimezone(tz), reverse=True)
        assert span.start.year == 1


def test_the_ends_of_time_are_answered_or_refused_clearly():
    last, first = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    assert ALWAYS.between(first, last) == last - first
    assert ALWAYS.add(first, timedelta(days=1)) == datetime(1, 1, 2, tzinfo=UTC)
    for call in (
        lambda: ALWAYS.add(last, timedelta(hours=1)),
        lambda: ALWAYS.subtract(first, timedelta(hours=1)),
        lambda: ALWAYS.add(utc("05-13T12:00"), timedelta.max),
        lambda: ALWAYS.add_days(last, 1),
    ):
        with pytest.raises(NoOpenTime):
            call()
    edge = datetime.max.replace(tzinfo=NEW_YORK)
    assert ALWAYS.is_open(edge - timedelta(days=1))
    with pytest.raises(InvalidValue, match="outside the years"):
        BusinessCalendar("Asia/Tokyo", weekly={}).on_holiday(last)


# -- content --------------------------------------------------------------------------------------


def test_calendars_with_the_same_content_are_equal_however_it_was_written():
    one = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-12:00, 11:00-17:00"}, holidays=["2024-12-25"])
    two = BusinessCalendar(
        ZoneInfo("UTC"),
        weekly={day: [(time(9), "17:00")] for day in ("fri", "tue", "wed", "thu", "mon")},
        holidays={date(2024, 12, 25): "holiday"},
    )
    assert one == two
    assert hash(one) == hash(two)
    assert one.version == two.version
    assert one != office()
    assert one != "UTC"
    assert len({one, two, office()}) == 2


def test_calendars_are_pickled_and_copied_by_content():
    calendar = office(holidays={"2024-12-25": "Christmas"})
    calendar.is_open(utc("05-13T12:00"))
    for again in (pickle.loads(pickle.dumps(calendar)), copy.deepcopy(calendar)):
        assert again == calendar
        assert again.next_open(utc("05-13T12:00")) == utc("05-13T13:00")


def test_a_calendar_cannot_be_changed():
    with pytest.raises(AttributeError):
        office().zone = "Europe/London"
    with pytest.raises(TypeError):
        office().weekly["sat"] = ("09:00-17:00",)


def test_the_version_is_stable_for_ever():
    assert office().version == "3865007fdd0931837807f1f0cb3387e1"
    assert (
        repr(BusinessCalendar("UTC", weekly={}))
        == "BusinessCalendar.from_dict({'zone': 'UTC', 'weekly': {}})"
    )
