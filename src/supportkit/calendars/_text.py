"""How hours, days and dates are written: in Python values and in the text of a policy document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from supportkit.errors import InvalidValue, nearest_name

__all__ = [
    "DAY",
    "DAYS",
    "Pairs",
    "hours_text",
    "parse_date",
    "parse_days",
    "parse_hours",
    "parse_time",
]

DAY = 86_400_000_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Pairs = tuple[tuple[int, int], ...]

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?")


def parse_time(value: time | str, *, name: str = "time", end: bool = False) -> int:
    """Return a wall time as microseconds after midnight; only an `end` may be ``"24:00"``.

    >>> parse_time("09:30") // 60_000_000
    570
    """
    if isinstance(value, time) and value.tzinfo is None:
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
        micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + int((match[4] or "").ljust(6, "0"))
        if minute < 60 and second < 60 and micros < DAY + end:
            return micros
    latest = 'up to "24:00"' if end else 'before "24:00" (only an end may be "24:00")'
    raise InvalidValue(f'{name}: {value!r} is no wall time; write "HH:MM" or "HH:MM:SS", {latest}')


def parse_hours(value: Any, *, name: str = "hours") -> Pairs:
    """Return intervals of a day as pairs of microseconds after its midnight, overlapping ones joined.

    `value` is a list of pairs of times, or text: ``"08:00-18:00"``, ``"08:00-12:00, 13:00-17:00"``, or a list
    of such texts. An end before its start lies on the next date (beyond ``DAY``); an end equal to its
    start is empty. Raises InvalidValue with `name` in its message.

    >>> [(start // 3_600_000_000, end // 3_600_000_000) for start, end in parse_hours("22:00-06:00")]
    [(22, 30)]
    """
    return _joined(_pair(item, name) for item in _items(value, name))


def _items(value: Any, name: str) -> Iterable[Any]:
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, list | tuple):
        return [part for item in value for part in (item.split(",") if isinstance(item, str) else [item])]
    raise InvalidValue(
        f'{name}: {value!r} are no hours; write "08:00-18:00", a list of these, or [] for none'
    )


def _pair(item: Any, name: str) -> tuple[int, int]:
    ends = item.split("-") if isinstance(item, str) else item
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        hint = 'write "08:00-18:00" or [("08:00", "18:00")]'
        raise InvalidValue(f"{name}: {item!r} is no interval of a day; {hint}")
    start, end = parse_time(ends[0], name=name), parse_time(ends[1], name=name, end=True)
    return start, end if end >= start else end + DAY


def _joined(pairs: Iterable[tuple[int, int]]) -> Pairs:
    """Join what overlaps or touches, as long as one pair of wall times can still say it."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
        first, last = joined[-1] if joined else (start, -1)
        reach = max(last, end)
        if start <= last and (reach - first < DAY or (first, reach) == (0, DAY)):
            joined[-1] = (first, reach)
        else:
            joined.append((start, end))
    return tuple(joined)


def hours_text(pairs: Pairs) -> list[str]:
    """Write intervals of a day so that `parse_hours` reads them again.

    >>> hours_text(parse_hours([("22:00", "6:00"), ("9:00", "12:30")]))
    ['09:00-12:30', '22:00-06:00']
    """
    return [f"{_time_text(start)}-{_time_text(end if end <= DAY else end - DAY)}" for start, end in pairs]


def _time_text(micros: int) -> str:
    if micros == DAY:
        return "24:00"
    seconds, micro = divmod(micros, 1_000_000)
    clock = time(seconds // 3600, seconds // 60 % 60, seconds % 60, micro)
    return clock.isoformat("minutes" if micros % 60_000_000 == 0 else "auto")


def parse_days(text: str, *, name: str = "days") -> tuple[int, ...]:
    """Return weekdays as numbers from Monday = 0: ``mon``, ``mon-thu``, ``fri-mon``, ``mon, wed``.

    Raises InvalidValue with `name` in its message.

    >>> parse_days("sat-mon, wed")
    (5, 6, 0, 2)
    """
    days: list[int] = []
    for part in str(text).split(","):
        first, _, last = part.partition("-")
        start = _day(first, name)
        days += [(start + step) % 7 for step in range((_day(last or first, name) - start) % 7 + 1)]
    return tuple(days)


def _day(word: str, name: str) -> int:
    short = word.strip().lower()
    if short in DAYS:
        return DAYS.index(short)
    nearest = nearest_name(short, DAYS)
    hint = f"did you mean {nearest!r}?" if nearest else 'write "mon" to "sun", or a range like "mon-fri"'
    raise InvalidValue(f"{name}: {word!r} is no weekday; {hint}")


def parse_date(value: date | str, *, name: str = "date") -> date:
    """Return a date given as such or as ``"2026-12-25"``; raises InvalidValue with `name` in its message."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise InvalidValue(f'{name}: {value!r} is no date; write it like "2026-12-25"') from None
