"""Time zones, read from the `tzdata` package, so that every machine knows the same ones.

Besides the zones themselves this module says how a zone's offset runs through a year, which
`zoneinfo` knows but does not tell.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from calendar import isleap
from collections.abc import Callable
from datetime import MINYEAR, UTC, date, datetime, time, timedelta
from functools import cache
from importlib import import_module, resources
from io import BytesIO
from zoneinfo import ZoneInfo

from supportkit.calendars._text import DAY, parse_date, parse_time
from supportkit.errors import InvalidValue, UnknownZone, nearest_name

__all__ = [
    "MARGIN",
    "local_instant",
    "missing_dates",
    "offsets",
    "resolve_local",
    "year_length",
    "zone",
    "zone_data_version",
    "zone_key",
    "zone_keys",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_PACKAGE = "tzdata"
Stretch = tuple[int, int, int]
Stretches = tuple[Stretch, ...]

MARGIN = 2 * DAY
"""How far what is known of a year reaches beyond its ends in UTC, in microseconds."""
_MICROSECOND = timedelta(microseconds=1)
# An offset is asked for inside the range of datetime only; no rule changes one in these two days.
_FIRST_SECOND = (datetime(1, 1, 3, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
_LAST_SECOND = (datetime(9999, 12, 29, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)


class _Zone(ZoneInfo):
    """A zone that is pickled and copied by its key (one read from a file otherwise cannot be)."""

    def __reduce__(self) -> tuple[Callable[[str], ZoneInfo], tuple[str]]:
        return zone, (self.key,)


def zone(key: str) -> ZoneInfo:
    """Return the zone called `key`, read from the `tzdata` package and not from the system.

    The same key gives the same object; it can be pickled. Raises UnknownZone.

    >>> zone("Europe/London").key
    'Europe/London'
    """
    return _zone(key)


def zone_data_version() -> str:
    """Return the release of the IANA time zone database in use, such as ``2025b``."""
    return str(import_module(_PACKAGE).IANA_VERSION)


def zone_key(value: str | ZoneInfo) -> str:
    """Return the key of a zone given by its key or as a ZoneInfo; raises InvalidValue, UnknownZone."""
    key = value.key if isinstance(value, ZoneInfo) else value
    if not isinstance(key, str):
        raise InvalidValue(f'zone: {value!r} is no time zone; give its key, for example "Europe/London"')
    return zone(key).key


def resolve_local(zone: str | ZoneInfo, date: date, time: time | str) -> datetime:
    """Return the instant of a wall time, in its zone.

    A wall time in a gap is moved forward by the gap's size, of a repeated one the first is meant;
    ``"24:00"`` is the next midnight. Raises InvalidValue and UnknownZone.

    >>> print(resolve_local("Europe/London", date(2024, 3, 31), "01:30"))
    2024-03-31 02:30:00+01:00
    """
    key = zone_key(zone)
    wall = parse_time(time, name="time", end=True)
    return local_instant(_zone(key), parse_date(date, name="date").toordinal(), wall)


def local_instant(info: ZoneInfo, day: int, wall: int, *, fold: int = 0) -> datetime:
    """Return the instant of a wall time given as the date's ordinal and microseconds after midnight."""
    try:
        naive = datetime.fromordinal(day) + timedelta(microseconds=wall)
        return naive.replace(tzinfo=info, fold=fold).astimezone(UTC).astimezone(info)
    except (OverflowError, ValueError):
        raise InvalidValue(f"day {day} of the calendar has no such instant in {info.key}") from None


@cache
def zone_keys() -> frozenset[str]:
    """Return the keys of all zones that the `tzdata` package has."""
    return frozenset((resources.files(_PACKAGE) / "zones").read_text("utf-8").split())


@cache
def _bytes(key: str) -> bytes:
    if key not in zone_keys():
        nearest = nearest_name(key, zone_keys())
        hint = f"did you mean {nearest!r}?" if nearest else 'keys look like "Europe/London" or "UTC"'
        raise UnknownZone(f"no time zone {key!r} in the zone data {zone_data_version()}; {hint}")
    return resources.files(_PACKAGE).joinpath("zoneinfo", *key.split("/")).read_bytes()


@cache
def _zone(key: str) -> ZoneInfo:
    return _Zone.from_file(BytesIO(_bytes(key)), key=key)


@cache
def _transitions(key: str) -> tuple[int, ...]:
    """Return the listed transitions, in seconds of Unix time (RFC 9636, section 3: the second block)."""
    data = _bytes(key)
    utc, standard, leaps, times, types, letters = struct.unpack_from(">6l", data, 20)
    second = 44 + 5 * times + 6 * types + letters + 8 * leaps + standard + utc
    times = struct.unpack_from(">l", data, second + 32)[0]
    return struct.unpack_from(f">{times}q", data, second + 44)


def _offset(key: str, second: int) -> int:
    """Return the microseconds that local time is ahead of UTC at a second of Unix time."""
    inside = min(max(second, _FIRST_SECOND), _LAST_SECOND)
    ahead = (_EPOCH + timedelta(seconds=inside)).astimezone(_zone(key)).utcoffset()
    return (ahead or timedelta(0)) // _MICROSECOND


def _rule_changes(key: str, first: int, last: int) -> list[int]:
    """Return the seconds in (first, last] at which the rule for years without a list changes the offset."""
    changes = []
    for start in range(first, last, _DAY):
        end = min(start + _DAY, last)
        before = _offset(key, start)
        if _offset(key, end) != before:
            seconds = range(start, end)
            changes.append(start + bisect_left(seconds, True, key=lambda at: _offset(key, at) != before))
    return changes


def year_length(year: int) -> int:
    """Return the microseconds of a UTC year."""
    return (366 if isleap(year) else 365) * DAY


def offsets(key: str, year: int) -> Stretches:
    """Return the stretches of constant offset as (start, end, offset), in microseconds.

    Start and end count from the UTC year's beginning; the year is covered with the MARGIN on each side.
    """
    settled = _settled(key)
    if year <= settled:
        return _offsets(key, year)
    return _ruled_offsets(key, settled, date(year, 1, 1).weekday(), isleap(year))


@cache
def _settled(key: str) -> int:
    """Return the year after which a zone follows its rule: years with the same days have the same changes."""
    listed = _transitions(key)
    return (_EPOCH + timedelta(seconds=listed[-1])).year + 1 if listed else MINYEAR - 1


@cache
def _ruled_offsets(key: str, settled: int, weekday: int, leap: bool) -> Stretches:
    years = range(settled + 1, settled + 41)  # every kind of year comes within 40 years
    return _offsets(
        key,
        next(year for year in years if (date(year, 1, 1).weekday(), isleap(year)) == (weekday, leap)),
    )


@cache
def _offsets(key: str, year: int) -> Stretches:
    origin = (date(year, 1, 1).toordinal() - _EPOCH.toordinal()) * _DAY
    low, high = origin - 2 * _DAY, origin + year_length(year) // 1_000_000 + 2 * _DAY
    listed = _transitions(key)
    cuts = [low, *(at for at in listed if low < at < high)]
    ruled = max(low, listed[-1] if listed else low)
    cuts += _rule_changes(key, ruled, high)
    stretches: list[Stretch] = []
    for start, end in zip(cuts, [*cuts[1:], high], strict=True):
        span = ((start - origin) * 1_000_000, (end - origin) * 1_000_000, _offset(key, start))
        if stretches and stretches[-1][2] == span[2]:
            span = (stretches.pop()[0], span[1], span[2])
        stretches.append(span)
    return tuple(stretches)


@cache
def missing_dates(key: str) -> frozenset[int]:
    """Return the ordinals of the dates that a zone left out (Apia had no 2011-12-30)."""
    missing: set[int] = set()
    for at in _transitions(key):
        before, after = _offset(key, at - 1), _offset(key, at)
        wall = at * 1_000_000
        missing.update(range(-(-(wall + before) // DAY), (wall + after) // DAY))
    return frozenset(_EPOCH.toordinal() + day for day in missing)
