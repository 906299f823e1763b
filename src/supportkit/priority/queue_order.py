"""The order of a waiting line: by score or level, with ageing, and a floor of service for one tier."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen

from supportkit.cases import MICROSECOND, utc
from supportkit.cases.instants import instant, maybe_instant
from supportkit.errors import InvalidValue, nearest_name
from supportkit.priority.ageing import Ageing, LinearAgeing, StepAgeing
from supportkit.priority.points import exact

__all__ = ["Floor", "QueueItem", "QueueOrder"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1) // MICROSECOND
_OUTWEIGHS = 2**50
_BITS = 63


def _microseconds(value: datetime) -> int:
    return (value - _EPOCH) // MICROSECOND


@frozen
class Floor:
    """While cases of `tier` wait, at least every `every`-th pick (1 or more) is their head."""

    tier: str
    every: int

    def __attrs_post_init__(self) -> None:
        if self.every < 1:
            raise InvalidValue(f"every={self.every!r} is no count of picks; give 1 or more")


@frozen
class QueueItem:
    """Somebody who waits: a level (0 is more urgent than 1, or a name of the order's levels), and since when.

    `due` is by when an answer is owed, None for no target. `tier` is what a `Floor` looks at.
    """

    id: str
    level: int | str
    created: datetime = instant()
    due: datetime | None = maybe_instant()
    tier: str | None = field(default=None, kw_only=True)


@frozen(init=False)
class QueueOrder:
    """Orders a waiting line; smaller keys go first.

    Without ageing and with `Ageing.linear` an item has a static key: the microsecond (since 1970, UTC) at
    which it would have arrived to stand where it stands without any points. It fits 64 bits and never has
    to be sorted again. With `Ageing.steps` the key depends on `now`. `levels` are the names of levels, the
    most urgent first, when items bear names. `floor` guards one tier against neglect.

    >>> ten = datetime(2026, 7, 1, 10, tzinfo=UTC)
    >>> order = QueueOrder(Ageing.linear(2))
    >>> order.key(2, ten) == order.key(0, ten - timedelta(hours=1))
    True
    """

    ageing: Ageing | None
    floor: Floor | None
    levels: tuple[str, ...]
    _per_point: tuple[int, int]

    def __init__(
        self, ageing: Ageing | None = None, *, floor: Floor | None = None, levels: Sequence[str] = ()
    ) -> None:
        if ageing is not None and not isinstance(ageing, Ageing):
            raise InvalidValue(
                f"ageing={ageing!r} is no Ageing; build one with Ageing.linear, .steps or .parse"
            )
        names = tuple(levels)
        per_point = (_OUTWEIGHS, 1)
        if isinstance(ageing, LinearAgeing):
            per_point = (_HOUR / ageing.points_per_hour).as_integer_ratio()
        self.__attrs_init__(ageing=ageing, floor=floor, levels=names, per_point=per_point)
        if isinstance(ageing, StepAgeing):
            self._number(ageing.cap)

    def key(self, score: Any, created_at: datetime) -> int:
        """Return the static key: microseconds of effective arrival, earlier for each point of the score.

        Without ageing a point outweighs 2**50 microseconds (35 years) of waiting: the highest score goes
        first, then the oldest. Raises InvalidValue with `Ageing.steps`, which has no static key, and for
        scores whose key does not fit 64 bits.
        """
        if isinstance(self.ageing, StepAgeing):
            raise InvalidValue("Ageing.steps has no static key; use key_at(item, now=...)")
        numerator, denominator = exact(score, name="score").as_integer_ratio()
        microseconds, points = self._per_point
        lead = (numerator * microseconds) // (denominator * points)
        key = _microseconds(utc(created_at, name="created_at")) - lead
        if abs(key) >> _BITS:
            raise InvalidValue(
                f"score={score} moves an item by more than 64 bits of microseconds; use fewer points"
            )
        return key

    def key_at(self, item: QueueItem, *, now: datetime) -> tuple[int, int | float, int, str]:
        """Return (effective level, due or infinity, created, id) at `now`, instants as microseconds.

        The level falls by one for each full step waited, not past the cap. Raises InvalidValue with
        `Ageing.linear`, which works on scores.
        """
        if isinstance(self.ageing, LinearAgeing):
            raise InvalidValue("Ageing.linear orders by score; use key(score, created_at)")
        due = math.inf if item.due is None else _microseconds(item.due)
        return self._effective(item, utc(now)), due, _microseconds(item.created), item.id

    def _effective(self, item: QueueItem, now: datetime) -> int:
        level = self._number(item.level)
        if not isinstance(self.ageing, StepAgeing):
            return level
        cap = self._number(self.ageing.cap)
        if level <= cap or now <= item.created:
            return level
        return max(cap, level - (now - item.created) // self.ageing.every)

    def _number(self, level: int | str) -> int:
        if isinstance(level, int) and not isinstance(level, bool):
            return level
        if level in self.levels:
            return self.levels.index(level)
        near = nearest_name(str(level), self.levels)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(self.levels) or 'numbers only'}"
        raise InvalidValue(f"there is no level {level!r}; {hint}")

    def pick(
        self, items: Iterable[QueueItem], since: int = 0, *, now: datetime
    ) -> tuple[QueueItem | None, int]:
        """Return the item to serve next (None when nobody waits) and the new `since`.

        `since` counts the picks since the last one of the floor's tier; it is 0 while none of that tier
        waits. Keep it per agent or per queue, and hand it in again.

        >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
        >>> order = QueueOrder(floor=Floor("basic", 2))
        >>> waiting = [QueueItem("a", 1, noon), QueueItem("b", 2, noon, tier="basic")]
        >>> first, since = order.pick(waiting, now=noon)
        >>> second, since = order.pick(waiting, since, now=noon)
        >>> first.id, second.id, since
        ('a', 'b', 0)
        """
        waiting = sorted(items, key=lambda item: self.key_at(item, now=now))
        head = waiting[0] if waiting else None
        if head is None or self.floor is None:
            return head, 0
        neglected = next((item for item in waiting if item.tier == self.floor.tier), None)
        if neglected is None:
            return head, 0
        if since + 1 >= self.floor.every or head is neglected:
            return neglected, 0
        return head, since + 1
