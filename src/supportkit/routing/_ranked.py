"""Agents in the order of a rank, kept while their work changes, for the ranks that allow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from math import inf
from typing import Any, Final

from supportkit.cases import Agent
from supportkit.routing._best_first import BestFirst
from supportkit.routing._few_values import FewValues
from supportkit.routing._standing import Standing
from supportkit.routing.capacity import spare, spare_share
from supportkit.routing.item import Item
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.rank import weight

__all__ = ["Ranked"]

_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)
_Place = tuple[str | None, str | None]
_Word = Callable[[Standing, _Place, bool], Any]
_ANYWHERE: Final[_Place] = (None, None)


def _spare(one: Standing, place: _Place, count_parked: bool) -> Any:
    if one.plain:
        return one.open - one.limit
    return -spare(one, *place, count_parked=count_parked)


def _spare_percent(one: Standing, place: _Place, count_parked: bool) -> Any:
    if one.plain:
        return -1 if one.limit == inf else _share(one.open - one.limit, one.limit) if one.limit else 0
    return -spare_share(one, *place, count_parked=count_parked)


@lru_cache(maxsize=4096)
def _share(part: Any, whole: Any) -> Any:
    share = Fraction(part) / Fraction(whole)
    return share.numerator if share.denominator == 1 else share


_OF_FEW: Final[dict[str, _Word]] = {
    "fewest_open": lambda one, _, __: one.open,
    "tier": lambda one, _, __: one.given.tier,
    "weighted": lambda one, _, __: _share(one.open, weight(one.given)),
    "spare": _spare,
    "spare_percent": _spare_percent,
}
_WORDS: Final[dict[str, _Word]] = {
    **_OF_FEW,
    "longest_idle": lambda one, _, __: (one.idle_since is None, one.idle_since or _LONG_AGO),
    "least_recent": lambda one, _, __: one.last_assigned or _LONG_AGO,
}
_BY_PLACE: Final = {"spare", "spare_percent"}
_IN_TURN: Final = "round_robin"


class Ranked:
    """The agents of a router in the order of its policy's rank, as far as that looks at nobody else.

    Words that look at the limits of an item's channel and group have an order for each of these, made when
    it is first asked for. Values that few agents differ in are kept as masks, everything else sorted.
    """

    def __init__(self, names: Sequence[str], standings: Sequence[Standing], *, count_parked: bool) -> None:
        self._standings, self._parked = standings, count_parked
        self._in_turn = _IN_TURN in names
        own = names[: names.index(_IN_TURN)] if self._in_turn else names
        self._words = [_WORDS[name] for name in own]
        self._few = all(name in _OF_FEW for name in own)
        self._weighted = "weighted" in own
        self._by_place = not _BY_PLACE.isdisjoint(own)
        self._uneven, self._groups = False, set[str]()
        self._kept: dict[_Place, FewValues | BestFirst] = {}

    @classmethod
    def of(cls, policy: RoutingPolicy, standings: Sequence[Standing]) -> Ranked | None:
        """Return it for a policy whose rank can be kept, None where candidates have to be compared."""
        names = [clause.name for clause in policy.rank]
        before = names[: names.index(_IN_TURN)] if _IN_TURN in names else names
        words = _OF_FEW if _IN_TURN in names else _WORDS
        if policy.skills == "count_then_level" or policy.relaxation.earlier_first:
            return None
        if any(name not in words for name in before):
            return None
        return cls(names, standings, count_parked=policy.matching.count_parked)

    def check(self, given: Agent) -> None:
        """Raise InvalidValue for an agent who can have no place."""
        if self._weighted:
            weight(given)

    def join(self, one: Standing) -> None:
        """Take note of an agent who is new or known in a new way."""
        if self._few and not self._in_turn and _out_of_order(self._standings, one):
            self._few = False
            self._kept.clear()
        if self._by_place and not one.plain:
            self._uneven = True
            self._groups |= one.given.group_capacity.keys()

    def update(self, one: Standing) -> None:
        """Take note of a new load or time of an agent."""
        for place, kept in self._kept.items():
            self._set(kept, one, place)

    def best(self, pool: int, item: Item, last: int | None) -> int:
        """Return the index of the best one of the pool, given the index of whoever was served last."""
        kept = self._order_at(self._place(item))
        if isinstance(kept, BestFirst):
            return kept.first(pool)
        group = kept.best(pool)
        if self._in_turn and last is not None:
            group = (group >> last + 1 << last + 1) or group
        return (group & -group).bit_length() - 1

    def _place(self, item: Item) -> _Place:
        if not self._uneven:
            return _ANYWHERE
        return item.channel, item.group if item.group in self._groups else None

    def _order_at(self, place: _Place) -> FewValues | BestFirst:
        kept = self._kept.get(place)
        if kept is None:
            kept = self._kept[place] = FewValues() if self._few else BestFirst()
            for one in self._standings:
                self._set(kept, one, place)
        return kept

    def _set(self, kept: FewValues | BestFirst, one: Standing, place: _Place) -> None:
        words, parked = self._words, self._parked
        values = [word(one, place, parked) for word in words]
        if isinstance(kept, FewValues):
            kept.set(values[0] if len(values) == 1 else tuple(values), one.index, one.bit)
        else:
            kept.set((*values, one.id, one.index), one.bit)


def _out_of_order(standings: Sequence[Standing], one: Standing) -> bool:
    """Return whether the smallest index no longer has the smallest id."""
    return 0 < one.index == len(standings) - 1 and one.id < standings[one.index - 1].id
