"""Instants as SQLite keeps them: integer microseconds since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["from_micros", "maybe_from_micros", "maybe_micros", "micros"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(value: datetime) -> int:
    """Return the microseconds since 1970 of an instant, exactly.

    >>> micros(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    span = value - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def from_micros(value: int) -> datetime:
    """Return the instant in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def maybe_micros(value: datetime | None) -> int | None:
    """Return `micros` of an instant, None for None."""
    return None if value is None else micros(value)


def maybe_from_micros(value: int | None) -> datetime | None:
    """Return `from_micros` of a number, None for None."""
    return None if value is None else from_micros(value)
