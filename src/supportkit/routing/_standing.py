"""Standings: an agent in a router, with the work that the router gave and what is held for offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import inf
from typing import Any

from attrs import evolve

from supportkit.cases import Agent
from supportkit.routing.capacity import in_hand
from supportkit.routing.item import Item

__all__ = ["Standing"]


class Standing:
    """One agent, owned and changed by a router; `agent` is built when it is asked for.

    `said` is as the host said it; `given`, too, with the load from elsewhere by channel where that counts.
    `hand` are the items assigned here, `held` those of pending offers, `leaving` those that go back
    when the grace time ends; `load` and `group_load` are what all of it amounts to, so that a standing has
    the limits of its agent. `index` is the agent's place, `bit` the same in all masks. `open` is the
    load over all channels that counts; it alone must stay within `limit` if `plain`.
    """

    __slots__ = (
        "_agent", "_count_parked", "assigned_at", "bit", "capacity", "given", "group_capacity", "group_load",
        "hand", "held", "id", "idle_since", "index", "last_assigned", "leaving", "limit", "load", "open",
        "parked", "plain", "presence", "said", "total",
    )  # fmt: skip

    def __init__(self, given: Agent, index: int, *, count_parked: bool) -> None:
        self.id, self.index, self.bit = given.id, index, 1 << index
        self.hand: dict[str, Item] = {}
        self.held: dict[str, Item] = {}
        self.leaving: dict[str, int] = {}
        self.idle_since: datetime | None = None
        self.last_assigned: datetime | None = None
        self.assigned_at: tuple[datetime, ...] = ()
        self._count_parked = count_parked
        self.open: Any = 0
        self.limit: Any = inf

    def give(self, given: Agent, *, by_channel: bool) -> None:
        """Take what the host says; the work in hand stays, and what the host leaves open as it was."""
        self.said = given
        apart = isinstance(given.load, Mapping)
        if not apart and not given.load and (by_channel or isinstance(given.capacity, Mapping)):
            given = evolve(given, load={})
        self.given, self.presence = given, given.presence
        self.capacity, self.total, self.parked = given.capacity, given.total, given.parked
        self.group_capacity = given.group_capacity
        self.idle_since = given.idle_since or self.idle_since
        self.last_assigned = given.last_assigned or self.last_assigned
        self.assigned_at = given.assigned_at or self.assigned_at
        numbers = not isinstance(given.load, Mapping) and not isinstance(given.parked, Mapping)
        self.plain = numbers and not isinstance(given.capacity, Mapping) and not given.group_capacity
        if self.plain:
            own: Any = given
            self.limit = min(limit for limit in (own.capacity, own.total, inf) if limit is not None)
        self._recount()

    def changed(self) -> None:
        """Forget the agent that was built before."""
        self._agent: Agent | None = None

    def take(self, item: Item) -> None:
        """Put the item into the agent's hand."""
        self.hand[item.id] = item
        self._count(item, item.size)

    def drop(self, item: str) -> None:
        """Take the item from the agent's hand."""
        gone = self.hand.pop(item)
        self._count(gone, -gone.size)

    def hold(self, offer: str, item: Item) -> None:
        """Keep a place for an item that is offered."""
        self.held[offer] = item
        self._count(item, item.size)

    def release(self, offer: str) -> None:
        """Give the place of an offer back."""
        gone = self.held.pop(offer)
        self._count(gone, -gone.size)

    def _count(self, item: Item, size: Any) -> None:
        if (
            type(size) is not int
        ):  # sums of fractions depend on their order: what came and went must leave nothing
            self._recount()
            return
        self._agent = None
        if item.group is not None:
            _add(self.group_load, item.group, size, self.given.group_load)
        if self.plain:
            self.load += size
            self.open = self.load if self._count_parked else max(self.load - self.parked, 0)
            return
        if isinstance(self.load, dict):
            own: Any = self.given.load
            _add(self.load, item.channel, size, own)
        else:
            self.load += size
        self.open = in_hand(self, count_parked=self._count_parked)

    def _recount(self) -> None:
        self._agent = None
        self.load, self.group_load = self._carried((*self.hand.values(), *self.held.values()))
        self.open = in_hand(self, count_parked=self._count_parked)

    def _carried(self, items: Iterable[Item]) -> tuple[Any, dict[str, Any]]:
        load: Any = self.given.load
        groups: dict[str, Any] = dict(self.given.group_load)
        by_channel = dict(load) if isinstance(load, Mapping) else None
        for item in items:
            if item.group is not None:
                groups[item.group] = groups.get(item.group, 0) + item.size
            if by_channel is not None:
                by_channel[item.channel] = by_channel.get(item.channel, 0) + item.size
            else:
                load += item.size
        return load if by_channel is None else by_channel, groups

    @property
    def agent(self) -> Agent:
        """The agent as a policy looks at them: what is held for offers counts as load."""
        if self._agent is None:
            load = self.load if not isinstance(self.load, dict) else dict(self.load)
            self._agent = self._built(load, dict(self.group_load))
        return self._agent

    @property
    def shown(self) -> Agent:
        """The agent with the work in hand; what is held for offers stands beside."""
        return self._built(*self._carried(self.hand.values()))

    def _built(self, load: Any, groups: dict[str, Any]) -> Agent:
        return evolve(
            self.given, presence=self.presence, load=load, group_load=groups, idle_since=self.idle_since,
            last_assigned=self.last_assigned, assigned_at=self.assigned_at,
        )  # fmt: skip


def _add(load: dict[Any, Any], name: Any, size: Any, given: Mapping[Any, Any]) -> None:
    load[name] = load.get(name, 0) + size
    if not load[name] and name not in given:
        del load[name]
