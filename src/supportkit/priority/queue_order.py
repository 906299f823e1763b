"""The order of a waiting line: by score or level, with ageing, and a floor of service for one tier."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from supportkit.cases import MICROSECOND, utc
from supportkit.cases.instants import instant, maybe_instant
from supportkit.errors import InvalidValue, nearest_name
from supportkit.priority.ageing import Ageing, LinearAgeing, RateAgeing, StepAgeing
from supportkit.priority.bound import Bound, Load, figure, shortest
from supportkit.priority.points import Points, exact

__all__ = ["Floor", "QueueItem", "QueueOrder"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1) // MICROSECOND
_OUTWEIGHS = 2**50
_BITS = 63
_Key = tuple[int, int | float, int, str]


def _microseconds(value: datetime) -> int:
    return (value - _EPOCH) // MICROSECOND


@frozen
class Floor:
    """While cases of `tier` wait, at least every `every`-th pick (1 or more) is their head.

    `of` is the fact that holds a case's tier, where facts are at hand: a priority or, for example, a plan.
    """

    tier: str
    every: int
    of: str = field(default="case.priority", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.every) is not int or self.every < 1:
            raise InvalidValue(f"every={self.every!r} is no count of picks; give 1 or more")


@frozen
class QueueItem:
    """Somebody who waits: a level (0 is more urgent than 1, or a name of the order's levels), and since when.

    `due` is by when an answer is owed, None for no target. `tier` is what a `Floor` looks at, and the class
    whose rate counts where there are several (the level's, without one). `score` is what they came with.
    """

    id: str
    level: int | str
    created: datetime = instant()
    due: datetime | None = maybe_instant()
    tier: str | None = field(default=None, kw_only=True)
    score: Points | None = field(default=None, kw_only=True)


@frozen(init=False)
class QueueOrder:
    """Orders a waiting line; smaller keys go first.

    Without ageing and with `Ageing.linear` an item has a static key: the microsecond (since 1970, UTC) at
    which it would have arrived to stand where it stands without any points. It fits 64 bits and never has
    to be sorted again. With `Ageing.rates` that holds within each class: keep one line for each, and compare
    their heads. With `Ageing.steps` the key depends on `now`. `levels` are the names of levels, the
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
    _weights: Mapping[Any, int] = field(hash=False)

    def __init__(
        self, ageing: Ageing | None = None, *, floor: Floor | None = None, levels: Sequence[str] = ()
    ) -> None:
        if ageing is not None and not isinstance(ageing, Ageing):
            raise InvalidValue(
                f"ageing={ageing!r} is no Ageing; build one with Ageing.linear, .rates, .steps or .parse"
            )
        per_point, weights = (_OUTWEIGHS, 1), {}
        if isinstance(ageing, LinearAgeing):
            per_point = (_HOUR / ageing.points_per_hour).as_integer_ratio()
        if isinstance(ageing, RateAgeing):
            weights = _whole(ageing.points_per_hour)
        self.__attrs_init__(
            ageing=ageing, floor=floor, levels=tuple(levels), per_point=per_point, weights=weights
        )
        if isinstance(ageing, StepAgeing):
            self._number(ageing.cap)

    def key(self, score: Any, created_at: datetime, *, tier: Any = None) -> int:
        """Return the static key: microseconds of effective arrival, earlier for each point of the score.

        Without ageing a point outweighs 2**50 microseconds (35 years) of waiting: the highest score goes
        first, then the oldest. With `Ageing.rates`, `tier` is the class, and keys of one class are compared.
        Raises InvalidValue with `Ageing.steps`, which has no static key, for a class without a rate, and for
        scores whose key does not fit 64 bits.
        """
        if isinstance(self.ageing, StepAgeing):
            raise InvalidValue("Ageing.steps has no static key; use key_at(item, now=...)")
        microseconds, points = self._per_point
        if isinstance(self.ageing, RateAgeing):
            microseconds, points = (_HOUR / self._rate(self.ageing, tier)).as_integer_ratio()
        numerator, denominator = exact(score, name="score").as_integer_ratio()
        lead = (numerator * microseconds) // (denominator * points)
        key = _microseconds(utc(created_at, name="created_at")) - lead
        if abs(key) >> _BITS:
            raise InvalidValue(
                f"score={score} moves an item by more than 64 bits of microseconds; use fewer points"
            )
        return key

    def place(self, key: int, *, tier: Any = None, now: datetime) -> int:
        """Return where an item with a static key stands at `now`, comparable with items of other classes.

        That is the key itself, except with `Ageing.rates`: then it is what the item has gathered so far.
        """
        if not isinstance(self.ageing, RateAgeing):
            return key
        self._rate(self.ageing, tier)
        return -self._weights[tier] * (_microseconds(utc(now)) - key)

    def key_at(self, item: QueueItem, *, now: datetime) -> _Key:
        """Return (place, due or infinity, created, id) at `now`, instants as microseconds.

        The place is the effective level: it falls by one for each full step waited, not past the cap. With
        `Ageing.linear` or `.rates` it is that of the item's score. Raises InvalidValue with `Ageing.linear`
        for an item without one.
        """
        due = math.inf if item.due is None else _microseconds(item.due)
        return self._place_of(item, utc(now)), due, _microseconds(item.created), item.id

    def _place_of(self, item: QueueItem, now: datetime) -> int:
        if isinstance(self.ageing, LinearAgeing):
            if item.score is None:
                raise InvalidValue("Ageing.linear orders by score; use key(score, created_at) or give score=")
            return self.key(item.score, item.created)
        if isinstance(self.ageing, RateAgeing):
            tier = item.tier if item.tier in self._weights else item.level
            return self.place(self.key(item.score or 0, item.created, tier=tier), tier=tier, now=now)
        return self.level_at(item.level, item.created, now=now)

    def level_at(self, level: int | str, created: datetime, *, now: datetime) -> int:
        """Return the number of the level that an item has at `now`, raised by `Ageing.steps`."""
        number = self._number(level)
        if not isinstance(self.ageing, StepAgeing):
            return number
        cap = self._number(self.ageing.cap)
        if number <= cap or now <= created:
            return number
        return max(cap, number - (now - created) // self.ageing.every)

    def level_key(self, level: int | str, created: datetime, *, now: datetime) -> int:
        """Return level and age at `now` as one integer of 64 bits: the level first, then the oldest."""
        return self.level_at(level, created, now=now) * _OUTWEIGHS + _microseconds(created)

    @property
    def steps(self) -> bool:
        """Whether a place changes step by step, so that a stored key is good until `next_change_at`."""
        return isinstance(self.ageing, StepAgeing)

    def next_change_at(self, level: int | str, created: datetime, *, now: datetime) -> datetime | None:
        """Return when `Ageing.steps` lifts the level next; None when it never does any more.

        >>> ten = datetime(2026, 7, 1, 10, tzinfo=UTC)
        >>> QueueOrder(Ageing.steps(timedelta(hours=2), cap=0)).next_change_at(1, ten, now=ten).hour
        12
        """
        if not isinstance(self.ageing, StepAgeing):
            return None
        if self.level_at(level, created, now=now) <= self._number(self.ageing.cap):
            return None
        return created + self.ageing.every * (max(0, (now - created) // self.ageing.every) + 1)

    def _number(self, level: int | str) -> int:
        if isinstance(level, int) and not isinstance(level, bool):
            return level
        if level in self.levels:
            return self.levels.index(level)
        near = nearest_name(str(level), self.levels)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(self.levels) or 'numbers only'}"
        raise InvalidValue(f"there is no level {level!r}; {hint}")

    @staticmethod
    def _rate(ageing: RateAgeing, tier: Any) -> Fraction:
        if tier in ageing.points_per_hour:
            return ageing.points_per_hour[tier]
        known = ", ".join(map(str, ageing.points_per_hour))
        raise InvalidValue(f"{tier!r} has no rate of ageing; there are rates for: {known}")

    def pick(
        self, items: Iterable[QueueItem], since: int = 0, *, now: datetime
    ) -> tuple[QueueItem | None, int]:
        """Return the item to serve next (None when nobody waits) and the new `since`.

        `since` counts the picks since the last one of the floor's tier; it is 0 while none of that tier
        waits. Keep it per agent or per queue, and hand it in again. With `Ageing.rates` the heads of the
        lines of each class are enough.

        >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
        >>> order = QueueOrder(floor=Floor("basic", 2))
        >>> waiting = [QueueItem("a", 1, noon), QueueItem("b", 2, noon, tier="basic")]
        >>> first, since = order.pick(waiting, now=noon)
        >>> second, since = order.pick(waiting, since, now=noon)
        >>> first.id, second.id, since
        ('a', 'b', 0)
        """
        waiting = list(items)

        def head(some: Iterable[QueueItem]) -> QueueItem | None:
            return min(some, key=lambda item: self.key_at(item, now=now), default=None)

        first = head(waiting)
        if first is None or self.floor is None:
            return first, 0
        tier = self.floor.tier
        neglected = first if first.tier == tier else head(item for item in waiting if item.tier == tier)
        if neglected is None:
            return first, 0
        if since + 1 >= self.floor.every or first is neglected:
            return neglected, 0
        return first, since + 1

    def bound(
        self,
        *,
        arrivals_per_hour: Any,
        picks_per_hour: Any,
        burst: int | None = None,
        spread: Any = None,
        tier: str | None = None,
    ) -> Bound:
        """Return the longest that anybody can wait, or that there is no such time.

        Assumed is that in any t hours at most ``burst + arrivals_per_hour * t`` arrive (`burst` defaults to
        all of an hour at once), that while somebody waits one is picked at least every
        ``1 / picks_per_hour`` hours, and that the line begins empty. With a the arrivals, p the picks and b
        the burst, the least of these holds:

        - a < p: the line is empty after ``floor((b - 1) / (1 - a / p)) + 1`` picks;
        - a <= p, linear ageing, scores at most `spread` points apart: ``(b + a * spread / rate) / p`` hours;
        - the same with several rates: ``(b + a * spread / fastest) / (p - a * (1 - slowest / fastest))``.

        `tier`, that of the floor, asks for this tier alone: arrivals and burst are then its own, it gets
        every k-th pick, and the bound holds however many others come. An order without ageing and floor
        promises nothing: those who go first could keep coming. So does one with more arrivals than picks.

        >>> QueueOrder(Ageing.linear(2)).bound(arrivals_per_hour=6, picks_per_hour=12, burst=1).wait
        datetime.timedelta(seconds=300)
        >>> QueueOrder().bound(arrivals_per_hour=6, picks_per_hour=12).unbounded
        True
        """
        load = Load.of(arrivals_per_hour, picks_per_hour, burst)
        if tier is not None:
            if self.floor is None or self.floor.tier != tier:
                raise InvalidValue(
                    f"tier={tier!r} has no floor of service here; give this order Floor({tier!r}, ...)"
                )
            load = Load(load.arrivals, load.picks / self.floor.every, load.burst)
            return shortest([load.emptied()], f"more of {tier!r} arrive than every k-th pick serves")
        if self.ageing is None and self.floor is None:
            return Bound.none("without ageing or a floor of service, those who go first may keep coming")
        return shortest(
            [load.emptied(), self._by_ageing(load, spread)],
            "there are not more picks than arrivals, and nothing says by how much others can be ahead",
        )

    def _by_ageing(self, load: Load, spread: Any) -> Bound | None:
        if spread is None or self.floor is not None or not isinstance(self.ageing, LinearAgeing | RateAgeing):
            return None
        given = self.ageing.points_per_hour
        rates = list(given.values()) if isinstance(given, Mapping) else [given]
        lead = figure("spread", spread) / max(rates)
        return load.aged(lead=lead, share=min(rates) / max(rates))


def _whole(rates: Mapping[Any, Fraction]) -> dict[Any, int]:
    """Return the rates as whole numbers in the same proportion."""
    scale = math.lcm(*(rate.denominator for rate in rates.values()))
    return {name: int(rate * scale) for name, rate in rates.items()}
