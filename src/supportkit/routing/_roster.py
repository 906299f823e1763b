"""The roster: who may have an item, as bits, and who of them is best; the agents of a router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from supportkit.cases import Agent
from supportkit.routing._best_first import bits_of
from supportkit.routing._lines import Line
from supportkit.routing._ranked import Ranked
from supportkit.routing._standing import Standing
from supportkit.routing.blending import joins
from supportkit.routing.capacity import limits
from supportkit.routing.demand import Demand, Matching, seen_after
from supportkit.routing.item import Item
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.step import AFFINITY

__all__ = ["Roster"]

_Test = Callable[[Agent], bool]
_Place = tuple[str | None, Any, str | None]


class Roster:
    """The agents, each a bit in the order in which they came.

    A mask for each thing that an item may ask for is made when it is first asked for, and kept up to date
    from then on. `epoch` rises when what lasts may have changed. The agents are kept in the order of the
    rank where it allows that; otherwise those who may have an item are ranked by the policy.
    """

    def __init__(self, policy: RoutingPolicy) -> None:
        self.policy, self.epoch = policy, 0
        self.standings: list[Standing] = []
        self.ids: dict[str, Standing] = {}
        self.last: dict[tuple[str | None, str | None], str] = {}
        self._people: list[Agent] | None = None
        self._matching: Matching = policy.matching
        self._parked = self._matching.count_parked
        self._by_channel = self._matching.blend is not None
        self._by_affinity = any(step.agents == AFFINITY for step in policy.relaxation.steps)
        self._masks: dict[Any, int] = {}
        self._tests: dict[Any, _Test] = {}
        self._present: dict[str, int] = {}
        self._fits: dict[_Place, int] = {}
        self._delays: dict[str | None, set[timedelta]] = {}
        self._resting = 0
        self._ranked = Ranked.of(policy, self.standings)
        self._in_turn = any(clause.name == "round_robin" for clause in policy.rank)

    def put(self, given: Agent) -> Standing:
        """Add an agent or take what the host now says of one; the work in hand stays."""
        if self._ranked is not None:
            self._ranked.check(given)
        one = self.ids.get(given.id)
        if one is None:
            one = self.ids[given.id] = Standing(given, len(self.standings), count_parked=self._parked)
            self.standings.append(one)
        else:
            self._unplace(one)
        one.give(given, by_channel=self._by_channel)
        if self._ranked is not None:
            self._ranked.join(one)
        self.epoch += 1
        self._delays.clear()
        self._people = None
        for key, test in self._tests.items():
            self._masks[key] = _with(self._masks[key], one.bit, test(one.given))
        self._place(one)
        return one

    def _unplace(self, one: Standing) -> None:
        self._present[one.presence] ^= one.bit

    def _place(self, one: Standing) -> None:
        self._present[one.presence] = self._present.get(one.presence, 0) | one.bit
        self.update(one)

    def move(self, one: Standing, presence: str) -> None:
        """Give an agent another presence."""
        self._unplace(one)
        one.presence = presence
        one.changed()
        self._people = None
        self._place(one)

    def update(self, one: Standing) -> None:
        """Take note of a new load or time of an agent."""
        bit = one.bit
        for place, mask in self._fits.items():
            if (mask & bit != 0) is not self._fitting(one, place):
                self._fits[place] = mask ^ bit
        if self._ranked is not None:
            self._ranked.update(one)

    def rest(self, one: Standing, *, now: datetime) -> datetime | None:
        """Note whether wrap-up or a limit keeps work from an agent; return when the longer of them ends."""
        limit = self.policy.rate_limit
        ends = (one.given.wrap_up_until, None if limit is None else limit.opens_at(one.agent, now=now))
        last = max((at for at in ends if at is not None and now < at), default=None)
        self._resting = _with(self._resting, one.bit, last is not None)
        return last

    @property
    def people(self) -> list[Agent]:
        """All agents with their presence, in the order in which they came; the loads may be older."""
        if self._people is None:
            self._people = [one.agent for one in self.standings]
        return self._people

    def delays(self, queue: str | None) -> set[timedelta]:
        """Return the times after which agents see items of a queue, without those who see them at once."""
        if queue not in self._delays:
            found = {seen_after(one.given, queue) for one in self.standings}
            self._delays[queue] = found - {timedelta(0)}
        return self._delays[queue]

    def may_have(self, line: Line, demand: Demand, *, now: datetime) -> int:
        """Return who may have the item now, as a mask."""
        able = self.lasting(line) & self.fits(demand)
        if self._resting:
            able &= ~self._resting
        if able and demand.queue is not None:
            late = self._mask(("late", demand.queue), lambda agent: bool(seen_after(agent, demand.queue)))
            for one in self._those(able & late):
                if not self.sees(one, demand, now=now):
                    able ^= one.bit
        return able

    def sees(self, one: Standing, demand: Demand, *, now: datetime) -> bool:
        """Return whether the item is old enough for the agent."""
        return now >= demand.item.created_at + seen_after(one.given, demand.queue)

    def late(self, one: Standing, demand: Demand) -> bool:
        """Return whether the agent sees items of the queue only after some time."""
        return bool(seen_after(one.given, demand.queue))

    def free(self, one: Standing) -> bool:
        """Return whether presence and rest let the agent have anything at all."""
        return one.presence in self.policy.pools and not self._resting & one.bit

    def best(self, demand: Demand, able: int) -> Standing | None:
        """Return the best ranked of the first pool with somebody of the mask."""
        for presence in self.policy.pools:
            if pool := able & self._present.get(presence, 0):
                return self._best_of(pool, demand)
        return None

    def _best_of(self, pool: int, demand: Demand) -> Standing:
        item, last = demand.item, self.last_of(demand)
        if self._ranked is not None:
            after = None if last is None else self.ids[last].index
            return self.standings[self._ranked.best(self._known(pool, item), item, after)]
        if not pool & pool - 1:
            return self.standings[pool.bit_length() - 1]
        candidates = [one.agent for one in self._those(pool)]
        people = self.people if self._in_turn else candidates
        return self.ids[self.policy.best(candidates, demand, people=people, last=last)]

    def _known(self, pool: int, item: Item) -> int:
        """Return those of the pool whom the item would have before all others: its first affinity there."""
        for names in item.affinity:
            if found := sum(self.ids[name].bit for name in set(names) if name in self.ids) & pool:
                return found
        return pool

    def last_of(self, demand: Demand) -> str | None:
        """Return who of the item's queue and channel was served last."""
        return self.last.get((demand.queue, demand.item.channel))

    def _those(self, mask: int) -> Iterator[Standing]:
        return map(self.standings.__getitem__, bits_of(mask))

    def fits(self, demand: Demand) -> int:
        """Return whose capacity and blend leave room for the item."""
        item = demand.item
        place = item.channel, item.size, item.group
        mask = self._fits.get(place)
        if mask is None:
            bits = (one.bit for one in self.standings if self._fitting(one, place))
            mask = self._fits[place] = sum(bits)
        return mask

    def _fitting(self, one: Standing, place: _Place) -> bool:
        channel, size, group = place
        if one.plain:
            return bool(one.open + size <= one.limit)
        met = limits(one, channel, group, count_parked=self._parked)
        return all(size <= limit and load + size <= limit for limit, load in met) and joins(
            one, channel, self._matching.blend, count_parked=self._parked
        )

    def lasting(self, line: Line) -> int:
        """Return who may have the items of a line as far as what lasts and the step go."""
        if line.epoch != self.epoch:
            line.mask, line.epoch = self._lasting(line.demand), self.epoch
        return line.mask

    def _lasting(self, demand: Demand) -> int:
        item, mask = demand.item, (1 << len(self.standings)) - 1
        for key, test in self._asked(demand):
            mask &= self._mask(key, test)
        for name in item.excluded | item.refused_by:
            if name in self.ids:
                mask &= ~self.ids[name].bit
        return mask

    def _asked(self, demand: Demand) -> Iterator[tuple[Any, _Test]]:
        """Yield what an item asks of an agent that lasts, each as a key and a test."""
        item, queue, steps, step = demand.item, demand.queue, self.policy.relaxation, demand.stage.step
        for skill in demand.enforced:
            yield ("skill", skill.name, skill.level), _holds(skill.name, skill.level)
        if queue is not None:
            yield ("queue", queue), lambda agent: agent.queues is None or queue in agent.queues
        if item.channel is not None:
            yield ("channel", item.channel), lambda agent: item.channel not in agent.channels_off
        if item.permission is not None:
            yield ("permission", item.permission), lambda agent: item.permission in agent.permissions
        if steps.steps:
            named = item.affinity if self._by_affinity else ()
            yield ("step", step, named), lambda agent: steps.admits(step, agent, item)

    def _mask(self, key: Any, test: _Test) -> int:
        if key not in self._masks:
            self._masks[key] = sum(one.bit for one in self.standings if test(one.given))
            self._tests[key] = test
        return self._masks[key]

    def signature(self, demand: Demand) -> Any:
        """Return all that makes a difference to who may have the item but its age, and its rate."""
        item = demand.item
        named = item.affinity if self._by_affinity else ()
        return (
            demand.queue, item.channel, item.size, item.permission, item.group, item.rate,
            demand.enforced, demand.stage.step, named, item.excluded, item.refused_by,
        )  # fmt: skip


def _holds(name: str, level: Any) -> _Test:
    return lambda agent: agent.skills.get(name, -1) >= level


def _with(mask: int, bit: int, holds: bool) -> int:
    return mask | bit if holds else mask & ~bit
