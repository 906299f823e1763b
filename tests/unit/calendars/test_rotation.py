"""Who is on call: turns by the clock on the wall."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import Rotation, zone
from supportkit.errors import InvalidValue, NaiveDatetime, UnknownZone

CHICAGO = "America/Chicago"
MICRO = timedelta(microseconds=1)


def local(text, key=CHICAGO, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone(key), fold=fold).astimezone(UTC)


def rotation(start, unit, count=1, *, key=CHICAGO, members="abcdefghij"):
    return Rotation(list(members), zone=key, start=datetime.fromisoformat(start), unit=unit, count=count)


def turn_ends(turns, at):
    """The instant at which the turn of an instant ends, found by asking."""
    low, high, whose = at, at + timedelta(days=40), turns.on_call(at)
    while turns.on_call(low + timedelta(minutes=15)) == whose and low < high:
        low += timedelta(minutes=15)
    assert turns.on_call(low + timedelta(minutes=15) - MICRO) == whose
    return low + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("start", "unit", "count", "end"),
    (
        ("2017-06-10T08:00", "week", 1, "2017-06-17T08:00"),
        ("2017-06-10T08:00", "week", 2, "2017-06-24T08:00"),
        ("2017-03-10T08:00", "week", 1, "2017-03-17T08:00"),  # an hour shorter
        ("2017-11-04T08:00", "week", 1, "2017-11-11T08:00"),  # an hour longer
        ("2017-06-10T08:00", "day", 1, "2017-06-11T08:00"),
        ("2017-06-10T08:00", "day", 2, "2017-06-12T08:00"),
        ("2017-03-11T08:00", "day", 1, "2017-03-12T08:00"),
        ("2017-11-04T08:00", "day", 1, "2017-11-05T08:00"),
        ("2017-06-10T08:00", "hour", 1, "2017-06-10T09:00"),
        ("2017-06-10T08:00", "hour", 2, "2017-06-10T10:00"),
        ("2017-03-12T00:00", "hour", 3, "2017-03-12T03:00"),  # two hours
        ("2017-11-05T00:00", "hour", 3, "2017-11-05T03:00"),  # four hours
        ("2017-06-10T08:00", "month", 1, "2017-07-10T08:00"),
        ("2017-01-31T08:00", "month", 1, "2017-02-28T08:00"),
        ("2016-01-31T08:00", "month", 1, "2016-02-29T08:00"),
    ),
)
def test_a_turn_lasts_until_the_same_time_on_the_wall(start, unit, count, end):
    turns = rotation(start, unit, count)
    assert turns.on_call(local(start)) == "a"
    assert turns.on_call(local(start) - MICRO) == "j"
    assert turns.on_call(local(end) - MICRO) == "a"
    assert turns.on_call(local(end)) == "b"


def test_an_hour_that_is_missing_is_left_out_and_a_repeated_one_is_one_long_turn():
    turns = rotation("2017-01-01T01:00", "hour")
    spring, autumn = local("2017-03-12T01:00"), local("2017-11-05T01:00")
    assert turn_ends(turns, spring) == spring + timedelta(hours=1)
    missing = (turns.members.index(turns.on_call(spring)) + 1) % 10
    assert turns.on_call(spring + timedelta(hours=1)) == turns.members[(missing + 1) % 10]
    assert turn_ends(turns, autumn) == autumn + timedelta(hours=2)


def test_a_hand_over_in_a_gap_happens_at_the_first_instant_there_is():
    turns = rotation("2017-03-11T02:30", "day")
    assert turns.on_call(local("2017-03-12T01:59")) == "a"
    assert turns.on_call(local("2017-03-12T03:00")) == "b"  # 02:00 to 03:00 does not exist
    assert turns.on_call(local("2017-03-13T02:29")) == "b"
    assert turns.on_call(local("2017-03-13T02:30")) == "c"


def test_a_hand_over_in_a_repeated_hour_happens_once_at_its_first():
    turns = rotation("2017-11-04T01:30", "day")
    assert turns.on_call(local("2017-11-05T01:29")) == "a"
    assert turns.on_call(local("2017-11-05T01:30")) == "b"
    assert turns.on_call(local("2017-11-05T01:00", fold=1)) == "b"  # the wall shows 01:00 again
    assert turns.on_call(local("2017-11-05T01:29", fold=1)) == "b"
    assert turns.on_call(local("2017-11-05T01:45", fold=1)) == "b"
    assert turns.on_call(local("2017-11-06T01:30")) == "c"


@pytest.mark.parametrize(
    ("unit", "count"), (("month", 1), ("month", 120_000), ("week", 1), ("week", 500_000))
)
def test_a_repeated_hour_ends_no_long_turn(unit, count):
    turns = rotation("2017-11-05T01:30", unit, count)
    assert turns.on_call(local("2017-11-05T01:29")) == "j"
    for minute in (0, 29, 30, 59):
        assert turns.on_call(local(f"2017-11-05T01:{minute:02}", fold=1)) == "a"


def test_a_midnight_that_is_missing_and_one_that_comes_twice():
    brazil = "America/Sao_Paulo"
    turns = rotation("2018-11-01T00:00", "day", key=brazil)
    assert turns.on_call(local("2018-11-03T23:59", brazil)) == "c"
    assert turns.on_call(local("2018-11-04T01:00", brazil)) == "d"
    twice = rotation("2018-02-15T23:30", "day", key=brazil)
    assert twice.on_call(local("2018-02-17T23:30", brazil)) == "c"
    assert twice.on_call(local("2018-02-17T23:00", brazil, fold=1)) == "c"


def test_a_date_that_was_left_out_is_nobodys_turn():
    turns = rotation("2011-12-29T09:00", "day", key="Pacific/Apia")
    assert turns.on_call(local("2011-12-29T23:59", "Pacific/Apia")) == "a"
    assert turns.on_call(local("2011-12-31T00:00", "Pacific/Apia")) == "b"  # the 30th at 09:00 never came
    assert turns.on_call(local("2011-12-31T09:00", "Pacific/Apia")) == "c"


def test_before_the_start_the_cycle_runs_on_backwards():
    turns = rotation("2019-01-10T00:00", "day", key="UTC", members="abc")
    found = [turns.on_call(datetime(2019, 1, day, 12, tzinfo=UTC)) for day in range(4, 12)]
    assert found == ["a", "b", "c", "a", "b", "c", "a", "b"]
    months = rotation("2019-03-31T00:00", "month", key="UTC", members="abc")
    assert [months.on_call(datetime(2019, month, 28, tzinfo=UTC)) for month in (1, 2, 3, 4)] == [
        "a",
        "c",
        "c",
        "a",
    ]


def test_months_are_counted_from_the_start_and_not_from_a_shorter_month():
    turns = rotation("2017-01-31T09:00", "month", 2)
    assert turns.on_call(local("2017-03-31T08:59")) == "a"
    assert turns.on_call(local("2017-03-31T09:00")) == "b"
    assert turns.on_call(local("2017-05-31T09:00")) == "c"
    assert turns.on_call(local("2017-07-31T08:59")) == "c"


def test_one_alone_is_always_on_call_to_the_ends_of_time():
    alone = rotation("2017-01-31T09:00", "month", members=["ann"], key="UTC")
    assert alone.on_call(datetime.min.replace(tzinfo=UTC)) == "ann"
    assert alone.on_call(datetime.max.replace(tzinfo=UTC)) == "ann"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    (
        ({"members": []}, InvalidValue, r"members: \[\] are nobody"),
        ({"members": "ann"}, InvalidValue, "members: 'ann' are nobody"),
        ({"members": [1]}, InvalidValue, "are nobody"),
        ({"zone": "Europe/Londn"}, UnknownZone, "did you mean 'Europe/London'"),
        ({"start": datetime(2026, 1, 1, tzinfo=UTC)}, InvalidValue, "start: .* is no wall time"),
        ({"start": "2026-01-01"}, InvalidValue, "is no wall time"),
        ({"unit": "year"}, InvalidValue, "unit: 'year' is no unit.*hour, day, week or month"),
        ({"count": 0}, InvalidValue, "count: 0 is no number"),
        ({"count": True}, InvalidValue, "count: True"),
    ),
)
def test_what_gives_no_turns_is_refused(change, error, message):
    plain = {"members": ["ann"], "zone": "UTC", "start": datetime(2026, 1, 1), "unit": "day"} | change
    with pytest.raises(error, match=message):
        Rotation(plain.pop("members"), **plain)


def test_a_naive_instant_is_refused():
    with pytest.raises(NaiveDatetime):
        rotation("2026-01-01", "day").on_call(datetime(2026, 1, 1))
