"""What an item asks for once its route is known, and what stands between it and an agent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from attrs import evolve, frozen

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing.capacity import limits
from supportkit.routing.item import Item, Skill
from supportkit.routing.route import Chosen, Route

__all__ = ["BARRIERS", "PASSING", "Demand", "Matching", "opens_at", "queue_number"]

BARRIERS: Final = (
    "excluded",
    "queue",
    "channel_off",
    "permission",
    "skills",
    "too_large",
    "refused",
    "presence",
    "capacity",
    "wrap_up",
    "delay",
)
"""Why an agent may not have an item, in the order in which it is asked: what is lasting first."""

PASSING: Final = frozenset({"presence", "capacity", "wrap_up", "delay"})
"""The barriers that may fall by themselves: who meets one of these could take the item some day."""

_TIMED: Final = ("wrap_up", "delay")
_NO_ROUTE: Final = Route()


@frozen
class Demand:
    """An item with its route: its queue, all skills asked for and those that filter, when nobody is there."""

    item: Item
    queue: str | None
    skills: tuple[Skill, ...]
    enforced: tuple[Skill, ...]
    when_nobody: str
    chosen: Chosen

    @classmethod
    def of(cls, item: Item, chosen: Chosen, *, skills: str) -> Demand:
        """Join them; of a skill asked for twice the higher level counts.

        An item that already waits in another queue than its route's keeps its own and takes nothing of the
        route.
        """
        route = chosen.route or _NO_ROUTE
        if item.queue is not None and route.queue not in {None, item.queue}:
            route, chosen = _NO_ROUTE, evolve(chosen, route=None, index=None)
        asked = _joined((*item.skills, *route.skills))
        return cls(
            item, item.queue or route.queue, asked, _enforced(asked, skills), route.when_nobody, chosen
        )


def _enforced(asked: tuple[Skill, ...], mode: str) -> tuple[Skill, ...]:
    """Return the skills that filter: all, only the required ones where others rank, or none."""
    if mode == "filter":
        return asked
    return tuple(skill for skill in asked if skill.required) if mode == "count_then_level" else ()


def _joined(skills: tuple[Skill, ...]) -> tuple[Skill, ...]:
    joined: dict[str, Skill] = {}
    for skill in skills:
        same = joined.get(skill.name, skill)
        level, required = max(same.level, skill.level), same.required or skill.required
        joined[skill.name] = Skill(skill.name, level, required=required, drop=same.drop)
    return tuple(joined.values())


@frozen
class Matching:
    """The part of a policy that says who may have an item at all."""

    pools: tuple[str, ...]
    count_parked: bool

    def barrier(self, demand: Demand, agent: Agent, *, now: datetime) -> str | None:
        """Return the first of `BARRIERS` between the item and the agent, None when the agent may have it."""
        return self._lasting(demand, agent) or self._passing(demand, agent, now)

    def _lasting(self, demand: Demand, agent: Agent) -> str | None:
        item = demand.item
        if agent.id in item.excluded:
            return "excluded"
        if demand.queue is not None and agent.queues is not None and demand.queue not in agent.queues:
            return "queue"
        if item.channel is not None and item.channel in agent.channels_off:
            return "channel_off"
        if item.permission is not None and item.permission not in agent.permissions:
            return "permission"
        if any(agent.skills.get(skill.name, -1) < skill.level for skill in demand.enforced):
            return "skills"
        if any(item.size > limit for limit, _ in self._limits(item, agent)):
            return "too_large"
        return "refused" if agent.id in item.refused_by else None

    def _passing(self, demand: Demand, agent: Agent, now: datetime) -> str | None:
        item = demand.item
        if agent.presence not in self.pools:
            return "presence"
        if any(load + item.size > limit for limit, load in self._limits(item, agent)):
            return "capacity"
        if agent.wrap_up_until is not None and now < agent.wrap_up_until:
            return "wrap_up"
        seen = _seen_from(demand, agent)
        return "delay" if seen is not None and now < seen else None

    def _limits(self, item: Item, agent: Agent) -> Any:
        return limits(agent, item.channel, item.group, count_parked=self.count_parked)


def opens_at(demand: Demand, agent: Agent, barrier: str | None) -> datetime | None:
    """Return when time alone removes the barrier, None when it does not."""
    if barrier not in _TIMED:
        return None
    return max(at for at in (_seen_from(demand, agent), agent.wrap_up_until) if at is not None)


def queue_number(demand: Demand, agent: Agent) -> float:
    """Return the number that the agent gives to the item's queue: the lowest goes first, no number last."""
    if agent.queues is None:
        return 0
    if demand.queue is None:
        return float("inf")
    return agent.queues[demand.queue][0]


def _seen_from(demand: Demand, agent: Agent) -> datetime | None:
    """Return the instant from which the agent sees the item, None for ever since."""
    if agent.queues is None or demand.queue is None:
        return None
    delay = agent.queues[demand.queue][1]
    if isinstance(delay, int | float) and not isinstance(delay, bool):
        delay = timedelta(seconds=delay)
    if not isinstance(delay, timedelta):
        raise InvalidValue(
            f"agent {agent.id}: the delay {delay!r} of queue {demand.queue!r} is no duration or seconds"
        )
    return demand.item.created_at + delay if delay else None
