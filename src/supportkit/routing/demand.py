"""What an item asks for once its route is known, and what stands between it and an agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from attrs import evolve, frozen

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing.blending import Blend, joins
from supportkit.routing.capacity import limits
from supportkit.routing.item import Item, Skill
from supportkit.routing.rate_limit import RateLimit
from supportkit.routing.relaxation import Relaxation, Stage
from supportkit.routing.route import Chosen, Route
from supportkit.routing.step import AFFINITY

__all__ = ["BARRIERS", "PASSING", "Demand", "Matching", "queue_number", "seen_after"]

BARRIERS: Final = (
    "excluded",
    "queue",
    "channel_off",
    "permission",
    "skills",
    "too_large",
    "refused",
    "step",
    "presence",
    "capacity",
    "blend",
    "wrap_up",
    "delay",
    "rate",
)
"""Why an agent may not have an item, in the order in which it is asked: what is lasting first.

Of the last three, which time alone removes, the one that lasts longest is told.
"""

PASSING: Final = frozenset({"presence", "capacity", "blend", "wrap_up", "delay", "rate"})
"""The barriers that may fall by themselves: who meets one of these could take the item some day."""

_TIMED: Final = ("wrap_up", "delay", "rate")
_NOT_THEIRS: Final = frozenset({"excluded", "queue", "channel_off", "permission", "skills"})
_NO_ROUTE: Final = Route()


@frozen
class Demand:
    """An item with its route: its queue, when nobody is there, and the skills it asks for at its stage.

    `asked` are all its skills; `skills` those not dropped yet, `enforced` those of them that filter.
    """

    item: Item
    queue: str | None
    asked: tuple[Skill, ...]
    when_nobody: str
    chosen: Chosen
    mode: str
    stage: Stage
    skills: tuple[Skill, ...]
    enforced: tuple[Skill, ...]

    @classmethod
    def of(cls, item: Item, chosen: Chosen, *, mode: str) -> Demand:
        """Join them; of a skill asked for twice the higher level counts.

        An item that already waits in another queue than its route's keeps its own and takes nothing of the
        route.
        """
        route = chosen.route or _NO_ROUTE
        if item.queue is not None and route.queue not in {None, item.queue}:
            route, chosen = _NO_ROUTE, evolve(chosen, route=None, index=None)
        asked = _joined((*item.skills, *route.skills))
        queue = item.queue or route.queue
        enforced = _enforced(asked, mode)
        return cls(item, queue, asked, route.when_nobody, chosen, mode, Stage(), asked, enforced)

    def at(self, stage: Stage) -> Demand:
        """Return the same demand at another stage of its wait."""
        if not stage.dropped:
            return evolve(self, stage=stage, skills=self.asked, enforced=_enforced(self.asked, self.mode))
        left = tuple(skill for skill in self.asked if skill.name not in stage.dropped)
        return evolve(self, stage=stage, skills=left, enforced=_enforced(left, self.mode))


def _enforced(asked: tuple[Skill, ...], mode: str) -> tuple[Skill, ...]:
    """Return the skills that filter: all, only the required ones where others rank, or none."""
    if mode == "filter":
        return asked
    return tuple(skill for skill in asked if skill.required) if mode == "count_then_level" else ()


def _joined(skills: tuple[Skill, ...]) -> tuple[Skill, ...]:
    if len({skill.name for skill in skills}) == len(skills):
        return skills
    joined: dict[str, Skill] = {}
    for skill in skills:
        same = joined.get(skill.name, skill)
        level, required = max(same.level, skill.level), same.required or skill.required
        joined[skill.name] = Skill(skill.name, level, required=required, drop=same.drop)
    return tuple(joined.values())


@frozen(kw_only=True)
class Matching:
    """The part of a policy that says who may have an item at all."""

    pools: tuple[str, ...]
    count_parked: bool
    relaxation: Relaxation
    blend: Blend | None
    rate_limit: RateLimit | None

    def staged(self, demand: Demand, agents: Iterable[Agent], *, now: datetime) -> Demand:
        """Return the demand at the stage of its wait that now is; `agents` may let a step be skipped."""
        if not self.relaxation:
            return demand
        return demand.at(next(self._from(demand, agents, now)))

    def stages(self, demand: Demand, agents: Iterable[Agent], *, now: datetime) -> Iterator[Demand]:
        """Yield the demand at its present stage and at those that follow, while all stay as present."""
        if not self.relaxation:
            yield demand
            return
        for stage in self._from(demand, agents, now):
            yield demand.at(stage)

    def could(self, demand: Demand, agent: Agent, agents: Iterable[Agent], *, now: datetime) -> bool:
        """Return whether nothing lasting keeps the item from the agent, now or at a later stage."""
        stages = self._from(demand, agents, now) if self.relaxation else iter((demand.stage,))
        later = (demand.at(stage) for stage in stages)
        return any(self._lasting(one, agent) is None and self._in_circle(one, agent) for one in later)

    def _from(self, demand: Demand, agents: Iterable[Agent], now: datetime) -> Iterator[Stage]:
        """Yield the present stage and those that follow while everybody stays as present as now."""
        people = tuple(agents)
        stages = self.relaxation.stages(
            demand.item, demand.asked, lambda number: self._skipped(demand, number, people)
        )
        return (stage for stage in stages if stage.until is None or now < stage.until)

    def _skipped(self, demand: Demand, number: int, people: tuple[Agent, ...]) -> bool:
        """Return whether a step is left out: by the presence of those of its own who could have the item."""
        step, item = self.relaxation.steps[number], demand.item
        if step.agents == AFFINITY and not any(item.affinity):
            return True
        if step.skip_if is None:
            return False
        there = demand.at(Stage(number, self.relaxation.dropped_by(number, demand.asked)))
        own = (agent for agent in people if step.admits(agent, item))
        presences = (agent.presence for agent in own if self._lasting(there, agent) not in _NOT_THEIRS)
        return step.skips(presences, self.pools)

    def ring(self, demand: Demand, agent: Agent) -> int:
        """Return the first step at which the agent could have had the item."""
        steps, stage = self.relaxation, demand.stage
        by_time = [name for name in stage.dropped if name not in steps.dropped_by(stage.step, demand.asked)]
        for number in range(stage.step):
            dropped = (*steps.dropped_by(number, demand.asked), *by_time)
            there = demand.at(Stage(number, dropped))
            if steps.admits(number, agent, demand.item) and self._lasting(there, agent) is None:
                return number
        return stage.step

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

    def _in_circle(self, demand: Demand, agent: Agent) -> bool:
        return self.relaxation.admits(demand.stage.step, agent, demand.item)

    def _passing(self, demand: Demand, agent: Agent, now: datetime) -> str | None:
        item = demand.item
        if not self._in_circle(demand, agent):
            return "step"
        if agent.presence not in self.pools:
            return "presence"
        if any(load + item.size > limit for limit, load in self._limits(item, agent)):
            return "capacity"
        if not joins(agent, item.channel, self.blend, count_parked=self.count_parked):
            return "blend"
        ends = self._ends(demand, agent, now)
        return max(ends, key=lambda name: ends[name]) if ends else None

    def _ends(self, demand: Demand, agent: Agent, now: datetime) -> dict[str, datetime]:
        """Return when time alone removes each barrier that stands now."""
        limited = self.rate_limit.opens_at(agent, now=now) if self.rate_limit is not None else None
        ends = zip(_TIMED, (agent.wrap_up_until, _seen_from(demand, agent), limited), strict=True)
        return {name: at for name, at in ends if at is not None and now < at}

    def opens_at(
        self, demand: Demand, agent: Agent, barrier: str | None, *, now: datetime
    ) -> datetime | None:
        """Return when time alone removes the barrier, None when it does not."""
        return self._ends(demand, agent, now)[barrier] if barrier in _TIMED else None

    def _limits(self, item: Item, agent: Agent) -> Any:
        return limits(agent, item.channel, item.group, count_parked=self.count_parked)


def queue_number(demand: Demand, agent: Agent) -> float:
    """Return the number that the agent gives to the item's queue: the lowest goes first, no number last."""
    if agent.queues is None:
        return 0
    if demand.queue is None:
        return float("inf")
    return agent.queues[demand.queue][0]


def _seen_from(demand: Demand, agent: Agent) -> datetime | None:
    """Return the instant from which the agent sees the item, None for ever since."""
    delay = seen_after(agent, demand.queue)
    return demand.item.created_at + delay if delay else None


def seen_after(agent: Agent, queue: str | None) -> timedelta:
    """Return how old an item of the queue is when the agent sees it; raises InvalidValue for no duration."""
    if queue is None or agent.queues is None or queue not in agent.queues:
        return timedelta(0)
    delay = agent.queues[queue][1]
    if isinstance(delay, int | float) and not isinstance(delay, bool):
        delay = timedelta(seconds=delay)
    if not isinstance(delay, timedelta):
        raise InvalidValue(
            f"agent {agent.id}: the delay {delay!r} of queue {queue!r} is no duration or seconds"
        )
    return delay
