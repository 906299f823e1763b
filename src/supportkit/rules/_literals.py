"""Values written inside a condition: which there are, when two are the same one, how JSON holds them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from supportkit.canonical import duration_text, encode, instant_text, parse_duration, parse_instant

__all__ = [
    "MAX_BITS",
    "TAGS",
    "as_literal",
    "as_set",
    "literal_from_json",
    "literal_key",
    "literal_to_json",
    "thaw",
    "within_reach",
]

MAX_BITS: Final = 14_000
"""How long a whole number may be: as text it has no more digits (4300) than Python reads and writes."""
_FARTHEST: Final = 10_000
TAGS = ("$dec", "$date", "$dt", "$dur", "$float", "$map")


def literal_key(value: Any) -> Hashable:
    """Return what makes two literals the same one: their kind and their exact value."""
    if isinstance(value, tuple):
        return ("list", *map(literal_key, value))
    if isinstance(value, Mapping):
        return ("map", frozenset((key, literal_key(item)) for key, item in value.items()))
    if isinstance(value, Decimal | float):
        return (type(value).__name__, str(value))
    if isinstance(value, datetime):
        return ("naive" if value.tzinfo is None else "instant", value.isoformat())
    return (type(value).__name__, value)


def as_literal(value: Any) -> Any:
    """Return a value as literals hold it: tuples for lists, dicts for mappings, instants in UTC.

    Sets become lists in canonical order, enum members their value. Raises TypeError for a value that
    no condition can hold.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return as_literal(value.value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.utcoffset() is None else value.astimezone(UTC)
    for kind in (int, float, Decimal, str, date, timedelta):
        if isinstance(value, kind):
            return within_reach(value if type(value) is kind else _narrowed(kind, value))
    return _container(value)


def within_reach(value: Any) -> Any:
    """Return a number or text that every form can write; raises ValueError for one that is out of range."""
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        message = "the text holds half a character (a lone surrogate)"
        raise ValueError(message)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        message = "this number is out of range: it has thousands of digits"
        raise ValueError(message)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) > _FARTHEST:
        message = f"this number is out of range: its exponent lies beyond {_FARTHEST}"
        raise ValueError(message)
    return value


def _narrowed(kind: type, value: Any) -> Any:
    if kind is date:
        return date(value.year, value.month, value.day)
    if kind is timedelta:
        return timedelta(value.days, value.seconds, value.microseconds)
    return kind(value)


def _container(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(as_literal(item) for item in value)
    if isinstance(value, AbstractSet):
        return as_set(as_literal(item) for item in value)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): as_literal(item) for key, item in value.items()}
    message = f"{value!r} ({type(value).__name__}) is no literal; use text, numbers, dates, lists or maps"
    raise TypeError(message)


def as_set(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return literals without repetition and in canonical order, whatever order a set had them in."""
    distinct = {literal_key(value): value for value in values}
    return tuple(sorted(distinct.values(), key=lambda value: encode(literal_to_json(value))))


def literal_to_json(value: Any) -> Any:
    """Write a literal with JSON's own types and typed literals."""
    if isinstance(value, tuple):
        return [literal_to_json(item) for item in value]
    if isinstance(value, Mapping):
        plain = {key: literal_to_json(item) for key, item in value.items()}
        return {"$map": plain} if _looks_like_a_node(plain) else plain
    if isinstance(value, datetime):
        return {"$dt": instant_text(value)}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$dur": duration_text(value)}
    if isinstance(value, Decimal):
        return {"$dec": str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    return value


def _looks_like_a_node(plain: Mapping[str, Any]) -> bool:
    return "field" in plain or "op" in plain or any(key[:1] == "$" for key in plain)


def literal_from_json(value: Any) -> Any:
    """Read a literal; raises ValueError or TypeError with a message for what is none."""
    if isinstance(value, list | tuple):
        return tuple(literal_from_json(item) for item in value)
    if not isinstance(value, Mapping):
        return as_literal(value)
    tag = next((key for key in value if isinstance(key, str) and key[:1] == "$"), None)
    if tag is not None:
        return _typed(tag, value)
    if "field" in value or "op" in value:
        message = (
            'a list or map of literals holds a node; write {"$map": {...}} for a map that looks like one'
        )
        raise ValueError(message)
    return _mapping(value)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        message = f"{value!r} is no map of text keys"
        raise ValueError(message)
    return {str(key): literal_from_json(item) for key, item in value.items()}


def _typed(tag: str, value: Mapping[str, Any]) -> Any:
    inner = value[tag]
    if tag not in TAGS or len(value) != 1:
        message = f"{dict(value)!r} is no typed literal; there are {', '.join(TAGS)}, each alone in its map"
        raise ValueError(message)
    if tag == "$map":
        return _mapping(inner)
    if not isinstance(inner, str):
        message = f"{tag} holds text, not {inner!r}"
        raise TypeError(message)
    return thaw(tag, inner)


def thaw(tag: str, inner: str) -> Any:
    """Read the text of a typed literal other than ``$map``; raises ValueError for text of another shape."""
    try:
        if tag == "$dec":
            return within_reach(Decimal(inner))
        if tag == "$float":
            return float(inner)
        if tag == "$date":
            return date.fromisoformat(inner)
        return parse_instant(inner) if tag == "$dt" else parse_duration(inner)
    except (ArithmeticError, ValueError) as error:
        message = f"{inner!r} cannot be read as {tag}: {error}"
        raise ValueError(message) from None
