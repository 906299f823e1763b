"""Standings: an agent in a router, with the work that the router gave and what is held for offers."""

from __future__ import annotations

from collections import defaultdict
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
    when the grace time ends. `index` is the agent's place, `bit` the same in all masks. `open` is the
    load over all channels that counts, with what is held; it alone must stay within `limit` if `plain`.
    """

    __slots__ = (
        "_agent", "_parked", "_spare_load", "_work", "assigned_at", "bit", "given", "hand", "held", "id",
        "idle_since", "index", "last_assigned", "leaving", "limit", "open", "plain", "presence", "said",
    )  # fmt: skip

    def __init__(self, given: Agent, index: int, *, count_parked: bool) -> None:
        self.id, self.index, self.bit = given.id, index, 1 << index
        self.hand: dict[str, Item] = {}
        self.held: dict[str, Item] = {}
        self.leaving: dict[str, int] = {}
        self.idle_since: datetime | None = None
        self.last_assigned: datetime | None = None
        self.assigned_at: tuple[datetime, ...] = ()
        self._work: Any = 0
        self._parked = count_parked
        self.open: Any = 0
        self.limit: Any = inf

    def give(self, given: Agent, *, by_channel: bool) -> None:
        """Take what the host says; the work in hand stays, and what the host leaves open as it was."""
        self.said = given
        apart = isinstance(given.load, Mapping)
        if not apart and not given.load and (by_channel or isinstance(given.capacity, Mapping)):
            given = evolve(given, load={})
        self.given, self.presence = given, given.presence
        self.idle_since = given.idle_since or self.idle_since
        self.last_assigned = given.last_assigned or self.last_assigned
        self.assigned_at = given.assigned_at or self.assigned_at
        numbers = not isinstance(given.load, Mapping) and not isinstance(given.parked, Mapping)
        self.plain = numbers and not isinstance(given.capacity, Mapping) and not given.group_capacity
        self._spare_load: Any = 0
        if self.plain:
            own: Any = given
            self.limit = min(limit for limit in (own.capacity, own.total, inf) if limit is not None)
            self._spare_load = own.load if self._parked else own.load - own.parked
        self._count(0)

    def changed(self) -> None:
        """Forget the agent that was built before."""
        self._agent: Agent | None = None

    def take(self, item: Item) -> None:
        """Put the item into the agent's hand."""
        self.hand[item.id] = item
        self._count(item.size)

    def drop(self, item: str) -> None:
        """Take the item from the agent's hand."""
        self._count(-self.hand.pop(item).size)

    def hold(self, offer: str, item: Item) -> None:
        """Keep a place for an item that is offered."""
        self.held[offer] = item
        self._count(item.size)

    def release(self, offer: str) -> None:
        """Give the place of an offer back."""
        self._count(-self.held.pop(offer).size)

    def _count(self, size: Any) -> None:
        self._work += size
        self._agent = None
        if self.plain:
            self.open = counted if (counted := self._spare_load + self._work) > 0 else 0
        else:
            self.open = in_hand(self.agent, count_parked=self._parked)

    @property
    def agent(self) -> Agent:
        """The agent as a policy looks at them: what is held for offers counts as load."""
        if self._agent is None:
            self._agent = self._built((*self.hand.values(), *self.held.values()))
        return self._agent

    @property
    def shown(self) -> Agent:
        """The agent with the work in hand; what is held for offers stands beside."""
        return self._built(self.hand.values())

    def _built(self, items: Iterable[Item]) -> Agent:
        given, load = self.given, self.given.load
        work: dict[Any, Any] = defaultdict(int)
        groups: dict[str, Any] = defaultdict(int, given.group_load)
        for item in items:
            work[item.channel] += item.size
            if item.group is not None:
                groups[item.group] += item.size
        if isinstance(load, Mapping):
            load = {name: load.get(name, 0) + work[name] for name in {**load, **work}}
        else:
            load += sum(work.values())
        return evolve(
            given, presence=self.presence, load=load, group_load=dict(groups), idle_since=self.idle_since,
            last_assigned=self.last_assigned, assigned_at=self.assigned_at,
        )  # fmt: skip
