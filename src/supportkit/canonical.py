"""Canonical JSON: one text for one value, so that hashes and derived ids are stable for ever.

Keys are sorted, there is no white space, text is UTF-8 and never escaped beyond what JSON needs.
What JSON lacks is a *typed literal*: ``{"$dec": "1.10"}``, ``{"$date": "2026-01-31"}``,
``{"$dt": "2026-01-31T10:00:00Z"}`` (aware, in UTC; naive ones keep no suffix),
``{"$dur": "PT1H30M"}`` (days and below), ``{"$float": "nan"}``, and ``{"$map": {...}}`` for a
mapping that looks like one of these. Sets become sorted lists, tuples become lists.

The format is frozen: it is what event bodies, policy versions and case ids are made from.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from supportkit.errors import InvalidValue

__all__ = [
    "decode",
    "derived_id",
    "digest",
    "dumps",
    "duration_text",
    "encode",
    "from_plain",
    "instant_text",
    "loads",
    "parse_duration",
    "parse_instant",
    "to_plain",
]

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d{1,6})?)S)?)?",
)
_TAGS = ("$dec", "$date", "$dt", "$dur", "$float", "$map")


def duration_text(value: timedelta) -> str:
    """Write a duration as ISO 8601, days and below, exact to the microsecond.

    >>> duration_text(timedelta(hours=26, minutes=5))
    'P1DT2H5M'
    """
    if value < timedelta(0):
        return "-" + duration_text(-value)
    hours, seconds = divmod(value.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if value.microseconds:
        clock += f"{seconds}.{value.microseconds:06d}".rstrip("0") + "S"
    elif seconds:
        clock += f"{seconds}S"
    if not value.days and not clock:
        return "PT0S"
    return "P" + (f"{value.days}D" if value.days else "") + (f"T{clock}" if clock else "")


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days and below; raises InvalidValue for anything else.

    >>> parse_duration("P1DT2H")
    datetime.timedelta(days=1, seconds=7200)
    """
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        message = f"{text!r} is no duration of days and below; write it like 'P1DT2H30M' or 'PT45S'"
        raise InvalidValue(message)
    whole, _, fraction = (match["s"] or "0").partition(".")
    try:
        value = timedelta(
            days=int(match["d"] or 0),
            hours=int(match["h"] or 0),
            minutes=int(match["m"] or 0),
            seconds=int(whole),
            microseconds=int(fraction.ljust(6, "0")) if fraction else 0,
        )
    except OverflowError:
        raise InvalidValue(f"{text!r} is longer than 999999999 days") from None
    return -value if match["sign"] else value


def instant_text(value: datetime) -> str:
    """Write a datetime as ISO 8601: aware ones in UTC with a ``Z``, naive ones without.

    >>> instant_text(datetime(2026, 1, 31, 10, tzinfo=UTC))
    '2026-01-31T10:00:00Z'
    """
    if value.utcoffset() is None:
        return value.replace(tzinfo=None).isoformat()
    aware = value if value.tzinfo is UTC else value.astimezone(UTC)
    return aware.replace(tzinfo=None).isoformat() + "Z"


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 datetime; with an offset or ``Z`` it is aware and given in UTC.

    >>> parse_instant("2026-01-31T12:00:00+02:00")
    datetime.datetime(2026, 1, 31, 10, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no ISO 8601 date and time; write it like '2026-01-31T10:00:00Z'"
        raise InvalidValue(message) from None
    return value if value.tzinfo is None else value.astimezone(UTC)


def to_plain(value: Any) -> Any:
    """Turn a value into JSON's own types and typed literals; raises InvalidValue for what has none."""
    kind = type(value)
    if kind is str or value is None or kind is bool or kind is int:
        return value
    if kind is dict or isinstance(value, Mapping):
        plain = {_key(key): to_plain(item) for key, item in value.items()}
        return {"$map": plain} if len(plain) == 1 and next(iter(plain)) in _TAGS else plain
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((to_plain(item) for item in value), key=_sortable)
    return _scalar(value)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)  # the text of an Enum member, not its name
    message = f"{key!r} cannot be a key of canonical JSON; only text can"
    raise InvalidValue(message)


def _sortable(plain: Any) -> str:
    return json.dumps(plain, sort_keys=True)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return to_plain(value.value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, datetime):
        return {"$dt": instant_text(value)}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$dur": duration_text(value)}
    if isinstance(value, Decimal):
        return {"$dec": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    message = (
        f"{value!r} ({type(value).__name__}) has no canonical JSON; use text, numbers, dates or containers"
    )
    raise InvalidValue(message)


def from_plain(plain: Any) -> Any:
    """Turn JSON's own types and typed literals back into values; lists become tuples.

    Raises InvalidValue for a typed literal that cannot be read.
    """
    if isinstance(plain, list):
        return tuple(from_plain(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    if len(plain) == 1:
        tag, inner = next(iter(plain.items()))
        if tag in _TAGS:
            return _read_literal(tag, inner)
    return {key: from_plain(item) for key, item in plain.items()}


def _read_literal(tag: str, inner: Any) -> Any:
    try:
        return _literal(tag, inner)
    except (ValueError, TypeError, AttributeError, ArithmeticError):
        message = f"{{{tag!r}: {inner!r}}} is no typed literal of canonical JSON"
        raise InvalidValue(message) from None


def _literal(tag: str, inner: Any) -> Any:
    if tag == "$map":
        return {key: from_plain(item) for key, item in inner.items()}
    if tag == "$dt":
        return parse_instant(inner)
    if tag == "$date":
        return date.fromisoformat(inner)
    if tag == "$dur":
        return parse_duration(inner)
    return Decimal(inner) if tag == "$dec" else float(inner)


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder()


def dumps(plain: Any) -> bytes:
    """Write what `to_plain` returned: keys sorted, no white space.

    Raises InvalidValue for text with half a surrogate pair, which UTF-8 cannot hold.
    """
    try:
        return _ENCODER.encode(plain)
    except UnicodeEncodeError as error:
        raise InvalidValue(f"this text cannot be written as UTF-8: {error}; replace the letter") from None


def loads(text: bytes | str) -> Any:
    """Read JSON without looking at typed literals; raises InvalidValue when the text is no JSON."""
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError as error:
        message = f"this is no JSON: {error}"
        raise InvalidValue(message) from None


def encode(value: Any) -> bytes:
    """Return the canonical JSON of a value; equal values give equal bytes.

    >>> encode({"b": Decimal("1.10"), "a": ("x", True)})
    b'{"a":["x",true],"b":{"$dec":"1.10"}}'
    """
    return dumps(to_plain(value))


def decode(text: bytes | str) -> Any:
    """Read canonical JSON back; lists come back as tuples, so that ``decode(encode(x)) == x``.

    Raises InvalidValue when the text is no JSON, or holds a typed literal that cannot be read.

    >>> decode(b'{"a":["x",true],"b":{"$dec":"1.10"}}')
    {'a': ('x', True), 'b': Decimal('1.10')}
    """
    return from_plain(loads(text))


def digest(value: Any, *, length: int = 32) -> str:
    """Return the first `length` hex digits of the SHA-256 of a value's canonical JSON.

    >>> digest({"a": 1}, length=12)
    '015abd7f5cc5'
    """
    return hashlib.sha256(encode(value)).hexdigest()[:length]


def derived_id(prefix: str, *parts: Any) -> str:
    """Return an id that depends on nothing but `parts`, so that a repeated decision makes it again.

    >>> derived_id("promise", "consumer", "case-17", 1) == derived_id("promise", "consumer", "case-17", 1)
    True
    """
    return f"{prefix}-{digest(list(parts), length=20)}"
