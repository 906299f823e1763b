"""Dates that recur, by the rules of RFC 5545 (section 3.3.10) on wall time without any zone."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from supportkit.errors import InvalidValue

__all__ = ["YEARS", "is_rule", "recurring_dates", "recurring_from"]

YEARS = range(1970, 2100)
"""The years for which rules, codes and feeds become dates: fixed, so that nothing asks a clock."""
_FIRST, _LAST = datetime(YEARS[0], 1, 1), datetime(YEARS[-1], 12, 31, 23, 59, 59)  # noqa: DTZ001 - wall time
_DATED = re.compile(r"DTSTART[:;]", re.IGNORECASE)
_ANCHORED = re.compile(r"BY(DAY|MONTHDAY|YEARDAY|EASTER)=|FREQ=DAILY", re.IGNORECASE)
_COUNTED = re.compile(r"(COUNT|INTERVAL)=(?!1\b)", re.IGNORECASE)
_TIMED = re.compile(r"TZID|\dZ\b|BY(HOUR|MINUTE|SECOND)|FREQ=(HOURLY|MINUTELY|SECONDLY)", re.IGNORECASE)
_ENDLESS = re.compile(r"INTERVAL=(?!0*[1-9])", re.IGNORECASE)


def is_rule(value: Any) -> bool:
    """Return whether a text is a recurrence rule and not a date."""
    return (
        isinstance(value, str)
        and re.match(r"\s*(RRULE:|FREQ=|DTSTART[:;])", value, re.IGNORECASE) is not None
    )


def recurring_dates(text: str, *, name: str) -> list[date]:
    """Return the dates of a rule in the years 1970 to 2099.

    ``FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25``, or with a beginning ``DTSTART:20260107
    RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE`` and exceptions ``EXDATE:20260121``. Raises InvalidValue with
    `name` in its message.

    >>> recurring_dates("FREQ=YEARLY;BYEASTER=1", name="holidays")[0]
    datetime.date(1970, 3, 30)
    """
    if _TIMED.search(text):
        raise InvalidValue(f"{name}: {text!r}: a rule gives dates; leave times and zones out of it")
    dated = _DATED.search(text)
    if not dated and (_COUNTED.search(text) or not _ANCHORED.search(text)):
        raise InvalidValue(
            f"{name}: {text!r} does not say from when on; begin it with DTSTART:20260107 RRULE:..."
        )
    found = _within(_parsed(text, None if dated else _FIRST, name))
    if not found or any(at.time() != time() for at in found):
        told = "only whole dates" if found else f"dates in the years {YEARS[0]} to {YEARS[-1]}"
        raise InvalidValue(f"{name}: {text!r}: a rule must give {told}")
    return [at.date() for at in found]


def recurring_from(rule: str, first: date, *, name: str) -> list[date]:
    """Return the dates of a rule that begins on a date."""
    until = re.sub(r"(UNTIL=\d{8})T\d{6}Z?", r"\1", rule)
    return [at.date() for at in _within(_parsed(until, datetime.combine(first, time()), name))]


def _parsed(text: str, first: datetime | None, name: str) -> Any:
    if _ENDLESS.search(text):
        raise InvalidValue(f"{name}: {text!r} never comes to its next date; give an INTERVAL of 1 or more")
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - takes a while to load, and few calendars need it

    try:
        return rrulestr(text, dtstart=first, forceset=True)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise InvalidValue(f"{name}: {text!r} is no rule of RFC 5545: {error}") from None


def _within(rule: Any) -> list[datetime]:
    return list(rule.between(_FIRST, _LAST, inc=True))
