"""Holidays from iCalendar feeds (RFC 5545): whole-day events, with the dates on which they recur."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from supportkit.calendars._recurrence import YEARS, recurring_from
from supportkit.errors import InvalidValue, missing_extra

__all__ = ["feed_holidays"]

_FEED = "BEGIN:VCALENDAR"


def feed_holidays(source: str | Path) -> Mapping[date, str]:
    """Return names by date for the events of a feed, given as its text or as the path of a file.

    Events are whole days: what has a time of day is refused. Those that recur are followed through the years
    1970 to 2099, an event of several days names each of them, a cancelled one none. Raises InvalidValue,
    and PluginError without the extra ``holidays``.
    """
    try:
        import icalendar  # noqa: PLC0415 - belongs to an extra
    except ImportError as error:
        raise missing_extra("holidays", what="holidays: ical") from error
    text, name = _read(source)
    try:
        feeds = icalendar.Calendar.from_ical(text, multiple=True)
    except ValueError as error:
        raise InvalidValue(f"{name}: this is no iCalendar feed: {error}") from None
    if not feeds:
        raise InvalidValue(f"{name}: this is no whole iCalendar feed; END:VCALENDAR is missing")
    events = [event for feed in feeds for event in _events(feed)]
    moved = {(_uid(event), _day(event["RECURRENCE-ID"].dt, event, name)) for event in events if _moved(event)}
    found: dict[date, str] = {}
    for event in events:
        for day in _dates(event, name):
            if _moved(event) or (_uid(event), day) not in moved:
                for _ in range(_length(event, name)):
                    found.setdefault(day, str(event.get("SUMMARY", "")).strip() or "holiday")
                    day += timedelta(days=1)  # noqa: PLW2901 - the days of one event in turn
    return found


def _read(source: str | Path) -> tuple[str, str]:
    if isinstance(source, str) and source.lstrip("\ufeff \r\n").upper().startswith(_FEED):
        return source.lstrip("\ufeff \r\n"), "holidays: ical"
    try:
        return Path(source).read_text(encoding="utf-8-sig"), f"holidays: ical: {str(source)!r}"
    except (OSError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise InvalidValue(f"holidays: ical: {str(source)!r} cannot be read: {error}") from None


def _events(feed: Any) -> Iterator[Any]:
    return (event for event in feed.walk("VEVENT") if str(event.get("STATUS", "")).upper() != "CANCELLED")


def _uid(event: Any) -> str:
    return str(event.get("UID", id(event)))


def _moved(event: Any) -> bool:
    return "RECURRENCE-ID" in event


def _day(value: Any, event: Any, name: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    said = str(event.get("SUMMARY", "")) or _uid(event)
    raise InvalidValue(
        f"{name}: the event {said!r} is told in times ({value}), holidays are whole dates; "
        "write it as special hours or as a closure"
    )


def _start(event: Any, name: str) -> date:
    return _day(getattr(event.get("DTSTART"), "dt", None), event, name)


def _length(event: Any, name: str) -> int:
    if "DTEND" in event:
        days = (_day(event["DTEND"].dt, event, name) - _start(event, name)).days
    else:
        days = event["DURATION"].dt.days if "DURATION" in event else 1
    return max(int(days), 1)


def _dates(event: Any, name: str) -> list[date]:
    """Return the dates on which an event begins."""
    start = _start(event, name)
    found = {start, *_listed(event, "RDATE", name)}
    for rule in _several(event.get("RRULE")):
        found.update(recurring_from(rule.to_ical().decode(), start, name=name))
    left_out = set(_listed(event, "EXDATE", name))
    return sorted(day for day in found - left_out if day.year in YEARS)


def _listed(event: Any, key: str, name: str) -> Iterator[date]:
    return (_day(each.dt, event, name) for values in _several(event.get(key)) for each in values.dts)


def _several(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
