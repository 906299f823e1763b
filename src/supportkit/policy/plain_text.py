"""One meaning for YAML, JSON and Python: before anything is read, every scalar becomes its text."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from supportkit.calendars import Calendar
from supportkit.canonical import duration_text, instant_text
from supportkit.errors import InvalidValue
from supportkit.rules import Expression, from_json

__all__ = ["as_text"]


def as_text(value: Any) -> Any:
    """Return a document with every scalar as text; keys whose value is None are left out.

    Expressions become their text form, calendars their section. Raises InvalidValue for other objects.

    >>> as_text({"levels": {"urgent": 60}, "when": None})
    {'levels': {'urgent': '60'}}
    """
    if isinstance(value, Mapping):
        return {_scalar(key): _item(key, item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    if isinstance(value, AbstractSet):
        return sorted(as_text(item) for item in value)
    if isinstance(value, Calendar):
        return as_text(value.to_dict())
    return _scalar(value)


def _item(key: Any, value: Any) -> Any:
    """A condition may be given as JSON; in the document it is text like all others."""
    return from_json(value).to_text() if key == "when" and isinstance(value, Mapping) else as_text(value)


def _scalar(value: Any) -> str:
    if isinstance(value, Enum):
        return _scalar(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Expression):
        return value.to_text()
    raise InvalidValue(
        f"{value!r} ({type(value).__name__}) cannot stand in a policy document; write text or numbers"
    )
