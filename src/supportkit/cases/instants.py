"""Instants enter aware, of any zone, and are kept in UTC.

Two local datetimes of one zone compare by wall time, which is wrong in a repeated hour; so nothing
inside the library ever compares anything but UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from supportkit.errors import InvalidValue, NaiveDatetime

__all__ = ["MICROSECOND", "instant", "maybe_instant", "utc"]

MICROSECOND = timedelta(microseconds=1)


def utc(value: datetime, *, name: str = "now") -> datetime:
    """Return the same instant in UTC; raises NaiveDatetime without a zone, InvalidValue for no datetime.

    >>> from zoneinfo import ZoneInfo
    >>> utc(datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/London")), name="at").hour
    8
    """
    if not isinstance(value, datetime):
        message = f"{name}={value!r} is no datetime; give an aware datetime.datetime"
        raise InvalidValue(message)
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveDatetime.of(name, value)
    return value.astimezone(UTC)


def _convert(value: datetime, self_: Any, field: attrs.Attribute[Any]) -> datetime:  # noqa: ARG001 - attrs' shape
    return utc(value, name=field.name)


def _convert_maybe(value: datetime | None, self_: Any, field: attrs.Attribute[Any]) -> datetime | None:
    return None if value is None else _convert(value, self_, field)


_INSTANT = attrs.Converter(_convert, takes_self=True, takes_field=True)
_MAYBE_INSTANT = attrs.Converter(_convert_maybe, takes_self=True, takes_field=True)


def instant(*, kw_only: bool = False) -> Any:
    """Make an attrs field that holds an instant in UTC."""
    return attrs.field(converter=_INSTANT, kw_only=kw_only)


def maybe_instant(*, kw_only: bool = False) -> Any:
    """Make an attrs field that holds an instant in UTC, or None."""
    return attrs.field(default=None, converter=_MAYBE_INSTANT, kw_only=kw_only)
