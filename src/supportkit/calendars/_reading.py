"""How a calendar's parts are read: Python values or a document's text, into one canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NoReturn

from supportkit import canonical
from supportkit.calendars._country_holidays import country_holidays
from supportkit.calendars._intervals import union
from supportkit.calendars._text import DAYS, hours_text, parse_date, parse_days, parse_hours
from supportkit.errors import InvalidValue, NaiveDatetime

__all__ = [
    "ClosureRow",
    "DatedHours",
    "Holidays",
    "WeeklyHours",
    "closure_micros",
    "read_breaks",
    "read_closures",
    "read_holidays",
    "read_special",
    "read_weekly",
    "read_weekly_breaks",
]

WeeklyHours = Mapping[str, tuple[str, ...]]
DatedHours = Mapping[date, tuple[str, ...]]
Holidays = Mapping[date, str]
ClosureRow = tuple[datetime, datetime]

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def read_weekly(value: Any) -> WeeklyHours:
    """Return hours by day of the week."""
    return _weekly(value, "weekly")


def read_weekly_breaks(value: Any) -> WeeklyHours:
    """Return breaks by day of the week."""
    return _weekly(value, "weekly_breaks")


def read_special(value: Any) -> DatedHours:
    """Return the hours of special dates; a date without hours is closed."""
    return MappingProxyType(_dated(value, "special"))


def read_breaks(value: Any) -> DatedHours:
    """Return breaks by date."""
    return MappingProxyType({day: hours for day, hours in _dated(value, "breaks").items() if hours})


def _weekly(value: Any, name: str) -> WeeklyHours:
    days: dict[int, tuple[str, ...]] = {}
    for key, hours in _items(value, name, 'days to hours, like {"mon-fri": "08:00-18:00"}'):
        for day in parse_days(key, name=name):
            if day in days:
                raise InvalidValue(f"{name}: {key!r} gives hours to {DAYS[day]!r} again; name each day once")
            days[day] = _hours(hours, f"{name}.{key}")
    return MappingProxyType({DAYS[day]: days[day] for day in sorted(days) if days[day]})


def _dated(value: Any, name: str) -> dict[date, tuple[str, ...]]:
    dates: dict[date, tuple[str, ...]] = {}
    for key, hours in _items(value, name, 'dates to hours, like {"2026-12-24": "08:00-12:00"}'):
        day = parse_date(key, name=name)
        _once(dates, day, name)
        dates[day] = _hours(hours, f"{name}.{day}")
    return dict(sorted(dates.items()))


def _hours(value: Any, name: str) -> tuple[str, ...]:
    return tuple(hours_text(parse_hours(value, name=name)))


def _items(value: Any, name: str, form: str) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    raise InvalidValue(f"{name}: {value!r} is no mapping of {form}")


def _once(dates: Mapping[date, Any], day: date, name: str) -> None:
    if day in dates:
        raise InvalidValue(f"{name}: {day} is given twice; name each date once")


def read_holidays(value: Any) -> Holidays:
    """Return names by date; a holiday without a name is called ``holiday``, a code stands for its dates."""
    if isinstance(value, str):
        return _sorted(country_holidays(value.strip())) if _is_code(value) else _refuse_dates(value)
    if not isinstance(value, Iterable):
        return _refuse_dates(value)
    if isinstance(value, Mapping):
        return _sorted(_named(value.items()))
    items = list(value)
    coded: dict[date, str] = {}
    for code in filter(_is_code, items):
        coded = {**country_holidays(code.strip()), **coded}  # the first code that has a date names it
    return _sorted(_named((day, "holiday") for day in items if not _is_code(day)) | coded)


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[:1].isalpha()


def _refuse_dates(value: Any) -> NoReturn:
    raise InvalidValue(
        f"holidays: {value!r} are no dates; list them, map dates to names, or write a code like 'GB-ENG'"
    )


def _named(items: Iterable[tuple[Any, Any]]) -> dict[date, str]:
    names: dict[date, str] = {}
    for key, name in items:
        day = parse_date(key, name="holidays")
        _once(names, day, "holidays")
        if not isinstance(name, str) or not name.strip():
            raise InvalidValue(
                f"holidays.{day}: {name!r} is no name; give the holiday a name or list dates only"
            )
        names[day] = name
    return names


def _sorted(names: Mapping[date, str]) -> Holidays:
    return MappingProxyType(dict(sorted(names.items())))


def read_closures(value: Any) -> tuple[ClosureRow, ...]:
    """Return closures as instants in UTC, sorted, overlapping ones joined."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise InvalidValue(f"closures: {value!r} are no closures; list pairs of instants [start, end]")
    spans = [_closure(item) for item in value]
    return tuple((_instant_at(start), _instant_at(end)) for start, end in union(spans))


def closure_micros(closures: Iterable[ClosureRow]) -> list[tuple[int, int]]:
    """Return closures in microseconds since the year 1 began."""
    return [(_micros(start), _micros(end)) for start, end in closures]


def _closure(item: Any) -> tuple[int, int]:
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise InvalidValue(f"closures: {item!r} is no closure; give a pair of instants [start, end]")
    start, end = _micros(item[0]), _micros(item[1])
    if end < start:
        raise InvalidValue(f"closures: {item!r} ends before it starts; give the earlier instant first")
    return start, end


def _micros(value: Any) -> int:
    instant = canonical.parse_instant(value) if isinstance(value, str) else value
    if not isinstance(instant, datetime):
        raise InvalidValue(f'closures: {value!r} is no instant; write it like "2026-12-24T12:00:00Z"')
    if instant.utcoffset() is None:
        raise NaiveDatetime.of("closures", value)
    return (instant - _BEGINNING) // _MICROSECOND


def _instant_at(micros: int) -> datetime:
    try:
        return _BEGINNING + timedelta(0, 0, micros)
    except OverflowError:
        raise InvalidValue("closures: they must lie in the years 1 to 9999 in UTC") from None
