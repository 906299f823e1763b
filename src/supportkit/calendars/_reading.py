"""How a calendar's parts are read: Python values or a document's text, into one canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from supportkit import canonical
from supportkit.calendars._country_holidays import country_holidays
from supportkit.calendars._feed import feed_holidays
from supportkit.calendars._intervals import union
from supportkit.calendars._recurrence import is_rule, recurring_dates
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

_UNNAMED = "holiday"
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def read_weekly(value: Any) -> WeeklyHours:
    """Return hours by day of the week."""
    return _weekly(value, "weekly")


def read_weekly_breaks(value: Any) -> WeeklyHours:
    """Return breaks by day of the week."""
    return _weekly(value, "weekly_breaks")


def read_special(value: Any) -> DatedHours:
    """Return the hours of special dates; a date without hours is closed.

    A date wins over a rule that gives it, of several rules the first.
    """
    dates, ruled = _dated(value, "special")
    for day, hours in ruled:
        dates.setdefault(day, hours)
    return MappingProxyType(dict(sorted(dates.items())))


def read_breaks(value: Any) -> DatedHours:
    """Return breaks by date; what several rules and a date give is joined."""
    dates, ruled = _dated(value, "breaks")
    for day, hours in ruled:
        dates[day] = _hours([*dates.get(day, ()), *hours], f"breaks.{day}")
    return MappingProxyType({day: hours for day, hours in sorted(dates.items()) if hours})


def _weekly(value: Any, name: str) -> WeeklyHours:
    days: dict[int, tuple[str, ...]] = {}
    for key, hours in _items(value, name, 'days to hours, like {"mon-fri": "08:00-18:00"}'):
        for day in parse_days(key, name=name):
            if day in days:
                raise InvalidValue(f"{name}: {key!r} gives hours to {DAYS[day]!r} again; name each day once")
            days[day] = _hours(hours, f"{name}.{key}")
    return MappingProxyType({DAYS[day]: days[day] for day in sorted(days) if days[day]})


def _dated(value: Any, name: str) -> tuple[dict[date, tuple[str, ...]], list[tuple[date, tuple[str, ...]]]]:
    """Return hours by date as they are written, and those of the dates that rules give."""
    dates: dict[date, tuple[str, ...]] = {}
    ruled: list[tuple[date, tuple[str, ...]]] = []
    for key, value_of in _items(value, name, 'dates to hours, like {"2026-12-24": "08:00-12:00"}'):
        hours = _hours(value_of, f"{name}.{key}")
        if is_rule(key):
            ruled += [(day, hours) for day in recurring_dates(key, name=name)]
            continue
        day = parse_date(key, name=name)
        _once(dates, day, name)
        dates[day] = hours
    return dates, ruled


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
    """Return names by date; a holiday without a name is called ``holiday``.

    Codes of countries, rules and feeds stand for their dates. A date that is written with its name wins,
    then the first of the others that has the date.
    """
    named: dict[date, str] = {}
    bare: dict[date, str] = {}
    expanded: dict[date, str] = {}
    for key, name in _holiday_items(value):
        dates = _expanded(key, name)
        if dates is not None:
            expanded = {**dates, **expanded}
            continue
        day = parse_date(key, name="holidays")
        _once(named | bare, day, "holidays")
        if name is None:
            bare[day] = _UNNAMED
        else:
            named[day] = _name(name, str(day))
    return MappingProxyType(dict(sorted({**bare, **expanded, **named}.items())))


def _holiday_items(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, str) and (is_rule(value) or _is_code(value)):
        yield value, None
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for item in value:
            yield from item.items() if isinstance(item, Mapping) else [(item, None)]
    else:
        raise InvalidValue(
            f"holidays: {value!r} are no dates; list them, map dates to names, or write a code like 'GB-ENG'"
        )


def _expanded(key: Any, name: Any) -> Mapping[date, str] | None:
    """Return the dates that a feed, a rule or a code stands for; None for a date."""
    if key == "ical":
        return feed_holidays(name)
    if is_rule(key):
        said = _UNNAMED if name is None else _name(name, key)
        return dict.fromkeys(recurring_dates(key, name="holidays"), said)
    return country_holidays(key.strip()) if name is None and _is_code(key) else None


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[:1].isalpha()


def _name(value: Any, key: str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise InvalidValue(f"holidays.{key}: {value!r} is no name; give the holiday a name or list dates only")


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
