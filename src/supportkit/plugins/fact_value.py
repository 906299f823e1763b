"""Whether a value fits a field: what a plugin gives is checked before a decision reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from supportkit.canonical import encode
from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.plugins.read_only import read_only
from supportkit.rules import Field

__all__ = ["fact_value"]


def fact_value(field: Field, value: Any) -> Any:
    """Return the value as facts hold it: decimals exact, instants in UTC, containers read-only.

    Raises InvalidValue (NaiveDatetime for an instant without a zone) for a value of another type, outside the
    field's bounds or not among its values, and for one that no event could record.

    >>> fact_value(Field("x.acme.churn_risk", "decimal", min=0, max=1), 0.25)
    Decimal('0.25')
    """
    read = _READERS[field.type](value)
    if read is None:
        raise InvalidValue(f"{field.path}: {type(value).__name__} is no {field.type}")
    _check_values(field, read)
    if (field.min is not None and read < field.min) or (field.max is not None and read > field.max):
        bounds = f"{'' if field.min is None else field.min}..{'' if field.max is None else field.max}"
        raise InvalidValue(f"{field.path}: {read!r} is outside {bounds}")
    try:
        encode(read)
    except ValueError as error:
        raise InvalidValue(f"{field.path}: it cannot be recorded: {error}") from None
    return read


def _check_values(field: Field, read: Any) -> None:
    if not field.values:
        return
    elements = read if field.type in {"set", "list"} else (read,)
    for element in elements:
        if element not in field.values:
            known = ", ".join(map(str, field.values))
            raise InvalidValue(f"{field.path}: {element!r} is none of {known}")


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _decimal(value: Any) -> Decimal | int | None:
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal):
        return number if number.is_finite() else None
    return _whole(number)


def _of(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kind) else None


def _date(value: Any) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _elements(value: Any) -> Any:
    return read_only(value) if isinstance(value, list | tuple | AbstractSet) else None


def _set(value: Any) -> frozenset[Any] | None:
    elements = _elements(value)
    return None if elements is None else frozenset(elements)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "bool": _of(bool),
    "int": _whole,
    "decimal": _decimal,
    "text": _of(str),
    "enum": _of(str),
    "date": _date,
    "datetime": lambda value: utc(value) if isinstance(value, datetime) else None,
    "duration": _of(timedelta),
    "set": _set,
    "list": _elements,
    "record": lambda value: read_only(value) if isinstance(value, Mapping) else None,
}
