"""Durations as people write them in a policy: ``"30 minutes"``, ``"1 hour 30 minutes"``, ``"2 days"``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from supportkit.canonical import parse_duration
from supportkit.errors import InvalidValue

__all__ = ["LONGEST", "read_duration"]

LONGEST = timedelta(days=3660)
"""Nothing waits longer than ten years; what does is a slip of the pen."""

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_PART = re.compile(r"(\d{1,9})\s*(second|minute|hour|day|week)s?")
_TEXT = re.compile(rf"{_PART.pattern}(?:[\s,]+{_PART.pattern})*")


def read_duration(value: Any) -> timedelta:
    """Return a duration given as a timedelta or as text; a day is 24 hours.

    Raises InvalidValue for anything else, for negative durations and for more than ten years.

    >>> read_duration("1 hour 30 minutes")
    datetime.timedelta(seconds=5400)
    """
    duration = value if isinstance(value, timedelta) else _parsed(value)
    if timedelta(0) <= duration <= LONGEST:
        return duration
    raise InvalidValue(f"{value!r} is not between nothing and ten years")


def _parsed(value: Any) -> timedelta:
    text = value.strip().lower() if isinstance(value, str) else ""
    if _TEXT.fullmatch(text):
        return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    if text.startswith("p"):
        return parse_duration(text.upper())
    raise InvalidValue(f'{value!r} is no duration; write it like "30 minutes", "2 hours" or "1 day"')
