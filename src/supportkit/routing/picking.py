"""Picking: which of the items that an agent may have goes first, why, and until when that holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.routing.item import Item
from supportkit.routing.place import next_overtaking, placing

__all__ = ["First"]

_Numbered = tuple[float, Item]


@frozen
class First:
    """The first of a line, the code of what decided, and when time alone can put another before it."""

    item: str
    decided_by: str
    changes_at: datetime | None

    @classmethod
    def of(cls, line: Sequence[_Numbered], *, now: datetime) -> First:
        """Find it among items with the numbers of their queues, of which there must be one."""
        place = placing((item for _, item in line), now=now)
        first, *others = sorted(line, key=lambda one: (one[0], place(one[1])))
        number, item = first
        beside = (other for its, other in others if its == number)
        decided = _decider(first, others[0], now) if others else "only_candidate"
        return cls(item.id, decided, next_overtaking(item, beside, now=now))


def _decider(first: _Numbered, second: _Numbered, now: datetime) -> str:
    pair = first[1], second[1]
    place = placing(pair, now=now)
    (key, *one), (other_key, *other) = map(place, pair)
    several = pair[0].rate != pair[1].rate
    key_name = "points" if several and key[0] == other_key[0] else "sort_key"
    names: tuple[tuple[str, Any, Any], ...] = (
        ("queue_number", first[0], second[0]),
        (key_name, key, other_key),
        ("age", one[0], other[0]),
    )
    differing = (name for name, mine, its in names if mine != its)
    return f"decided_by:{next(differing, 'id')}"
