"""Zones from the data package, wall times resolved, and offsets through the years."""

import copy
import pickle
import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from supportkit.calendars import resolve_local, zone, zone_data_version
from supportkit.calendars._zones import MARGIN, missing_dates, offsets, year_length
from supportkit.errors import InvalidValue, UnknownZone

MICRO = timedelta(microseconds=1)


def test_a_zone_is_one_object_that_survives_pickling_and_copying():
    london = zone("Europe/London")
    assert isinstance(london, ZoneInfo)
    assert zone("Europe/London") is london
    assert pickle.loads(pickle.dumps(london)) is london
    at = datetime(2024, 7, 1, tzinfo=london)
    assert copy.deepcopy(at).tzinfo is london


@pytest.mark.parametrize(
    ("key", "hint"),
    (
        ("Europe/Lodnon", "did you mean 'Europe/London'"),
        ("?", "keys look like"),
        ("../etc/passwd", "no time zone"),
        ("", "keys look like"),
    ),
)
def test_an_unknown_zone_is_refused_with_a_way_out(key, hint):
    with pytest.raises(UnknownZone, match=hint):
        zone(key)


def test_the_zone_data_have_a_version():
    assert zone_data_version()[:2] == "20"
    assert zone_data_version()[-1].isalpha()


@pytest.mark.parametrize(
    ("key", "day", "wall", "expected"),
    (
        ("Europe/London", date(2024, 7, 1), "09:30", "2024-07-01T09:30:00+01:00"),
        (
            "Europe/London",
            date(2024, 3, 31),
            "01:30",
            "2024-03-31T02:30:00+01:00",
        ),  # gap: forward by its size
        ("Europe/London", date(2024, 10, 27), "01:30", "2024-10-27T01:30:00+01:00"),  # overlap: the first
        ("Europe/London", date(2024, 3, 30), "24:00", "2024-03-31T00:00:00+00:00"),
        ("America/Sao_Paulo", date(2018, 11, 3), "24:00", "2018-11-04T01:00:00-02:00"),  # no midnight
        ("Australia/Lord_Howe", date(2024, 10, 6), "02:15", "2024-10-06T02:45:00+11:00"),
        ("Antarctica/Troll", date(2024, 3, 31), "02:30", "2024-03-31T04:30:00+02:00"),
        ("Pacific/Apia", date(2011, 12, 30), "10:00", "2011-12-31T10:00:00+14:00"),  # no such date
        (ZoneInfo("Asia/Kathmandu"), date(1986, 1, 1), time(0, 10), "1986-01-01T00:25:00+05:45"),
    ),
)
def test_a_wall_time_is_resolved(key, day, wall, expected):
    found = resolve_local(key, day, wall)
    assert found.isoformat() == expected
    assert found.tzinfo is zone(getattr(key, "key", key))


def test_a_wall_time_outside_of_time_is_refused():
    with pytest.raises(InvalidValue, match="no such instant"):
        resolve_local("America/New_York", date(9999, 12, 31), "24:00")
    with pytest.raises(InvalidValue, match="is no wall time"):
        resolve_local("America/New_York", date(2024, 1, 1), "25:00")


def test_the_dates_that_zones_left_out():
    assert missing_dates("Pacific/Apia") == {date(2011, 12, 30).toordinal()}
    assert missing_dates("Pacific/Kwajalein") == {date(1993, 8, 21).toordinal()}
    assert missing_dates("Europe/London") == frozenset()


@pytest.mark.parametrize(
    "key",
    (
        "UTC",
        "Europe/London",
        "Europe/Dublin",
        "Africa/Casablanca",
        "Asia/Gaza",
        "Antarctica/Troll",
        "America/St_Johns",
        "Africa/Monrovia",
        "Pacific/Apia",
    ),
)
def test_the_offsets_of_a_year_are_those_of_the_zone_at_every_instant(key):
    chance = random.Random(key)
    for year in (1, 1883, 1916, 1944, 1972, 2011, 2024, 2038, 2087, 2088, 2400, 9999):
        stretches = offsets(key, year)
        assert (stretches[0][0], stretches[-1][1]) == (-MARGIN, year_length(year) + MARGIN)
        instants = [
            at for start, end, _ in stretches for at in (start, end - 1, chance.randrange(start, end))
        ]
        for at in instants:
            if (year == 1 and at < MARGIN) or (year == 9999 and at > year_length(year) - MARGIN):
                continue  # no datetime, or none in every zone
            local = (datetime(year, 1, 1, tzinfo=UTC) + at * MICRO).astimezone(zone(key))
            (found,) = (offset for start, end, offset in stretches if start <= at < end)
            assert found * MICRO == local.utcoffset()
    assert all(left[2] != right[2] for left, right in pairwise(stretches))
