"""Entries: an item in a router, and what keeps them in their lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from attrs import evolve

from supportkit.routing._lines import Line
from supportkit.routing._reach import Lines
from supportkit.routing._roster import Roster
from supportkit.routing._standing import Standing
from supportkit.routing.demand import Demand, queue_number
from supportkit.routing.item import Item
from supportkit.routing.place import position, position_at
from supportkit.routing.router_state import Placed

__all__ = ["Entry", "Waiting"]


class Entry:
    """One item, owned and changed by a router; `demand` holds it as it is now, `given` as it was put.

    `offers` are the pending ones, in the order in which they were made; `count` says
    how many there were. `line` is the one it waits in.
    """

    __slots__ = ("agent", "count", "demand", "given", "line", "offers", "state", "version")

    def __init__(self, given: tuple[Item, Any], demand: Demand) -> None:
        self.given, self.demand = given, demand
        self.state, self.version, self.count = "waiting", 0, 0
        self.agent: Standing | None = None
        self.line: Line | None = None
        self.offers: list[str] = []

    @property
    def item(self) -> Item:
        """The item, with its place in the line and who refused it."""
        return self.demand.item

    @property
    def placed(self) -> Placed:
        """The item and where it is, as a host sees it."""
        return Placed(self.item, self.state, None if self.agent is None else self.agent.id, self.version)

    def refuse(self, agent: str) -> None:
        """Remember that this agent did not take it."""
        item = evolve(self.item, refused_by=self.item.refused_by | {agent})
        self.demand = evolve(self.demand, item=item)


class Waiting:
    """All that waits in a router, each item in the line of what it requires at its stage.

    A line has one rate, so that its order never changes; where there are several rates, heads are compared
    by what they have gathered.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._lines = Lines(roster)
        self.entries: dict[str, Entry] = {}

    def stage(self, entry: Entry, *, now: datetime) -> bool:
        """Bring the item to the stage of its wait; return whether others may have it now."""
        policy = self._roster.policy
        if not policy.relaxation:
            return False
        people = self._roster.people if policy.relaxation.skips else ()
        before, entry.demand = entry.demand, policy.matching.staged(entry.demand, people, now=now)
        return before.stage != entry.demand.stage

    def add(self, entry: Entry) -> None:
        """Put the item into the line of its requirements."""
        entry.line = self._lines.of(entry.demand)
        entry.line.push(position(entry.item))
        self.entries[entry.item.id] = entry

    def remove(self, entry: Entry) -> None:
        """Take the item out of its line; a line that is empty goes, too."""
        line, name = entry.line, entry.item.id
        if line is None:
            return
        line.remove(name)
        del self.entries[name]
        entry.line = None
        if not line:
            self._lines.drop(line)

    def best_for(self, one: Standing, *, now: datetime) -> Entry | None:
        """Return what a free agent takes next: lowest queue number, then the place in the line."""
        if not self.entries or not self._roster.free(one):
            return None
        heads = [
            (queue_number(line.demand, one.given), head)
            for line in self._lines.within_reach(one)
            if (head := self._head(line, one, now)) is not None
        ]
        if self._lines.several_rates:
            place = self.placing(now=now)
            heads = [(number, place(self.entries[head[-1]].item)) for number, head in heads]
        best = min(heads, default=None)
        return None if best is None else self.entries[best[1][-1]]

    def placing(self, *, now: datetime) -> Callable[[Item], tuple[Any, ...]]:
        """Return what puts waiting items in order at `now`."""
        return partial(position_at, now=now) if self._lines.several_rates else position

    def _head(self, line: Line, one: Standing, now: datetime) -> tuple[Any, ...] | None:
        roster = self._roster
        if not roster.fits(line.demand) & one.bit:
            return None
        if not roster.late(one, line.demand):
            return line.first()
        return line.first(lambda name: roster.sees(one, self.entries[name].demand, now=now))
