"""Places: where items stand in a line, for ever at one rate, at an instant where points grow at several."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, Final

from attrs import fields_dict

from supportkit.cases import MICROSECOND
from supportkit.errors import InvalidValue
from supportkit.routing._numbers import exact
from supportkit.routing.item import Item

__all__ = ["arrival", "keyed", "meeting", "next_overtaking", "placing", "points", "position", "position_at"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS: Final = tuple(fields_dict(Item))
_Place = tuple[Any, ...]


def position(item: Item) -> _Place:
    """Return the place among items of one rate: by sort key (none is last), then the oldest, then the id."""
    key = (1, 0) if item.sort_key is None else (0, item.sort_key)
    return key, item.created_at, item.id


def position_at(item: Item, *, now: datetime) -> _Place:
    """Return the place among items of any rates at `now`: as `position`, with the most points first."""
    return (int(item.sort_key is None), -points(item, now=now)), item.created_at, item.id


def placing(items: Iterable[Item], *, now: datetime) -> Callable[[Item], _Place]:
    """Return what puts these items in order at `now`."""
    return partial(position_at, now=now) if len({item.rate for item in items}) > 1 else position


def points(item: Item, *, now: datetime) -> Any:
    """Return what the item has gathered at `now`: its rate times the microseconds since it arrived.

    It arrived when its sort key says, the microsecond since 1970 (UTC) as `LineOrder` keys of
    priorities are, or else when it was created. Raises InvalidValue for a sort key that is no number.
    """
    return exact("rate", item.rate) * (_micros(now) - _arrived(item))


def arrival(item: Item, key: Any) -> int:
    """Return the sort key that gives the item what a score is worth, whatever its rate.

    `key` is the static one of that score at rate 1; its lead over the item's own instant was gathered, as it
    were, at the item's rate.
    """
    created = _micros(item.created_at)
    return created - math.floor(Fraction(created - _number(item, key)) / Fraction(item.rate))


def keyed(item: Item, key: Any) -> Item:
    """Return the item with this sort key."""
    with_key = object.__new__(Item)
    for name in _FIELDS:  # they were checked when the item was made; again would take most of a `put`
        object.__setattr__(with_key, name, getattr(item, name))
    object.__setattr__(with_key, "sort_key", key)
    return with_key


def meeting(a: Item, b: Item, *, at: datetime) -> datetime | None:
    """Return when `b`, behind at `at`, has the points of `a`, None if that never comes."""
    gains, behind = _gains(a, b), points(a, now=at) - points(b, now=at)
    if gains <= 0 or behind <= 0:
        return None
    try:
        return at + timedelta(microseconds=math.ceil(Fraction(behind) / gains))
    except OverflowError:
        return None


def next_overtaking(first: Item, others: Iterable[Item], *, now: datetime) -> datetime | None:
    """Return when time alone can put any of the others before the first."""
    gaining = (other for other in others if _gains(first, other) > 0)
    passing = (_passing(first, other, now) for other in gaining)
    return min((at for at in passing if at is not None), default=None)


def _passing(first: Item, other: Item, now: datetime) -> datetime | None:
    tied = points(first, now=now) == points(other, now=now)
    return now + MICROSECOND if tied else meeting(first, other, at=now)


def _gains(a: Item, b: Item) -> Any:
    """Return by how much `b` gathers more, 0 where a sort key of only one of them decides for ever."""
    if (a.sort_key is None) is not (b.sort_key is None):
        return 0
    return exact("rate", b.rate) - exact("rate", a.rate)


def _arrived(item: Item) -> Any:
    return _micros(item.created_at) if item.sort_key is None else _number(item, item.sort_key)


def _number(item: Item, key: Any) -> Any:
    try:
        return exact("sort_key", key)
    except InvalidValue as error:
        raise InvalidValue(
            f"item {item.id}: {error}; at several rates it is a microsecond, as QueueOrder.key gives"
        ) from None


def _micros(value: datetime) -> int:
    return (value - _EPOCH) // timedelta(microseconds=1)
