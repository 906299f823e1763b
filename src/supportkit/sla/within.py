"""How long a target allows: working time, business days, or what a fact of the case says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import frozen

from supportkit.canonical import parse_duration, parse_instant
from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.rules.builder import Fact

__all__ = ["Within", "allowance", "fact_of", "parse_within"]

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
}
_AMBIGUOUS = frozenset({"d", "day", "days", "w", "week", "weeks"})
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)[\s,]*")
_DAYS = re.compile(r"(\d+)\s+(?:business|working)\s+days?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d")
_FIELD = re.compile(r"[a-z_]\w*(?:\.\w+)+")


@frozen
class Within:
    """How much a target allows, and how it was written.

    One of: working time (`duration`), business `days`, an instant (`until`), the `path` of the fact that
    says one of these.
    """

    text: str
    duration: timedelta | None = None
    days: int | None = None
    path: str | None = None
    until: datetime | None = None


def parse_within(value: str | timedelta | Within | Fact) -> Within:
    """Read the amount of a target.

    Working time is a timedelta, ``"60 minutes"``, ``"1 h 30 min"`` or ``"PT8H"``; business days are
    ``"5 business days"``; ``"x.shop.due_at"`` (or ``fact.x.shop.due_at``) is taken from that fact. Raises
    InvalidValue for anything else, for nothing or less, and for bare days, which could mean 24 hours of
    working time or one business day.

    >>> parse_within("1.5 hours").duration
    datetime.timedelta(seconds=5400)
    >>> parse_within("5 business days").days
    5
    """
    if isinstance(value, Within):
        return value
    if (path := fact_of(value)) is not None:
        return Within(path, path=path)
    if isinstance(value, timedelta):
        return _positive(Within(_written(value), value))
    if not isinstance(value, str):
        raise InvalidValue(
            f'within={value!r} is no target; write a timedelta, "60 minutes" or "5 business days"'
        )
    text = " ".join(value.split())
    if (match := _DAYS.fullmatch(text.lower())) is not None:
        return Within(text, days=int(match[1]))
    if text.startswith("P"):
        return _positive(Within(text, parse_duration(text)))
    return _positive(Within(text, _duration(text)))


def fact_of(value: Any) -> str | None:
    """Return the path of the fact that an amount is taken from; None for an amount that says itself.

    >>> fact_of("x.shop.due_at"), fact_of("1.5 hours")
    ('x.shop.due_at', None)
    """
    if isinstance(value, Fact):
        (path,) = value.is_set().fields()
        return path
    text = value.strip() if isinstance(value, str) else ""
    return text if _FIELD.fullmatch(text) else None


def allowance(path: str, value: Any) -> Within:
    """Read what the fact at `path` allows: an instant (aware, or ISO text with its offset), or an amount.

    Raises InvalidValue (NaiveDatetime for an instant without a zone).

    >>> allowance("x.shop.grace", "4 hours").duration
    datetime.timedelta(seconds=14400)
    """
    if isinstance(value, str) and _INSTANT.match(value):
        value = parse_instant(value)
    if isinstance(value, datetime):
        return Within(path, until=utc(value, name=path))
    try:
        return parse_within(None if fact_of(value) else value)  # type: ignore[arg-type]
    except InvalidValue as error:
        raise InvalidValue(f"{path} says {value!r}, which is no instant and no amount: {error}") from None


def _positive(within: Within) -> Within:
    if within.duration is None or within.duration > timedelta(0):
        return within
    raise InvalidValue(f"within={within.text!r} leaves no time at all; a target is longer than nothing")


def _duration(text: str) -> timedelta:
    rest, micros = text.lower(), Decimal(0)
    while rest and (match := _PART.match(rest)) is not None:
        if match[2] in _AMBIGUOUS:
            raise InvalidValue(
                f"within={text!r} could mean working time or dates; write hours, "
                'or business days such as "2 business days"',
            )
        if match[2] not in _UNITS:
            break
        micros += Decimal(match[1]) * _UNITS[match[2]] * 1_000_000
        rest = rest[match.end() :]
    if rest or not text:
        raise InvalidValue(
            f'within={text!r} is no amount of time; write it like "60 minutes" or "5 business days"'
        )
    try:
        return timedelta(microseconds=int(micros))
    except OverflowError:
        raise InvalidValue(f"within={text!r} is longer than any calendar knows") from None


def _written(value: timedelta) -> str:
    """Return a duration in hours, minutes and seconds, as `parse_within` reads them."""
    micros = value // timedelta(microseconds=1)
    parts = []
    for name, size in (("hour", 3_600_000_000), ("minute", 60_000_000)):
        count, micros = divmod(micros, size)
        parts += [f"{count} {name}{'s' * (count != 1)}"] if count else []
    if micros or not parts:
        seconds = (Decimal(micros) / 1_000_000).normalize()
        parts.append(f"{seconds:f} second{'s' * (micros != 1_000_000)}")
    return " ".join(parts)
